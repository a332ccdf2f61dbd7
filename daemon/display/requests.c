/* SPDX-License-Identifier: MIT */
/* See requests.h. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "buffer/gbuf.h"
#include "display/context.h"
#include "display/dbufs.h"
#include "display/keeping.h"
#include "display/requests.h"
#include "display/screen.h"
#include "display/tables.h"
#include "report/log.h"

/* The status values of the protocol are XEN_E*, which need not be those of this host. */
_Static_assert(EPERM == 1 && ENOENT == 2 && E2BIG == 7 && ENOMEM == 12 && EFAULT == 14 &&
		       EBUSY == 16 && EINVAL == 22 && ENOSPC == 28 && EOPNOTSUPP == 95,
	       "errno.h agrees with xen/errno.h");

_Static_assert(sizeof(struct xendispl_resp) == RING_SLOT_BYTES, "a response fills a slot");
_Static_assert(sizeof(struct xendispl_req) == RING_SLOT_BYTES, "a request fills a slot");

struct op {
	uint8_t operation;
	bool generic; /* concerns the device: only on the ring of connector 0 */
	int since;    /* version of the protocol that has it */
	const char *name;
	int (*serve)(struct request *request, const char **why);
};

static void answer(struct request *request, int status)
{
	struct connector *conn = request->conn;
	uint8_t image[RING_SLOT_BYTES];
	struct xendispl_resp rsp;

	if (conn->context->dead)
		return;
	/* The whole slot, so that no memory of ours leaks and nothing of the request stays. */
	memset(&rsp, 0, sizeof rsp);
	rsp.id = request->req.id;
	rsp.operation = request->req.operation;
	rsp.status = status;
	rsp.op.get_edid.edid_sz = request->edid_bytes;
	memcpy(image, &rsp, sizeof image);
	channel_respond(&conn->channel, image);
	if (conn->index == 0)
		keeping_answered(request->tables);
}

static void refuse(const struct request *request, int rc, const char *why)
{
	const struct xendispl_req *req = &request->req;
	const unsigned long long cookie = req->op.dbuf_create.dbuf_cookie;
	struct log_source *log = request->conn->context->log;
	const unsigned index = request->conn->index;

	if (!request->name)
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "Operation 0x%02x on connector %u refused: %s", req->operation, index,
			  why);
	else if (req->operation == XENDISPL_OP_GET_EDID)
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "%s on connector %u refused: %s (%s)", request->name, index, why,
			  strerror(-rc));
	else if (why)
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "%s of 0x%llx on connector %u refused: %s (%s)", request->name, cookie,
			  index, why, strerror(-rc));
	else
		log_debug_from(log, "%s of 0x%llx on connector %u: no such thing", request->name,
			       cookie, index);
}

void request_finish(struct request *request, int rc, const char *why)
{
	if (rc < 0)
		refuse(request, rc, why);
	answer(request, rc);
}

/* -------- framebuffers -------- */

static int serve_fb_attach(struct request *request, const char **why)
{
	const struct xendispl_fb_attach_req *attach = &request->req.op.fb_attach;
	struct tables *tables = request->tables;
	struct dbuf *dbuf = dbuf_find(tables, attach->dbuf_cookie);
	struct fb_shape shape;
	struct fb *fb;

	*why = "0 is no cookie";
	if (attach->fb_cookie == 0)
		return -EINVAL;
	*why = "there is no such display buffer";
	if (!dbuf)
		return -ENOENT;
	*why = "size or format does not fit the display buffer";
	if (fb_shape_init(&shape, &dbuf->shape, attach->width, attach->height,
			  attach->pixel_format) < 0)
		return -EINVAL;
	fb = fb_find(tables, attach->fb_cookie);
	if (fb)
		fb_drop(tables, fb);
	else
		fb = fb_free_entry(tables);
	*why = "there are too many framebuffers";
	if (!fb)
		return -ENOSPC;
	*fb = (struct fb){.cookie = attach->fb_cookie, .gbuf = dbuf->gbuf, .shape = shape};
	keeping_fb(request->tables, fb, attach);
	return 0;
}

static int serve_fb_detach(struct request *request, const char **)
{
	struct fb *fb = fb_find(request->tables, request->req.op.fb_detach.fb_cookie);

	if (!fb)
		return -ENOENT;
	fb_drop(request->tables, fb);
	return 0;
}

/* -------- a connector's own -------- */

static int serve_set_config(struct request *request, const char **why)
{
	const struct xendispl_set_config_req *config = &request->req.op.set_config;
	struct view view = {config->x, config->y, config->width, config->height};
	struct fb *fb;

	if (config->fb_cookie == 0 &&
	    !(config->x | config->y | config->width | config->height | config->bpp)) {
		screen_reset(request->conn);
		return 0;
	}
	*why = "there is no such framebuffer";
	fb = fb_find(request->tables, config->fb_cookie);
	if (!fb)
		return -ENOENT;
	/* Redundant: the format of the framebuffer counts. */
	*why = "invalid number of bits per pixel";
	if (config->bpp < 1 || config->bpp > GEOMETRY_MAX_BPP)
		return -EINVAL;
	*why = "nothing of the framebuffer would be visible";
	return screen_configure(request->conn, fb, &view);
}

static int serve_pg_flip(struct request *request, const char **why)
{
	struct fb *fb = fb_find(request->tables, request->req.op.pg_flip.fb_cookie);
	int rc;

	*why = "there is no such framebuffer";
	if (!fb)
		return -ENOENT;
	rc = screen_flip(request->conn, fb);
	*why = rc == -EBUSY
		       ? "the frontend has too many flips under way, or does not read its events"
	       : rc == -ENODEV ? "the display is going away"
			       : "the connector is not configured for this framebuffer";
	return rc;
}

/* -------- the monitor -------- */

/* The guest may take its pages back when it has the answer. */
static void on_edid_unmapped(void *data)
{
	answer(data, 0);
}

static void on_edid_mapped(struct gbuf *gbuf, int rc, void *data)
{
	struct request *request = data;
	const struct display_context *context = request->conn->context;
	uint8_t edid[MONITOR_MAX_BYTES];

	if (context->dead) {
		gbuf_unmap(context->env->xen, gbuf, NULL, NULL);
		return;
	}
	if (rc < 0) {
		request_finish(request, rc,
			       gbuf_explain(&context->guest, XENDISPL_EDID_MAX_SIZE, rc));
		return;
	}
	request->edid_bytes = (uint32_t)monitor_edid(&request->conn->monitor, edid);
	memcpy(gbuf_data(gbuf), edid, request->edid_bytes);
	gbuf_unmap(context->env->xen, gbuf, on_edid_unmapped, request);
}

/*
 * A buffer may be larger than the protocol demands, but not smaller.  Only the size that it demands
 * is mapped, and only for as long as it takes to write.
 */
static int serve_get_edid(struct request *request, const char **why)
{
	const struct xendispl_get_edid_req *get = &request->req.op.get_edid;
	const struct display_context *context = request->conn->context;
	int rc;

	*why = "the buffer is too small";
	if (get->buffer_sz < XENDISPL_EDID_MAX_SIZE)
		return -EINVAL;
	rc = gbuf_map(context->env->xen, &context->guest, get->gref_directory,
		      XENDISPL_EDID_MAX_SIZE, true, on_edid_mapped, request);
	if (rc == 0)
		return LATER;
	*why = gbuf_explain(&context->guest, XENDISPL_EDID_MAX_SIZE, rc);
	return rc;
}

/* -------- all of them -------- */

static const struct op ops[] = {
	{XENDISPL_OP_DBUF_CREATE, true, 1, "DBUF_CREATE", dbufs_serve_create},
	{XENDISPL_OP_DBUF_DESTROY, true, 1, "DBUF_DESTROY", dbufs_serve_destroy},
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

static void on_request(struct channel *, const uint8_t image[RING_SLOT_BYTES], void *owner)
{
	struct request *request = owner;
	struct connector *conn = request->conn;
	const char *why = NULL;
	const struct op *op;
	int rc;

	memcpy(&request->req, image, sizeof request->req);
	request->edid_bytes = 0;
	op = find_op(request->req.operation);
	request->name = op ? op->name : NULL;
	if (!op || op->since > conn->context->version) {
		request_finish(request, -EOPNOTSUPP, "unknown operation");
		return;
	}
	if (op->generic && conn->index != 0) {
		request_finish(request, -EINVAL, "only valid on the ring of connector 0");
		return;
	}
	rc = op->serve(request, &why);
	if (rc == LATER)
		return;
	request_finish(request, rc, why);
	/* After the answer: it may copy a frame. */
	if (!conn->context->dead)
		viewers_show(&conn->viewers);
}

/* The guest has read events. */
static void on_room(struct channel *, void *owner)
{
	const struct request *request = owner;

	flips_room(&request->conn->flips);
}

void request_init(struct request *request, struct tables *tables, struct connector *conn)
{
	request->tables = tables;
	request->conn = conn;
	channel_init(&conn->channel, &conn->published.refs, on_request, on_room, request);
}
