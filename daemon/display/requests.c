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

#include "display/display-priv.h"
#include "report/log.h"

/* The status values of the protocol are XEN_E*; these are theirs, whatever this host's are. */
_Static_assert(EPERM == 1 && ENOENT == 2 && E2BIG == 7 && ENOMEM == 12 && EFAULT == 14 &&
		       EBUSY == 16 && EINVAL == 22 && ENOSPC == 28 && EOPNOTSUPP == 95,
	       "errno.h agrees with xen/errno.h");

_Static_assert(sizeof(struct xendispl_req) == RING_SLOT_BYTES, "a request fills a slot");
_Static_assert(sizeof(struct xendispl_resp) == RING_SLOT_BYTES, "a response fills a slot");

struct op {
	uint8_t operation;
	bool generic; /* of the device, so on the ring of connector 0 */
	int since;    /* this version of the protocol */
	const char *name;
	int (*serve)(struct connector *conn, const struct xendispl_req *req, const char **why);
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

void request_finish(struct connector *conn, const struct xendispl_req *req, int rc, const char *why)
{
	if (rc < 0)
		refuse(conn, req, rc, why);
	answer(conn, req, rc, 0);
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
	*why = rc == -EBUSY    ? "the frontend has too many under way, or does not read its events"
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
		request_finish(conn, &conn->edid_req, rc,
			       gbuf_explain(&display->guest, XENDISPL_EDID_MAX_SIZE, rc));
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
	if (rc == 0)
		return LATER;
	*why = gbuf_explain(&display->guest, XENDISPL_EDID_MAX_SIZE, rc);
	return rc;
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
		request_finish(conn, &req, -EOPNOTSUPP, "it is not known");
		return;
	}
	if (op->generic && conn->index != 0) {
		request_finish(conn, &req, -EINVAL, "it belongs on the ring of connector 0");
		return;
	}
	rc = op->serve(conn, &req, &why);
	if (rc == LATER)
		return;
	request_finish(conn, &req, rc, why);
	/* After the answer: it may copy a frame. */
	if (!conn->display->dead)
		connector_show(conn);
}
