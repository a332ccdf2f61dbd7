/* SPDX-License-Identifier: MIT */
/* See dbufs.h. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "buffer/gbuf.h"
#include "buffer/pool.h"
#include "display/context.h"
#include "display/dbufs.h"
#include "display/keeping.h"
#include "display/offers.h"
#include "display/requests.h"
#include "display/screen.h"
#include "display/tables.h"

static struct display_context *context_of(const struct request *request)
{
	return request->conn->context;
}

static void finish_failed_create(struct request *request, int rc)
{
	const struct display_context *context = context_of(request);
	const uint32_t size_bytes = request->shape.size_bytes;
	char why[320];

	if (!request->supplies) {
		request_finish(request, rc, gbuf_explain(&context->guest, size_bytes, rc));
		return;
	}
	supply_explain(context->env->supply, rc, size_bytes, why, sizeof why);
	request_finish(request, rc, why);
}

static void on_created(struct gbuf *gbuf, int rc, void *data);

/* With a consumer's memory, as long as there is an offer that can be used, or else ours. */
static int start_supply(struct request *request)
{
	const struct xendispl_dbuf_create_req *create = &request->req.op.dbuf_create;
	const struct display_context *context = context_of(request);
	const struct offer *offer;
	int rc;

	do {
		offer = offers_fitting(context->offers, create->buffer_sz);
		request->offer_key = offer ? offer->it.key : 0;
		rc = gbuf_supply(context->env->supply, &context->guest, offer ? &offer->it : NULL,
				 create->gref_directory, create->buffer_sz, on_created, request);
		if (rc < 0 && offer)
			offers_fail(context->offers, offer->it.key,
				    rc == -ENOSPC
					    ? "the guest would have been granted more than half of "
					      "what it may have (supplied-mib in xenavd.conf)"
					    : strerror(-rc));
	} while (rc < 0 && offer);
	return rc;
}

/* An offer that fails must not harm the guest. */
static int try_another(struct request *request, int rc)
{
	const struct display_context *context = context_of(request);
	const uint64_t key = request->offer_key;

	/* A granted offer fails by the fault of the guest's directory. */
	if (key == 0 || supply_offer_is_granted(context->env->supply, key))
		return rc;
	offers_fail(context->offers, key, strerror(-rc));
	return start_supply(request);
}

static void on_created(struct gbuf *gbuf, int rc, void *data)
{
	struct request *request = data;
	const struct display_context *context = context_of(request);
	struct dbuf *dbuf;

	if (context->dead) {
		gbuf_unmap(context->env->xen, gbuf, NULL, NULL);
		return;
	}
	if (rc < 0) {
		rc = try_another(request, rc);
		if (rc < 0)
			finish_failed_create(request, rc);
		return;
	}
	/* There still is one: only requests of this ring take entries, and it waits. */
	dbuf = dbuf_free_entry(request->tables);
	*dbuf = (struct dbuf){
		.cookie = request->req.op.dbuf_create.dbuf_cookie,
		.shape = request->shape,
		.gbuf = gbuf,
	};
	keeping_dbuf(request->tables, dbuf, &request->req.op.dbuf_create);
	request_finish(request, 0, NULL);
}

static int start_create(struct request *request, const char **why)
{
	const struct xendispl_dbuf_create_req *create = &request->req.op.dbuf_create;
	const struct display_context *context = context_of(request);
	int rc;

	if (!dbuf_free_entry(request->tables)) {
		*why = "there are too many display buffers";
		return -ENOSPC;
	}
	channel_charge_map(&request->conn->channel, create->buffer_sz);
	if (request->supplies) {
		rc = start_supply(request);
		*why = rc == -ENOSPC ? "the domain has been supplied with all it may have "
				       "(supplied-mib in xenavd.conf)"
				     : "the buffer cannot be supplied";
		return rc < 0 ? rc : LATER;
	}
	rc = gbuf_map(context->env->xen, &context->guest, create->gref_directory, create->buffer_sz,
		      false, on_created, request);
	if (rc == 0)
		return LATER;
	*why = gbuf_explain(&context->guest, create->buffer_sz, rc);
	return rc;
}

/* The old buffer of that cookie is gone: Linux creates again after a time-out. */
static void on_replaced(void *data)
{
	struct request *request = data;
	const char *why = NULL;
	int rc;

	if (context_of(request)->dead)
		return;
	rc = start_create(request, &why);
	if (rc < 0)
		request_finish(request, rc, why);
}

/*
 * Does the guest want our memory, and may it have some?  Without be-alloc in its directory the
 * flags are the slot's old contents.  The node proves nothing: the directory is the guest's.  An
 * imported buffer has memory of its own, which Linux would lose, although it asks.
 */
static int check_supplies(struct request *request, const char **why)
{
	const struct xendispl_dbuf_create_req *create = &request->req.op.dbuf_create;
	const struct display_context *context = context_of(request);

	request->supplies = false;
	if (!context->be_alloc || !(create->flags & XENDISPL_DBUF_FLG_REQ_ALLOC))
		return 0;
	*why = "this guest may not be supplied with buffers (be-alloc in xenavd.conf)";
	if (!context->guest.policy.be_alloc)
		return -EPERM;
	*why = "an imported buffer cannot be supplied";
	if (create->bpp == 0)
		return -EINVAL;
	request->supplies = true;
	return 0;
}

int dbufs_serve_create(struct request *request, const char **why)
{
	const struct xendispl_dbuf_create_req *create = &request->req.op.dbuf_create;
	struct dbuf *old;
	int rc;

	*why = "0 is no cookie";
	if (create->dbuf_cookie == 0)
		return -EINVAL;
	rc = check_supplies(request, why);
	if (rc < 0)
		return rc;
	/* data_ofs is reserved, and may be anything, in version 1. */
	*why = "size and geometry do not fit together";
	rc = dbuf_shape_init(&request->shape, create->buffer_sz,
			     context_of(request)->version > 1 ? create->data_ofs : 0, create->width,
			     create->height, create->bpp);
	if (rc < 0)
		return rc;
	old = dbuf_find(request->tables, create->dbuf_cookie);
	if (!old)
		return start_create(request, why);
	dbuf_drop(request->tables, old, on_replaced, request);
	return LATER;
}

static void on_destroyed(void *data)
{
	request_finish(data, 0, NULL);
}

int dbufs_serve_destroy(struct request *request, const char **)
{
	struct dbuf *dbuf = dbuf_find(request->tables, request->req.op.dbuf_destroy.dbuf_cookie);

	/* Linux destroys what it failed to create, and some of it twice. */
	if (!dbuf)
		return -ENOENT;
	/* The guest takes its pages back when it has the answer. */
	dbuf_drop(request->tables, dbuf, on_destroyed, request);
	return LATER;
}
