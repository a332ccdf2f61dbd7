/* SPDX-License-Identifier: MIT */
/*
 * Connectors: a monitor that takes pictures.
 *
 * Encoding takes longer than a frame lasts.  If only the newest frame counts, frames are copied
 * and done at once, and of those that come while one is being encoded the last one is kept.  If
 * all count, a frame is not done before the one before it is encoded, which slows down the guest
 * as far as the daemon lets us.
 *
 * A guest that draws into what it shows says nothing, so when no frame has come for a while it is
 * asked for again, and dropped if it is still the same.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "pixels.h"
#include "png.h"
#include "record.h"

/* Of encoding at a time, so that sound is not late. */
#define SLICE_NS (2 * NS_PER_MS)

struct display {
	TAILQ_ENTRY(display) link; /* record::displays */
	struct record *r;
	struct xenav_connector *c;
	char label[NAME_SIZE];
	struct account *account;
	uint64_t first;    /* pictures of this label that were there before */
	struct room room;  /* for the picture in work */
	uint64_t retry_ns; /* when to claim again; 0: not */
	bool said_busy;
	uint32_t said_fourcc; /* that it is unknown */

	uint64_t presented; /* frames we were given */
	uint64_t written;
	char name[NAME_SIZE]; /* of the picture in work, or the last one */
	struct png *png;      /* in work, from image */
	struct image image;
	struct image waiting; /* comes next, if its width is not 0: the newest */
	uint64_t waiting_number;
	bool kept; /* all: waiting is a frame that is not done yet, whose memory is gone */
	bool held; /* all: a frame that is not copied yet */
	struct xenav_frame frame;
	uint64_t frame_number;

	uint64_t refresh_ns; /* when to ask for the frame again; 0: not */
	unsigned int asked;  /* of so many frames one may be the answer */
	uint64_t hash;       /* of the newest frame */
};

/* Connectors of one guest may have the same name, or names that are equal as far as they go. */
static bool label_taken(struct record *r, const char *label)
{
	struct display *d;

	TAILQ_FOREACH (d, &r->displays, link)
		if (!strcmp(d->label, label))
			return true;
	return false;
}

static void make_label(struct record *r, char label[NAME_SIZE], const char *guest,
		       const char *unique_id)
{
	char base[NAME_SIZE];

	name_base(base, "display", guest, unique_id);
	memcpy(label, base, NAME_SIZE);
	for (unsigned int n = 2; label_taken(r, label); n++)
		name_marked(label, base, n);
}

static void ask(struct display *d)
{
	if (d->r->opt.direct)
		xenav_connector_set_ways(d->c, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	if (d->r->opt.watch)
		xenav_connector_watch(d->c);
	else
		xenav_connector_claim(d->c);
}

void display_on_added(void *record, struct xenav_connector *c)
{
	const struct xenav_connector_info *i = xenav_connector_get_info(c);
	struct record *r = record;
	char guest[NAME_SIZE];
	struct account *account;
	struct display *d;

	if (r->opt.no_display ||
	    !record_selects(r, i->domid, i->devid, i->domain_name, i->unique_id))
		return;
	name_guest(guest, i->domain_name, i->domid);
	account = folder_account(&r->folder, guest);
	d = calloc(1, sizeof *d);
	if (!d || !account) {
		free(d);
		out_warn(r, "Out of memory: a connector is left alone");
		return;
	}
	d->r = r;
	d->c = c;
	d->account = account;
	make_label(r, d->label, guest, i->unique_id);
	d->first = folder_last(&r->folder, d->label);
	xenav_connector_set_data(c, d);
	TAILQ_INSERT_TAIL(&r->displays, d, link);
	ask(d);
}

void display_on_claimed(void *record, struct xenav_connector *c)
{
	const struct xenav_connector_info *i = xenav_connector_get_info(c);
	struct display *d = xenav_connector_get_data(c);

	d->said_busy = false;
	out_event(record, d->label, "%s resolution=%ux%u", d->r->opt.watch ? "watched" : "claimed",
		  (unsigned int)i->width_px, (unsigned int)i->height_px);
}

void display_on_claim_failed(void *record, struct xenav_connector *c, int error)
{
	struct display *d = xenav_connector_get_data(c);

	if (!d->said_busy)
		out_warn(record, "%s is not for us: %s", d->label, strerror(-error));
	d->said_busy = true;
	if (error == -EBUSY || error == -EUSERS)
		d->retry_ns = record_now() + RECORD_RETRY_NS;
}

/* -------- pictures -------- */

static void failed(struct display *d, int rc)
{
	out_warn(d->r, "%s: cannot write %s: %s", d->label, d->name, strerror(-rc));
}

/* Start to encode what is in image. */
static void encode(struct display *d, uint64_t number)
{
	struct folder *f = &d->r->folder;
	const bool all = d->r->opt.every;
	int rc;

	rc = folder_reserve(f, d->account, d->label, all,
			    png_max_bytes(d->image.width_px, d->image.height_px), &d->room);
	if (rc < 0) {
		out_limit(d->r, d->account);
		return;
	}
	if (all)
		name_frame(d->name, d->label, d->first + number, "png");
	else
		name_numbered(d->name, d->label, 1, "png");
	if (all)
		rc = folder_number(f, d->label, d->first + number);
	if (rc == 0)
		rc = png_start(&d->png, f, d->name, !all, &d->image);
	if (rc < 0) {
		folder_unreserve(d->account, &d->room);
		d->png = NULL;
		failed(d, rc);
	}
}

/* Copy the held frame, tell the guest, and encode it. */
static void take_held(struct display *d)
{
	const int rc = image_copy(&d->image, &d->frame);

	d->held = false;
	xenav_frame_done(d->c);
	if (rc < 0)
		failed(d, rc);
	else
		encode(d, d->frame_number);
}

static void take_waiting(struct display *d)
{
	const struct image image = d->image;

	d->image = d->waiting;
	d->waiting = image;
	d->waiting.width_px = 0;
	if (d->kept)
		xenav_frame_done(d->c);
	d->kept = false;
	encode(d, d->waiting_number);
}

/* Encode until then; true if there is more to do. */
static bool work(struct display *d, uint64_t until_ns)
{
	if (d->png) {
		uint64_t bytes;
		const int rc = png_go_on(d->png, until_ns, &bytes);

		if (rc == 0)
			return true;
		d->png = NULL;
		folder_unreserve(d->account, &d->room);
		if (rc < 0) {
			failed(d, rc);
		} else {
			folder_added(&d->r->folder, d->account, d->label, d->r->opt.every, bytes);
			d->written++;
			d->r->pictures++;
			if (d->r->opt.every)
				out_event(d->r, d->label, "picture file=%s", d->name);
		}
	}
	if (d->waiting.width_px)
		take_waiting(d);
	else if (d->held)
		take_held(d);
	return d->png;
}

/* Will this frame be kept? */
static bool wanted(struct display *d, const struct xenav_frame *frame)
{
	if (!pixels_known(frame->fourcc)) {
		if (d->said_fourcc != frame->fourcc)
			out_warn(d->r, "%s: pixels of format 0x%08x are unknown, not recorded",
				 d->label, (unsigned int)frame->fourcc);
		d->said_fourcc = frame->fourcc;
		return false;
	}
	return d->r->opt.every == 0 || (d->presented - 1) % d->r->opt.every == 0;
}

/* Is this what we have, once more? */
static bool unchanged(struct display *d, const struct xenav_frame *frame)
{
	uint64_t hash;

	if (d->r->opt.refresh_hz == 0)
		return false;
	d->refresh_ns = record_now() + NS_PER_S / d->r->opt.refresh_hz;
	if (!pixels_known(frame->fourcc))
		return false;
	hash = frame_hash(frame);
	if (d->asked && hash == d->hash) {
		d->asked = 0;
		return true;
	}
	d->hash = hash;
	if (d->asked)
		d->asked--;
	return false;
}

/* Copy the held frame now, although the one before is still being encoded; the guest waits on. */
static void keep_held(struct display *d)
{
	const int rc = image_copy(&d->waiting, &d->frame);

	d->waiting_number = d->frame_number;
	d->held = false;
	d->kept = rc == 0;
	if (d->kept)
		return;
	xenav_frame_done(d->c);
	failed(d, rc);
}

/* The pixels of a frame that waits to be copied are about to go. */
void display_on_frame_gone(void *record, struct xenav_connector *c, uint64_t serial)
{
	struct display *d = xenav_connector_get_data(c);

	(void)record;
	if (d->held && d->frame.serial == serial)
		keep_held(d);
}

void display_on_frame(void *record, struct xenav_connector *c, const struct xenav_frame *frame)
{
	struct display *d = xenav_connector_get_data(c);
	struct record *r = record;
	int rc;

	if (unchanged(d, frame)) {
		/* The one that is held is done with it. */
		if (!d->held)
			xenav_frame_done(c);
		return;
	}
	d->presented++;
	r->presented++;
	if (d->presented == 1)
		out_event(r, d->label, "frames width=%u height=%u format=%c%c%c%c%s",
			  (unsigned int)frame->width_px, (unsigned int)frame->height_px,
			  (int)(frame->fourcc & 0x7f), (int)(frame->fourcc >> 8 & 0x7f),
			  (int)(frame->fourcc >> 16 & 0x7f), (int)(frame->fourcc >> 24 & 0x7f),
			  frame->way == XENAV_WAY_DIRECT ? " way=direct" : "");
	if (!wanted(d, frame)) {
		xenav_frame_done(c);
		return;
	}
	if (r->opt.every) {
		d->held = true;
		d->frame = *frame;
		d->frame_number = d->presented;
		if (!d->png)
			take_held(d);
		else if (frame->way != XENAV_WAY_COPY)
			keep_held(d); /* soon the guest will not wait any more */
		return;
	}
	rc = image_copy(&d->waiting, frame);
	d->waiting_number = d->presented;
	xenav_frame_done(c);
	if (rc < 0)
		failed(d, rc);
	else if (!d->png)
		take_waiting(d);
}

void display_on_blank(void *record, struct xenav_connector *c)
{
	struct display *d = xenav_connector_get_data(c);

	d->refresh_ns = 0;
	d->asked = 0;
	out_event(record, d->label, "blank frames=%" PRIu64, d->presented);
}

/* -------- the end -------- */

static void finish(struct display *d)
{
	while (work(d, UINT64_MAX))
		;
	if (d->written && !d->r->opt.every)
		out_event(d->r, d->label, "ended frames=%" PRIu64 " file=%s", d->presented,
			  d->name);
	else
		out_event(d->r, d->label, "ended frames=%" PRIu64 " pictures=%" PRIu64,
			  d->presented, d->written);
	image_free(&d->image);
	image_free(&d->waiting);
	TAILQ_REMOVE(&d->r->displays, d, link);
	free(d);
}

void display_on_removed(void *record, struct xenav_connector *c)
{
	struct display *d = xenav_connector_get_data(c);

	if (!d)
		return;
	out_event(record, d->label, "removed");
	finish(d);
}

void display_finish(struct record *r)
{
	while (!TAILQ_EMPTY(&r->displays))
		finish(TAILQ_FIRST(&r->displays));
}

uint64_t display_work(struct record *r, uint64_t now_ns)
{
	uint64_t next = UINT64_MAX;
	struct display *d;

	TAILQ_FOREACH (d, &r->displays, link) {
		if (d->retry_ns && d->retry_ns <= now_ns) {
			d->retry_ns = 0;
			ask(d);
		}
		if (d->retry_ns && d->retry_ns < next)
			next = d->retry_ns;
		/* Once: until there is a frame the daemon remembers it. */
		if (d->refresh_ns && d->refresh_ns <= now_ns) {
			d->refresh_ns = 0;
			/* A frame that is on its way may come before it. */
			if (xenav_frame_again(d->c) == 0)
				d->asked = 2;
		}
		if (d->refresh_ns && d->refresh_ns < next)
			next = d->refresh_ns;
		if (work(d, record_now() + SLICE_NS))
			next = now_ns;
	}
	return next;
}
