/* SPDX-License-Identifier: MIT */
/*
 * The display buffers and framebuffers of a device.  The tables are fixed, small and the device's,
 * so a guest that creates without end costs nobody anything; a cookie is the guest's name for an
 * entry and means nothing to us.
 */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "display/display-priv.h"

static struct dbuf *dbuf_entry(struct display *display, uint64_t cookie)
{
	for (unsigned i = 0; i < DISPLAY_MAX_DBUFS; i++)
		if (display->dbufs[i].cookie == cookie)
			return &display->dbufs[i];
	return NULL;
}

static struct fb *fb_entry(struct display *display, uint64_t cookie)
{
	for (unsigned i = 0; i < DISPLAY_MAX_FBS; i++)
		if (display->fbs[i].cookie == cookie)
			return &display->fbs[i];
	return NULL;
}

struct dbuf *dbuf_find(struct display *display, uint64_t cookie)
{
	return cookie ? dbuf_entry(display, cookie) : NULL;
}

struct dbuf *dbuf_free_entry(struct display *display)
{
	return dbuf_entry(display, 0);
}

struct fb *fb_find(struct display *display, uint64_t cookie)
{
	return cookie ? fb_entry(display, cookie) : NULL;
}

struct fb *fb_free_entry(struct display *display)
{
	return fb_entry(display, 0);
}

void fb_drop(struct display *display, struct fb *fb)
{
	fb->cookie = 0;
	for (unsigned i = 0; i < display->n_connectors; i++)
		connector_forget(&display->connectors[i], fb);
}

void dbuf_drop(struct display *display, struct dbuf *dbuf, void (*unmapped)(void *display))
{
	struct gbuf *gbuf;

	for (unsigned i = 0; i < DISPLAY_MAX_FBS; i++)
		if (display->fbs[i].cookie && display->fbs[i].dbuf == dbuf)
			fb_drop(display, &display->fbs[i]);
	/* Now nothing of ours refers to it any more.  That may have ended the whole device, too,
	 * with all its buffers; then this one is gone already, and unmapped is still called. */
	gbuf = dbuf->gbuf;
	memset(dbuf, 0, sizeof *dbuf);
	farewell_buffer(display, gbuf, unmapped);
}
