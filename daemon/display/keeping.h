/* SPDX-License-Identifier: MIT */
/*
 * What the journal keeps of a display: each display buffer and framebuffer, and of each connector
 * what it shows and the page flips whose events are not sent yet.
 *
 * A request that is under way when the daemon is killed is served once more by the next one.  So a
 * record says which response of its ring publishes it: one that a request makes does not count
 * before that response, and one that a request ends counts until then.
 */
#ifndef XENAVD_DISPLAY_KEEPING_H
#define XENAVD_DISPLAY_KEEPING_H

#include <stdbool.h>
#include <stdint.h>

#include "display/flips.h"
#include "display/geometry.h"

struct connector;
struct dbuf;
struct fb;
struct journal_slot;
struct tables;
struct xendispl_dbuf_create_req;
struct xendispl_fb_attach_req;

/* -------- records -------- */

/* The first response that publishes the record, and, if it is ending, its end. */
struct kept_span {
	uint32_t born;
	uint32_t dies;
	uint32_t ending; /* 0 or 1 */
};

/* Does a record count when so many responses are published?  It counts until the response that it
 * dies with. */
bool kept_counts(const struct kept_span *span, uint32_t rsp_prod);

/* The fields of DBUF_CREATE; data_ofs is 0 where it has no meaning. */
struct kept_dbuf {
	uint64_t cookie;
	uint32_t size_bytes;
	uint32_t data_ofs;
	uint32_t width_px, height_px;
	uint32_t bpp;
	uint32_t gref_directory;
	uint32_t kind;   /* enum gbuf_kind */
	uint32_t number; /* of a supplied buffer, see buffer/keeping.h */
	struct kept_span span;
	uint32_t reserved;
};

/* The fields of FB_ATTACH. */
struct kept_fb {
	uint64_t cookie;
	uint64_t dbuf_cookie;
	uint32_t width_px, height_px;
	uint32_t fourcc;
	struct kept_span span;
};

struct kept_screen {
	uint64_t fb_cookie; /* 0: nothing is shown */
	struct view view;
	uint32_t configured;  /* 0 or 1 */
	uint32_t n_flips;     /* whose events were not sent, in their order */
	uint32_t first_event; /* the number of the event of the first one */
	uint32_t born;        /* of the last one, as in kept_span */
	uint64_t flips[FLIPS_MAX_OWED];
};

/* Check what DBUF_CREATE checks of its fields. @return 0 or -EINVAL. */
int kept_dbuf_check(const struct kept_dbuf *kept, struct dbuf_shape *shape);

/*
 * Find the flips whose events are still due.
 *
 * @param rsp_prod, event_prod the responses and events published on the ring of the connector
 * @return their number, or -EINVAL for a record that this daemon does not write.
 */
int kept_screen_flips(const struct kept_screen *kept, uint32_t rsp_prod, uint32_t event_prod,
		      uint64_t flips[FLIPS_MAX_OWED]);

/* -------- writing -------- */

/* A display buffer, or framebuffer, that the request under way has made. */
void keeping_dbuf(const struct tables *tables, struct dbuf *dbuf,
		  const struct xendispl_dbuf_create_req *create);
void keeping_fb(const struct tables *tables, struct fb *fb,
		const struct xendispl_fb_attach_req *attach);

/* The record is of something that the request under way ends. */
void keeping_ends(struct tables *tables, struct journal_slot *slot);

/* A request on the ring of connector 0 is answered: what it has ended is over. */
void keeping_answered(struct tables *tables);

/* What the connector shows, or which events it owes, has changed; not for events that are sent. */
void keeping_screen(struct connector *conn);

#endif
