/* SPDX-License-Identifier: MIT */
/* See tables.h. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "buffer/gbuf.h"
#include "display/context.h"
#include "display/farewell.h"
#include "display/keeping.h"
#include "display/screen.h"
#include "display/tables.h"

void tables_init(struct tables *tables, const struct display_context *context,
		 void (*all_unmapped)(struct tables *tables))
{
	tables->context = context;
	tables->all_unmapped = all_unmapped;
}

static struct dbuf *dbuf_entry(struct tables *tables, uint64_t cookie)
{
	for (unsigned i = 0; i < tables->n_dbufs; i++)
		if (tables->dbufs[i].cookie == cookie)
			return &tables->dbufs[i];
	return NULL;
}

static struct fb *fb_entry(struct tables *tables, uint64_t cookie)
{
	for (unsigned i = 0; i < tables->n_fbs; i++)
		if (tables->fbs[i].cookie == cookie)
			return &tables->fbs[i];
	return NULL;
}

struct dbuf *dbuf_find(struct tables *tables, uint64_t cookie)
{
	return cookie ? dbuf_entry(tables, cookie) : NULL;
}

struct dbuf *dbuf_free_entry(struct tables *tables)
{
	struct dbuf *dbuf = dbuf_entry(tables, 0);

	if (!dbuf && tables->n_dbufs < TABLES_MAX_DBUFS)
		dbuf = &tables->dbufs[tables->n_dbufs++];
	return dbuf;
}

struct fb *fb_find(struct tables *tables, uint64_t cookie)
{
	return cookie ? fb_entry(tables, cookie) : NULL;
}

struct fb *fb_free_entry(struct tables *tables)
{
	struct fb *fb = fb_entry(tables, 0);

	if (!fb && tables->n_fbs < TABLES_MAX_FBS)
		fb = &tables->fbs[tables->n_fbs++];
	return fb;
}

bool tables_empty(const struct tables *tables)
{
	for (unsigned i = 0; i < tables->n_dbufs; i++)
		if (tables->dbufs[i].cookie)
			return false;
	return true;
}

void fb_drop(struct tables *tables, struct fb *fb)
{
	const uint64_t cookie = fb->cookie;

	fb->cookie = 0;
	keeping_ends(tables, fb->slot);
	fb->slot = NULL;
	for (unsigned i = 0; i < tables->n_connectors; i++)
		screen_forget(&tables->connectors[i], cookie);
}

/* Unmapping takes a while if there is a dma-buf of the buffer. */
static void on_unmapped(void *data)
{
	struct tables *tables = data;

	tables->dropping = false;
	tables->unmapped(tables->data);
	if (tables->ended)
		tables->all_unmapped(tables);
}

static void unmap(void *data)
{
	struct tables *tables = data;

	gbuf_unmap(tables->context->env->xen, tables->dropped, on_unmapped, tables);
}

void dbuf_drop(struct tables *tables, struct dbuf *dbuf, void (*unmapped)(void *data), void *data)
{
	tables->dropping = true;
	tables->unmapped = unmapped;
	tables->data = data;
	for (unsigned i = 0; i < tables->n_fbs; i++)
		if (tables->fbs[i].cookie && tables->fbs[i].gbuf == dbuf->gbuf)
			fb_drop(tables, &tables->fbs[i]);
	/* No part of the display refers to it now.  Dropping framebuffers may have ended the whole
	 * device with all its buffers: then this one is gone, and unmapped is still called. */
	tables->dropped = dbuf->gbuf;
	keeping_ends(tables, dbuf->slot);
	memset(dbuf, 0, sizeof *dbuf);
	if (tables->dropped)
		farewell_start(tables->context->farewells, tables->dropped, unmap, tables);
	else
		unmap(tables);
}

void tables_end(struct tables *tables)
{
	memset(tables->fbs, 0, sizeof tables->fbs);
	for (unsigned i = 0; i < tables->n_dbufs; i++)
		gbuf_unmap(tables->context->env->xen, tables->dbufs[i].gbuf, NULL, NULL);
	memset(tables->dbufs, 0, sizeof tables->dbufs);
	tables->ended = tables->dropping;
	if (!tables->dropping)
		tables->all_unmapped(tables);
}
