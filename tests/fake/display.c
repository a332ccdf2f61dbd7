/* SPDX-License-Identifier: MIT */
/* See display.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "display.h"
#include "machine.h"
#include "xen/displif.h"

static void on_event(struct channel *ch, const uint8_t image[SLOT_BYTES])
{
	struct crtc *crtc = ch->data;
	struct xendispl_evt evt;

	memcpy(&evt, image, sizeof evt);
	if (evt.type != XENDISPL_EVT_PG_FLIP)
		return;
	if (!crtc->flipping)
		guest_oops(ch->guest, "an event for a flip that nobody waits for");
	crtc->flipping = false;
	crtc->last_cookie = evt.op.pg_flip.fb_cookie;
	crtc->flips++;
}

static int read_config(struct display *display)
{
	display->be_alloc = front_read_number(&display->front, "be-alloc", 0) != 0;
	display->n_crtcs = 0;
	for (unsigned i = 0; i < display->max_crtcs; i++) {
		struct crtc *crtc = &display->crtcs[i];
		char leaf[32];
		char text[32];

		snprintf(leaf, sizeof leaf, "%u/resolution", i);
		if (front_read(&display->front, leaf, text, sizeof text) < 0)
			break;
		memset(crtc, 0, sizeof *crtc);
		crtc->display = display;
		crtc->index = i;
		if (sscanf(text, "%dx%d", &crtc->width_px, &crtc->height_px) != 2)
			break;
		display->n_crtcs++;
	}
	return display->n_crtcs > 0 ? 0 : -ENODEV;
}

static void free_rings(struct display *display)
{
	for (unsigned i = 0; i < display->n_crtcs; i++)
		channel_destroy(&display->crtcs[i].channel);
}

static int publish(struct front *front, uint32_t tx)
{
	struct display *display = (struct display *)(void *)front;
	int rc;

	free_rings(display);
	rc = read_config(display);
	for (unsigned i = 0; i < display->n_crtcs && rc == 0; i++) {
		struct crtc *crtc = &display->crtcs[i];
		char dir[12];

		snprintf(dir, sizeof dir, "%u", i);
		rc = channel_create(&crtc->channel, front->guest);
		crtc->channel.on_event = on_event;
		crtc->channel.data = crtc;
		if (rc == 0)
			rc = channel_publish(&crtc->channel, front, tx, dir, "req-");
	}
	return rc;
}

static void disconnect(struct display *display)
{
	if (!display->exists)
		return;
	display->exists = false;
	front_switch(&display->front, 7);
	free_rings(display);
	if (!display->be_alloc || display->users == 0)
		front_switch(&display->front, 1);
}

static void backend_changed(struct front *front, int state)
{
	struct display *display = (struct display *)(void *)front;

	switch (state) {
	case 1:
		if (front->state != 7)
			disconnect(display);
		break;
	case 2:
		if (front->state == 7)
			break;
		disconnect(display);
		if (front->state == 1)
			front_publish(front);
		break;
	case 4:
		if (front->state != 3)
			break;
		display->exists = true;
		front_switch(front, 4);
		break;
	case 0:
	case 6:
		if (front->state != 6)
			disconnect(display);
		break;
	default:
		break;
	}
}

static const struct front_ops ops = {
	.kind = "vdispl",
	.backend_changed = backend_changed,
	.publish = publish,
};

int display_load(struct display *display, struct guest *guest, unsigned devid)
{
	memset(display, 0, sizeof *display);
	display->max_crtcs = DISPLAY_CONNECTORS;
	return front_load(&display->front, guest, &ops, devid);
}

void display_forget(struct display *display)
{
	if (!display->front.guest)
		return;
	free_rings(display);
	front_forget(&display->front);
	display->exists = false;
}

void display_open(struct display *display)
{
	display->users++;
}

void display_close(struct display *display)
{
	/* xen_drm_drv_release() */
	if (--display->users == 0 && display->front.state == 7)
		front_switch(&display->front, 1);
}

/* -------- requests -------- */

/* Linux fills the slot as it finds it. */
static void prepare(const struct channel *ch, struct xendispl_req *req, uint8_t operation)
{
	uint8_t slot[SLOT_BYTES];

	channel_peek_slot(ch, slot);
	memcpy(req, slot, sizeof *req);
	req->operation = operation;
}

static int send(struct display *display, struct channel *ch, const struct xendispl_req *req)
{
	uint8_t image[SLOT_BYTES];

	if (!display->exists)
		return -ENODEV;
	memcpy(image, req, sizeof image);
	return channel_request(ch, image);
}

static struct channel *generic(struct display *display)
{
	return &display->crtcs[0].channel;
}

int dbuf_create(struct display *display, struct dbuf *dbuf, uint64_t cookie, uint32_t width_px,
		uint32_t height_px, uint32_t bpp)
{
	uint32_t size = (width_px * bpp + 7) / 8 * height_px;
	struct xendispl_req req;
	int rc;

	memset(dbuf, 0, sizeof *dbuf);
	if (!display->exists)
		return -ENODEV;
	if (display->be_alloc)
		rc = guest_buffer_offer(display->front.guest, &dbuf->buffer, size);
	else
		rc = guest_buffer_alloc(display->front.guest, &dbuf->buffer, size);
	if (rc < 0)
		return rc;
	dbuf->cookie = cookie;
	dbuf->width_px = width_px;
	dbuf->height_px = height_px;
	dbuf->bpp = bpp;
	prepare(generic(display), &req, XENDISPL_OP_DBUF_CREATE);
	req.op.dbuf_create.dbuf_cookie = cookie;
	req.op.dbuf_create.width = width_px;
	req.op.dbuf_create.height = height_px;
	req.op.dbuf_create.bpp = bpp;
	req.op.dbuf_create.buffer_sz = size;
	req.op.dbuf_create.gref_directory = guest_buffer_directory(&dbuf->buffer);
	req.op.dbuf_create.data_ofs = 0;
	/* The other flags are whatever the slot had there. */
	if (display->be_alloc)
		req.op.dbuf_create.flags |= XENDISPL_DBUF_FLG_REQ_ALLOC;
	rc = send(display, generic(display), &req);
	if (rc == 0 && display->be_alloc)
		rc = guest_buffer_map(display->front.guest, &dbuf->buffer);
	return rc;
}

/* xen_drm_front_dbuf_destroy(): what the backend supplied is let go of before it is told. */
static void let_go(struct display *display, struct dbuf *dbuf)
{
	struct guest *guest = display->front.guest;

	if (!display->be_alloc)
		return;
	if (!display->never_unmaps)
		guest_buffer_unmap(guest, &dbuf->buffer);
	if (guest_buffer_free(guest, &dbuf->buffer) > 0)
		guest_oops(guest, "the backend has kept a directory mapped");
}

int dbuf_destroy(struct display *display, struct dbuf *dbuf)
{
	struct xendispl_req req;
	int rc = -ENODEV;

	let_go(display, dbuf);
	if (display->exists) {
		prepare(generic(display), &req, XENDISPL_OP_DBUF_DESTROY);
		req.op.dbuf_destroy.dbuf_cookie = dbuf->cookie;
		rc = send(display, generic(display), &req);
	}
	if (guest_buffer_free(display->front.guest, &dbuf->buffer) > 0 && rc == 0)
		guest_oops(display->front.guest, "DBUF_DESTROY was answered with pages mapped");
	return rc;
}

uint32_t *dbuf_pixels(const struct dbuf *dbuf)
{
	return (uint32_t *)(void *)guest_buffer_data(&dbuf->buffer);
}

int fb_attach(struct display *display, const struct dbuf *dbuf, uint64_t fb, uint32_t fourcc)
{
	struct xendispl_req req;

	if (!display->exists)
		return -ENODEV;
	prepare(generic(display), &req, XENDISPL_OP_FB_ATTACH);
	req.op.fb_attach.dbuf_cookie = dbuf->cookie;
	req.op.fb_attach.fb_cookie = fb;
	req.op.fb_attach.width = dbuf->width_px;
	req.op.fb_attach.height = dbuf->height_px;
	req.op.fb_attach.pixel_format = fourcc;
	return send(display, generic(display), &req);
}

int fb_detach(struct display *display, uint64_t fb)
{
	struct xendispl_req req;

	if (!display->exists)
		return -ENODEV;
	prepare(generic(display), &req, XENDISPL_OP_FB_DETACH);
	req.op.fb_detach.fb_cookie = fb;
	return send(display, generic(display), &req);
}

int crtc_config(struct crtc *crtc, uint64_t fb, const struct dbuf *dbuf)
{
	struct xendispl_req req;

	if (!crtc->display->exists)
		return -ENODEV;
	prepare(&crtc->channel, &req, XENDISPL_OP_SET_CONFIG);
	req.op.set_config.fb_cookie = fb;
	req.op.set_config.x = 0;
	req.op.set_config.y = 0;
	/* The size of the framebuffer, not of the mode. */
	req.op.set_config.width = dbuf ? dbuf->width_px : 0;
	req.op.set_config.height = dbuf ? dbuf->height_px : 0;
	req.op.set_config.bpp = dbuf ? dbuf->bpp : 0;
	return send(crtc->display, &crtc->channel, &req);
}

int crtc_disable(struct crtc *crtc)
{
	return crtc_config(crtc, 0, NULL);
}

static bool flipped(void *data)
{
	const struct crtc *crtc = data;

	return !crtc->flipping || !crtc->display->exists;
}

int crtc_flip(struct crtc *crtc, uint64_t fb)
{
	struct guest *guest = crtc->display->front.guest;
	struct xendispl_req req;
	int rc;

	if (!crtc->display->exists)
		return -ENODEV;
	prepare(&crtc->channel, &req, XENDISPL_OP_PG_FLIP);
	req.op.pg_flip.fb_cookie = fb;
	/* The event may come before the answer. */
	crtc->flipping = true;
	rc = send(crtc->display, &crtc->channel, &req);
	if (rc < 0) {
		crtc->flipping = false;
		return rc;
	}
	if (!guest_run_until(guest, flipped, crtc, guest->frame_ms))
		return -ETIME;
	return crtc->flipping ? -ENODEV : 0;
}
