/* SPDX-License-Identifier: MIT */
/*
 * The display frontend of Linux (drivers/gpu/drm/xen), as its source describes it: it
 * does not clear the slots it fills, keeps in Reconfiguring what the backend says there, and
 * completes one flip per event.  Cookies are whatever the scenario likes.
 */
#ifndef XENAVD_FRONT_DISPLAY_H
#define XENAVD_FRONT_DISPLAY_H

#include "channel.h"
#include "guest.h"

#define DISPLAY_CONNECTORS     4 /* of Linux */
#define DISPLAY_MAX_CONNECTORS 20

struct display;

struct crtc {
	struct display *display;
	struct channel channel;
	unsigned index;
	int width_px;
	int height_px;
	bool flipping; /* a flip waits for its event */
	unsigned flips;
	uint64_t last_cookie; /* of the newest event */
};

struct display {
	struct front front;
	bool be_alloc;     /* the backend supplies the buffers */
	bool never_unmaps; /* this frontend, unlike that of Linux, keeps them mapped */
	bool exists;       /* the DRM device is registered */
	unsigned users;    /* programs that have it open */
	struct crtc crtcs[DISPLAY_MAX_CONNECTORS];
	unsigned n_crtcs;
	unsigned max_crtcs; /* other systems know more than Linux */
};

struct dbuf {
	uint64_t cookie;
	struct guest_buffer buffer;
	uint32_t width_px;
	uint32_t height_px;
	uint32_t bpp;
};

int display_load(struct display *display, struct guest *guest, unsigned devid);
void display_forget(struct display *display);
void display_open(struct display *display);
void display_close(struct display *display);

/* Each is one request. @return the backend's status, or -errno. */
int dbuf_create(struct display *display, struct dbuf *dbuf, uint64_t cookie, uint32_t width_px,
		uint32_t height_px, uint32_t bpp);
int dbuf_destroy(struct display *display, struct dbuf *dbuf);
uint32_t *dbuf_pixels(const struct dbuf *dbuf);
int fb_attach(struct display *display, const struct dbuf *dbuf, uint64_t fb, uint32_t fourcc);
int fb_detach(struct display *display, uint64_t fb);
int crtc_config(struct crtc *crtc, uint64_t fb, const struct dbuf *dbuf);
int crtc_disable(struct crtc *crtc);

/* Flip and wait for the event. @return 0, the status, or -ETIME without an event in time. */
int crtc_flip(struct crtc *crtc, uint64_t fb);

#endif
