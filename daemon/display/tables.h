/* SPDX-License-Identifier: MIT */
/*
 * The display buffers and framebuffers of a device.  The tables are fixed, small and the device's,
 * so a guest that creates without end harms no other; a cookie is the guest's name for an entry and
 * has no meaning here.
 */
#ifndef XENAVD_TABLES_H
#define XENAVD_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "display/geometry.h"
#include "display/picture.h"

#define TABLES_MAX_DBUFS 64
#define TABLES_MAX_FBS   128

/* What one request may end: a display buffer with its framebuffers. */
#define TABLES_MAX_ENDING (TABLES_MAX_FBS + 1)

struct connector;
struct display_context;
struct journal_slot;

/* A display buffer; cookie 0 is a free entry. */
struct dbuf {
	uint64_t cookie;
	struct dbuf_shape shape;
	struct gbuf *gbuf; /* NULL for one that is being destroyed, after a restart */
	struct journal_slot *slot;
};

struct tables {
	const struct display_context *context;
	struct connector *connectors; /* the display's */
	unsigned n_connectors;
	void (*all_unmapped)(struct tables *tables);

	/* Only the first ones were ever in use: most guests have few, and every request looks. */
	struct dbuf dbufs[TABLES_MAX_DBUFS];
	struct fb fbs[TABLES_MAX_FBS];
	unsigned n_dbufs;
	unsigned n_fbs;

	/* Records of what the request under way ends, see keeping.h. */
	struct journal_slot *ending[TABLES_MAX_ENDING];
	unsigned n_ending;

	/* The one display buffer that is being dropped. */
	bool dropping;
	struct gbuf *dropped;
	void (*unmapped)(void *data);
	void *data;

	bool ended;
};

/* all_unmapped is called after tables_end(). */
void tables_init(struct tables *tables, const struct display_context *context,
		 void (*all_unmapped)(struct tables *tables));

/* The entry of that cookie, or NULL. */
struct dbuf *dbuf_find(struct tables *tables, uint64_t cookie);
struct fb *fb_find(struct tables *tables, uint64_t cookie);

/* A free entry, NULL when all are taken. */
struct dbuf *dbuf_free_entry(struct tables *tables);
struct fb *fb_free_entry(struct tables *tables);

/* Is there no display buffer? */
bool tables_empty(const struct tables *tables);

/* Forget a framebuffer; connectors that show it show nothing. */
void fb_drop(struct tables *tables, struct fb *fb);

/* Forget a display buffer and its framebuffers, take it back from consumers, unmap it, then call
 * unmapped. */
void dbuf_drop(struct tables *tables, struct dbuf *dbuf, void (*unmapped)(void *data), void *data);

/* Forget and unmap everything, and call all_unmapped when a buffer that is being dropped is
 * unmapped, too, which may be at once. */
void tables_end(struct tables *tables);

#endif
