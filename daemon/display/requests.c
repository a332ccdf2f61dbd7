/* SPDX-License-Identifier: MIT */
/*
 * The requests of displif.h.  Each gets one answer with its id and operation, so that a guest never
 * waits for its time-out; what is refused is logged with the reason.  Mapping and unmapping take
 * time and are answered when they are done; the ring waits, other connectors do not.
 *
 * Reserved bits are never a reason to refuse: Linux does not clear a slot before it fills it.
 *
 * Limits are answered with -ENOSPC (tables, the domain's pages) or -EBUSY (unread events), names
 * that mean nothing with -ENOENT, and whatever makes no sense with -EINVAL.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "buffer/supply.h"
#include "display/display-priv.h"
#include "report/log.h"

/* The status values of the protocol are XEN_E*; these are theirs, whatever this host's are. */
_Static_assert(EPERM == 1 && ENOENT == 2 && E2BIG == 7 && ENOMEM == 12 && EFAULT == 14 &&
		       EBUSY == 16 && EINVAL == 22 && ENOSPC == 28 && EOPNOTSUPP == 95,
	       "errno.h agrees with xen/errno.h");

_Static_assert(sizeof(struct xendispl_req) == RING_SLOT_BYTES, "a request fills a slot");
_Static_assert(sizeof(struct xendispl_resp) == RING_SLOT_BYTES, "a response fills a slot");

/* The answer comes later. */
#define LATER 1

/* @return 0 or -errno, with the reason in why unless it is not worth a warning, or LATER. */
typedef int (*serve_op)(struct connector *conn, const struct xendispl_req *req, const char **why);

struct op {
	uint8_t operation;
	bool generic; /* of the device, so on the ring of connector 0 */
	int since;    /* this version of the protocol */
	const char *name;
	serve_op serve;
};

static const struct op *find_op(uint8_t operation);

static void answer(struct connector *conn, const struct xendispl_req *req, int status,
		   uint32_t edid_bytes)
{
	uint8_t image[RING_SLOT_BYTES];
	struct xendispl_resp rsp;

	if (conn->display->dead)
		return;
	/* The whole slot, so that nothing of ours gets out and nothing of the request stays. */
	memset(&rsp, 0, sizeof rsp);
	rsp.id = req->id;
	rsp.operation = req->operation;
	rsp.status = status;
	rsp.op.get_edid.edid_sz = edid_bytes;
	memcpy(image, &rsp, sizeof image);
	channel_respond(&conn->channel, image);
}

static void refuse(struct connector *conn, const struct xendispl_req *req, int rc, const char *why)
{
	const struct op *op = find_op(req->operation);
	uint64_t cookie = req->op.dbuf_create.dbuf_cookie;
	struct log_source *log = conn->display->log;

	if (!op)
		log_warn_from(log, "Operation 0x%02x on connector %u refused: %s", req->operation,
			      conn->index, why);
	else if (req->operation == XENDISPL_OP_GET_EDID)
		log_warn_from(log, "%s on connector %u refused: %s (%s)", op->name, conn->index,
			      why, strerror(-rc));
	else if (why)
		log_warn_from(log, "%s of 0x%llx on connector %u refused: %s (%s)", op->name,
			      (unsigned long long)cookie, conn->index, why, strerror(-rc));
	else
		log_debug_from(log, "%s of 0x%llx on connector %u: no such thing", op->name,
			       (unsigned long long)cookie, conn->index);
}

static void finish(struct connector *conn, const struct xendispl_req *req, int rc, const char *why)
{
	if (rc < 0)
		refuse(conn, req, rc, why);
	answer(conn, req, rc, 0);
}

/* -------- display buffers: one at a time, all on the ring of connector 0 -------- */

static void finish_dbuf_op(struct display *display, int rc, const char *why)
{
	finish(&display->connectors[0], &display->op_req, rc, why);
}

static void finish_failed_create(struct display *display, int rc)
{
	char why[320];

	if (!display->op_supplies) {
		finish_dbuf_op(display, rc, gbuf_explain(rc));
		return;
	}
	supply_explain(display->env->supply, rc, display->op_shape.size_bytes, why, sizeof why);
	finish_dbuf_op(display, rc, why);
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
	rc = gbuf_supply_offer(display->env->supply, &display->guest, &offer->it,
			       create->gref_directory, create->buffer_sz, on_created, display);
	if (rc < 0)
		offers_failed(display, display->op_offer_key,
			      rc == -ENOSPC ? "it is more than half of what the guest may have "
					      "(supplied-mib in xenavd.conf)"
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
	return gbuf_supply(display->env->supply, &display->guest, create->gref_directory,
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
	finish_dbuf_op(display, 0, NULL);
}

static int start_create(struct display *display, const char **why)
{
	const struct xendispl_dbuf_create_req *create = &display->op_req.op.dbuf_create;
	int rc;

	if (!dbuf_free_entry(display)) {
		*why = "there are too many display buffers";
		return -ENOSPC;
	}
	if (display->op_supplies) {
		rc = start_supply(display);
		*why = rc == -ENOSPC ? "the domain has been supplied with all it may have "
				       "(supplied-mib in xenavd.conf)"
				     : "it cannot be supplied";
		return rc < 0 ? rc : LATER;
	}
	rc = gbuf_map(display->env->xen, &display->guest, create->gref_directory, create->buffer_sz,
		      false, on_created, display);
	*why = rc == -ENOSPC ? "the domain has too many pages mapped" : "it cannot be mapped";
	return rc < 0 ? rc : LATER;
}

/* The one of the same name is gone: Linux creates again after a time-out. */
static void on_replaced(void *data)
{
	struct display *display = data;
	const char *why = NULL;
	int rc;

	if (display->dead)
		return;
	rc = start_create(display, &why);
	if (rc < 0)
		finish_dbuf_op(display, rc, why);
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

static int serve_dbuf_create(struct connector *conn, const struct xendispl_req *req,
			     const char **why)
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

static void on_destroyed(void *data)
{
	struct display *display = data;

	finish_dbuf_op(display, 0, NULL);
}

static int serve_dbuf_destroy(struct connector *conn, const struct xendispl_req *req,
			      const char **why)
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

/* -------- framebuffers -------- */

static int serve_fb_attach(struct connector *conn, const struct xendispl_req *req, const char **why)
{
	const struct xendispl_fb_attach_req *attach = &req->op.fb_attach;
	struct display *display = conn->display;
	struct dbuf *dbuf = dbuf_find(display, attach->dbuf_cookie);
	struct fb_shape shape;
	struct fb *fb;

	*why = "0 is no cookie";
	if (attach->fb_cookie == 0)
		return -EINVAL;
	*why = "there is no such display buffer";
	if (!dbuf)
		return -ENOENT;
	*why = "its size or format does not fit the display buffer";
	if (fb_shape_init(&shape, &dbuf->shape, attach->width, attach->height,
			  attach->pixel_format) < 0)
		return -EINVAL;
	fb = fb_find(display, attach->fb_cookie);
	if (fb)
		fb_drop(display, fb);
	else
		fb = fb_free_entry(display);
	*why = "there are too many framebuffers";
	if (!fb)
		return -ENOSPC;
	*fb = (struct fb){.cookie = attach->fb_cookie, .dbuf = dbuf, .shape = shape};
	return 0;
}

static int serve_fb_detach(struct connector *conn, const struct xendispl_req *req, const char **why)
{
	struct fb *fb = fb_find(conn->display, req->op.fb_detach.fb_cookie);

	if (!fb)
		return -ENOENT;
	fb_drop(conn->display, fb);
	return 0;
}

/* -------- a connector's own -------- */

static int serve_set_config(struct connector *conn, const struct xendispl_req *req,
			    const char **why)
{
	const struct xendispl_set_config_req *config = &req->op.set_config;
	struct view view = {config->x, config->y, config->width, config->height};
	struct fb *fb;

	if (config->fb_cookie == 0 &&
	    !(config->x | config->y | config->width | config->height | config->bpp)) {
		connector_reset(conn);
		return 0;
	}
	*why = "there is no such framebuffer";
	fb = fb_find(conn->display, config->fb_cookie);
	if (!fb)
		return -ENOENT;
	/* Said once more here, but the format of the framebuffer is what counts. */
	*why = "that many bits per pixel make no sense";
	if (config->bpp < 1 || config->bpp > GEOMETRY_MAX_BPP)
		return -EINVAL;
	*why = "nothing of it would be visible";
	return connector_configure(conn, fb, &view);
}

static int serve_pg_flip(struct connector *conn, const struct xendispl_req *req, const char **why)
{
	struct fb *fb = fb_find(conn->display, req->op.pg_flip.fb_cookie);
	int rc;

	*why = "there is no such framebuffer";
	if (!fb)
		return -ENOENT;
	rc = connector_flip(conn, fb);
	*why = rc == -EBUSY    ? "the frontend does not read its events"
	       : rc == -ENODEV ? "the display is going away"
			       : "the connector is not configured for it";
	return rc;
}

/* -------- the monitor -------- */

/* The guest may take its pages back when it has the answer. */
static void on_edid_unmapped(void *data)
{
	struct connector *conn = data;

	answer(conn, &conn->edid_req, 0, conn->edid_bytes);
}

static void on_edid_mapped(struct gbuf *gbuf, int rc, void *data)
{
	struct connector *conn = data;
	struct display *display = conn->display;
	uint8_t edid[MONITOR_MAX_BYTES];

	if (display->dead) {
		gbuf_unmap(display->env->xen, gbuf, NULL, NULL);
		return;
	}
	if (rc < 0) {
		finish(conn, &conn->edid_req, rc, gbuf_explain(rc));
		return;
	}
	conn->edid_bytes = (uint32_t)monitor_edid(&conn->monitor, edid);
	memcpy(gbuf_data(gbuf), edid, conn->edid_bytes);
	gbuf_unmap(display->env->xen, gbuf, on_edid_unmapped, conn);
}

/*
 * A buffer may be larger than the protocol demands, but not smaller.  In either case no more than
 * what it demands is mapped, and only for as long as it takes to write.
 */
static int serve_get_edid(struct connector *conn, const struct xendispl_req *req, const char **why)
{
	const struct xendispl_get_edid_req *get = &req->op.get_edid;
	struct display *display = conn->display;
	int rc;

	*why = "its buffer is too small";
	if (get->buffer_sz < XENDISPL_EDID_MAX_SIZE)
		return -EINVAL;
	conn->edid_req = *req;
	rc = gbuf_map(display->env->xen, &display->guest, get->gref_directory,
		      XENDISPL_EDID_MAX_SIZE, true, on_edid_mapped, conn);
	*why = rc == -ENOSPC ? "the domain has too many pages mapped" : "it cannot be mapped";
	return rc < 0 ? rc : LATER;
}

/* -------- all of them -------- */

static const struct op ops[] = {
	{XENDISPL_OP_DBUF_CREATE, true, 1, "DBUF_CREATE", serve_dbuf_create},
	{XENDISPL_OP_DBUF_DESTROY, true, 1, "DBUF_DESTROY", serve_dbuf_destroy},
	{XENDISPL_OP_FB_ATTACH, true, 1, "FB_ATTACH", serve_fb_attach},
	{XENDISPL_OP_FB_DETACH, true, 1, "FB_DETACH", serve_fb_detach},
	{XENDISPL_OP_SET_CONFIG, false, 1, "SET_CONFIG", serve_set_config},
	{XENDISPL_OP_PG_FLIP, false, 1, "PG_FLIP", serve_pg_flip},
	{XENDISPL_OP_GET_EDID, false, 2, "GET_EDID", serve_get_edid},
};

static const struct op *find_op(uint8_t operation)
{
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (ops[i].operation == operation)
			return &ops[i];
	return NULL;
}

void display_serve(struct channel *ch, const uint8_t image[RING_SLOT_BYTES], void *connector)
{
	struct connector *conn = connector;
	struct xendispl_req req;
	const struct op *op;
	const char *why = NULL;
	int rc;

	memcpy(&req, image, sizeof req);
	op = find_op(req.operation);
	if (!op || op->since > conn->display->version) {
		finish(conn, &req, -EOPNOTSUPP, "it is not known");
		return;
	}
	if (op->generic && conn->index != 0) {
		finish(conn, &req, -EINVAL, "it belongs on the ring of connector 0");
		return;
	}
	rc = op->serve(conn, &req, &why);
	if (rc == LATER)
		return;
	finish(conn, &req, rc, why);
	/* After the answer: it may copy a frame. */
	if (!conn->display->dead)
		connector_show(conn);
}
