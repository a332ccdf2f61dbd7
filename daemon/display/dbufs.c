/* SPDX-License-Identifier: MIT */
/*
 * The requests that make and end display buffers: one at a time, all on the ring of connector 0.
 * Mapping, unmapping and supplying take time and are answered when they are done.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "buffer/pool.h"
#include "display/display-priv.h"

static void finish_op(struct display *display, int rc, const char *why)
{
	request_finish(&display->connectors[0], &display->op_req, rc, why);
}

static void finish_failed_create(struct display *display, int rc)
{
	char why[320];

	if (!display->op_supplies) {
		finish_op(display, rc,
			  gbuf_explain(&display->guest, display->op_shape.size_bytes, rc));
		return;
	}
	supply_explain(display->env->supply, rc, display->op_shape.size_bytes, why, sizeof why);
	finish_op(display, rc, why);
}

static void on_created(struct gbuf *gbuf, int rc, void *data);

/* @return 0, -ENOENT when none is offered, or why it cannot be taken. */
static int start_offered(struct display *display)
{
	const struct xendispl_dbuf_create_req *create = &display->op_req.op.dbuf_create;
	const struct offer *offer = offers_fitting(display, create->buffer_sz);
	int rc;

	if (!offer)
		return -ENOENT;
	display->op_offer_key = offer->it.key;
	rc = gbuf_supply(display->env->supply, &display->guest, &offer->it, create->gref_directory,
			 create->buffer_sz, on_created, display);
	if (rc < 0)
		offers_failed(display, display->op_offer_key,
			      rc == -ENOSPC ? "the guest would have been granted more than half "
					      "of what it may have (supplied-mib in xenavd.conf)"
					    : strerror(-rc));
	return rc;
}

/* That of a consumer, as long as there is one that can be used, or else our own. */
static int start_supply(struct display *display)
{
	const struct xendispl_dbuf_create_req *create = &display->op_req.op.dbuf_create;
	int rc;

	do
		rc = start_offered(display);
	while (rc < 0 && rc != -ENOENT);
	if (rc == 0)
		return 0;
	display->op_offer_key = 0;
	return gbuf_supply(display->env->supply, &display->guest, NULL, create->gref_directory,
			   create->buffer_sz, on_created, display);
}

/* The guest is not to suffer from what a consumer offers. */
static int try_another(struct display *display, int rc)
{
	const uint64_t key = display->op_offer_key;

	/* Else it is the directory that is at fault. */
	if (key == 0 || supply_offer_is_granted(display->env->supply, key))
		return rc;
	offers_failed(display, key, strerror(-rc));
	return start_supply(display);
}

static void on_created(struct gbuf *gbuf, int rc, void *data)
{
	struct display *display = data;
	struct dbuf *dbuf = dbuf_free_entry(display);

	if (display->dead) {
		gbuf_unmap(display->env->xen, gbuf, NULL, NULL);
		return;
	}
	if (rc < 0) {
		rc = try_another(display, rc);
		if (rc < 0)
			finish_failed_create(display, rc);
		return;
	}
	/* Still free: nothing else takes entries while this ring waits. */
	dbuf->cookie = display->op_req.op.dbuf_create.dbuf_cookie;
	dbuf->shape = display->op_shape;
	dbuf->gbuf = gbuf;
	finish_op(display, 0, NULL);
}

static int start_create(struct display *display, const char **why)
{
	const struct xendispl_dbuf_create_req *create = &display->op_req.op.dbuf_create;
	int rc;

	if (!dbuf_free_entry(display)) {
		*why = "there are too many display buffers";
		return -ENOSPC;
	}
	channel_charge_map(&display->connectors[0].channel, create->buffer_sz);
	if (display->op_supplies) {
		rc = start_supply(display);
		*why = rc == -ENOSPC ? "the domain has been supplied with all it may have "
				       "(supplied-mib in xenavd.conf)"
				     : "it cannot be supplied";
		return rc < 0 ? rc : LATER;
	}
	rc = gbuf_map(display->env->xen, &display->guest, create->gref_directory, create->buffer_sz,
		      false, on_created, display);
	if (rc == 0)
		return LATER;
	*why = gbuf_explain(&display->guest, create->buffer_sz, rc);
	return rc;
}

/* The one of the same name is gone: Linux creates again after a time-out. */
static void on_replaced(struct display *display)
{
	const char *why = NULL;
	int rc;

	if (display->dead)
		return;
	rc = start_create(display, &why);
	if (rc < 0)
		finish_op(display, rc, why);
}

/*
 * Does the guest want our memory, and may it?  Without be-alloc in its directory the flags are what
 * the slot held before.  The node proves nothing: the directory is the guest's.  An imported buffer
 * has memory of its own, and Linux, which asks all the same, would lose it.
 */
static int check_supplies(struct display *display, const struct xendispl_dbuf_create_req *create,
			  const char **why)
{
	display->op_supplies = false;
	if (!display->be_alloc || !(create->flags & XENDISPL_DBUF_FLG_REQ_ALLOC))
		return 0;
	*why = "this guest may not be supplied with buffers (be-alloc in xenavd.conf)";
	if (!display->guest.policy.be_alloc)
		return -EPERM;
	*why = "an imported buffer cannot be supplied";
	if (create->bpp == 0)
		return -EINVAL;
	display->op_supplies = true;
	return 0;
}

int serve_dbuf_create(struct connector *conn, const struct xendispl_req *req, const char **why)
{
	const struct xendispl_dbuf_create_req *create = &req->op.dbuf_create;
	struct display *display = conn->display;
	struct dbuf *old;
	int rc;

	*why = "0 is no cookie";
	if (create->dbuf_cookie == 0)
		return -EINVAL;
	rc = check_supplies(display, create, why);
	if (rc < 0)
		return rc;
	/* data_ofs is reserved, and may be anything, in version 1. */
	*why = "its size and geometry do not go together";
	rc = dbuf_shape_init(&display->op_shape, create->buffer_sz,
			     display->version > 1 ? create->data_ofs : 0, create->width,
			     create->height, create->bpp);
	if (rc < 0)
		return rc;
	display->op_req = *req;
	old = dbuf_find(display, create->dbuf_cookie);
	if (!old)
		return start_create(display, why);
	dbuf_drop(display, old, on_replaced);
	return LATER;
}

static void on_destroyed(struct display *display)
{
	finish_op(display, 0, NULL);
}

int serve_dbuf_destroy(struct connector *conn, const struct xendispl_req *req, const char **why)
{
	struct display *display = conn->display;
	struct dbuf *dbuf = dbuf_find(display, req->op.dbuf_destroy.dbuf_cookie);

	/* Linux destroys what it failed to create, and some of it twice. */
	if (!dbuf)
		return -ENOENT;
	display->op_req = *req;
	/* The guest takes its pages back when it has the answer. */
	dbuf_drop(display, dbuf, on_destroyed);
	return LATER;
}
