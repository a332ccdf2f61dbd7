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

/* That may take a while, if there is a dma-buf of it. */
static void on_unmapped(void *data)
{
	struct display *display = data;

	display->dropping = false;
	if (display->unmapped)
		display->unmapped(display);
	if (display->all_unmapped)
		display->all_unmapped(display);
}

static void unmap(struct display *display)
{
	gbuf_unmap(display->env->xen, display->dropped, on_unmapped, display);
}

void dbuf_drop(struct display *display, struct dbuf *dbuf,
	       void (*unmapped)(struct display *display))
{
	display->dropping = true;
	display->unmapped = unmapped;
	for (unsigned i = 0; i < DISPLAY_MAX_FBS; i++)
		if (display->fbs[i].cookie && display->fbs[i].dbuf == dbuf)
			fb_drop(display, &display->fbs[i]);
	/* Now nothing of ours refers to it any more.  That may have ended the whole device, too,
	 * with all its buffers; then this one is gone already, and unmapped is still called. */
	display->dropped = dbuf->gbuf;
	memset(dbuf, 0, sizeof *dbuf);
	if (display->dropped)
		farewell_buffer(display, display->dropped, unmap);
	else
		unmap(display);
}

void dbufs_drop_all(struct display *display, void (*unmapped)(struct display *display))
{
	memset(display->fbs, 0, sizeof display->fbs);
	for (unsigned i = 0; i < DISPLAY_MAX_DBUFS; i++) {
		gbuf_unmap(display->env->xen, display->dbufs[i].gbuf, NULL, NULL);
		memset(&display->dbufs[i], 0, sizeof display->dbufs[i]);
	}
	if (display->dropping)
		display->all_unmapped = unmapped;
	else
		unmapped(display);
}
