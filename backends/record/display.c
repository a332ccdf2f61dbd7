/* SPDX-License-Identifier: MIT */
/*
 * Connectors: a monitor that takes pictures.
 *
 * A guest that draws into the visible buffer reports nothing.  So the monitor asks for the frame
 * again after a while without one, and drops it if it is unchanged.
 *
 * Frames of a removed connector are still written: it stays in record::leaving until the encoder
 * has no picture of it.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"

/* Time for comparing and copying in one go, for all connectors together. */
#define SLICE_NS (2 * NS_PER_MS)

/* Connectors of one guest may have equal names, or names that are equal where they are cut. */
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
	if (d->r->opt.common.watch)
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
		out_warn(r, "Out of memory: a connector is not recorded");
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
	out_event(record, d->label, "%s resolution=%ux%u",
		  d->r->opt.common.watch ? "watched" : "claimed", (unsigned int)i->width_px,
		  (unsigned int)i->height_px);
}

void display_on_claim_failed(void *record, struct xenav_connector *c, int error)
{
	struct display *d = xenav_connector_get_data(c);

	if (!d->said_busy)
		out_warn(record, "Cannot claim %s: %s", d->label, strerror(-error));
	d->said_busy = true;
	if (error == -EBUSY || error == -EUSERS)
		d->retry_ns = monotonic_ns() + RECORD_RETRY_NS;
}

void display_on_frame(void *, struct xenav_connector *c, const struct xenav_frame *frame)
{
	frames_take(xenav_connector_get_data(c), frame);
}

/* Copy a waiting frame before its pixels are unmapped. */
void display_on_frame_gone(void *, struct xenav_connector *c, uint64_t serial)
{
	struct display *d = xenav_connector_get_data(c);

	if (d->held && d->frame.serial <= serial)
		frames_finish(d);
}

void display_on_blank(void *record, struct xenav_connector *c)
{
	struct display *d = xenav_connector_get_data(c);

	d->blank = true;
	d->refresh_ns = 0;
	d->asked = 0;
	out_event(record, d->label, "blank frames=%" PRIu64, d->presented);
}

/* -------- the end -------- */

static void end(struct display *d)
{
	if (d->written && !d->r->opt.every)
		out_event(d->r, d->label, "ended frames=%" PRIu64 " file=%s", d->presented,
			  d->name);
	else
		out_event(d->r, d->label, "ended frames=%" PRIu64 " pictures=%" PRIu64,
			  d->presented, d->written);
	TAILQ_REMOVE(&d->r->leaving, d, link);
	frames_free(d);
	free(d);
}

/* Take finished pictures back from the encoder. */
static void collect(struct record *r)
{
	struct picture *p;

	while ((p = encoder_take(r->encoder))) {
		struct display *d = p->owner;

		frames_encoded(d, p);
		if (!d->c && !frames_pending(d))
			end(d);
	}
}

/* Part with a connector before its pixels are unmapped. */
static void leave(struct display *d)
{
	struct record *r = d->r;

	collect(r);
	frames_finish(d);
	d->c = NULL;
	TAILQ_REMOVE(&r->displays, d, link);
	TAILQ_INSERT_TAIL(&r->leaving, d, link);
	if (!frames_pending(d))
		end(d);
}

void display_on_removed(void *record, struct xenav_connector *c)
{
	struct display *d = xenav_connector_get_data(c);

	if (!d)
		return;
	out_event(record, d->label, "removed");
	leave(d);
}

void display_finish(struct record *r)
{
	while (!TAILQ_EMPTY(&r->displays))
		leave(TAILQ_FIRST(&r->displays));
}

bool display_is_leaving(struct record *r)
{
	collect(r);
	return !TAILQ_EMPTY(&r->leaving);
}

/* -------- what is due -------- */

static uint64_t ask_when_due(struct display *d, uint64_t now_ns)
{
	uint64_t next = UINT64_MAX;

	if (d->retry_ns && d->retry_ns <= now_ns) {
		d->retry_ns = 0;
		ask(d);
	}
	/* Ask once: the daemon remembers it until there is a frame. */
	if (d->refresh_ns && d->refresh_ns <= now_ns) {
		d->refresh_ns = 0;
		/* A frame on its way may come before the answer. */
		if (xenav_frame_again(d->c) == 0)
			d->asked = 2;
	}
	if (d->retry_ns)
		next = d->retry_ns;
	if (d->refresh_ns && d->refresh_ns < next)
		next = d->refresh_ns;
	return next;
}

/* Work on the connectors by turns.  @return whether there is more to do. */
static bool work(struct record *r)
{
	const uint64_t until_ns = monotonic_ns() + SLICE_NS;
	const struct display *last = TAILQ_LAST(&r->displays, display_list);
	struct display *d;
	bool more = false;

	while ((d = TAILQ_FIRST(&r->displays))) {
		TAILQ_REMOVE(&r->displays, d, link);
		TAILQ_INSERT_TAIL(&r->displays, d, link);
		more |= frames_work(d, until_ns);
		if (d == last)
			return more;
		if (monotonic_ns() >= until_ns)
			return true;
	}
	return false;
}

uint64_t display_work(struct record *r, uint64_t now_ns)
{
	uint64_t next = UINT64_MAX;
	struct display *d;

	collect(r);
	if (work(r))
		next = now_ns;
	TAILQ_FOREACH (d, &r->displays, link) {
		const uint64_t due = ask_when_due(d, now_ns);

		next = due < next ? due : next;
	}
	return next;
}
