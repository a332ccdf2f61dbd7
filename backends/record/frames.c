/* SPDX-License-Identifier: MIT */
/* See frames.h. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "frames.h"
#include "png.h"

/* Bytes of work between two looks at the clock. */
#define PIECE_BYTES 65536

/* Limit of waiting copies of one guest: two pictures of all the memory that xenavd maps of it.  A
 * guest that comes and goes leaves at most that behind. */
#define MEMORY_MAX_BYTES (UINT64_C(256) << 20)

static bool all(const struct display *d)
{
	return d->r->opt.every != 0;
}

static void failed(struct display *d, const char *name, int rc)
{
	if (!d->said_failed)
		out_warn(d->r, "%s: cannot write %s: %s", d->label, name, strerror(-rc));
	d->said_failed = true;
}

/* -------- pictures -------- */

static void drop(struct display *d, struct shot *shot)
{
	folder_unreserve(d->account, &shot->picture.room);
	d->account->memory_bytes -= shot->memory_bytes;
	shot->memory_bytes = 0;
	shot->used = shot->encoded = false;
}

/* A free shot, or one that waits for the encoder while only the newest frame counts. */
static struct shot *find_shot(struct display *d)
{
	for (unsigned int i = 0; i < PICTURES; i++)
		if (!d->shots[i].used)
			return &d->shots[i];
	for (unsigned int i = 0; i < PICTURES && !all(d); i++) {
		if (encoder_cancel(d->r->encoder, &d->shots[i].picture)) {
			drop(d, &d->shots[i]);
			return &d->shots[i];
		}
	}
	return NULL;
}

static int name_picture(struct display *d, struct picture *p)
{
	const uint64_t number = d->first + d->presented;

	p->owner = d;
	p->account = d->account;
	p->replace = !all(d);
	if (p->replace) {
		name_numbered(p->name, d->label, 1, "png");
		return 0;
	}
	name_frame(p->name, d->label, number, "png");
	return folder_number(&d->r->folder, d->label, number);
}

/* Do all that may fail.  @return 0, -EAGAIN if the frame has to wait, or another -errno. */
static int begin_copy(struct display *d)
{
	const size_t bytes = image_bytes(&d->frame);
	struct account *a = d->account;
	struct shot *shot = find_shot(d);
	int rc;

	if (!shot || (a->memory_bytes > 0 && a->memory_bytes + bytes > MEMORY_MAX_BYTES))
		return -EAGAIN;
	rc = folder_reserve(&d->r->folder, a, d->label, all(d),
			    png_max_bytes(d->frame.width_px, d->frame.height_px),
			    &shot->picture.room);
	if (rc < 0)
		return rc;
	shot->used = true;
	shot->memory_bytes = bytes;
	a->memory_bytes += bytes;
	rc = name_picture(d, &shot->picture);
	if (rc == 0)
		rc = image_prepare(&shot->picture.image, &d->frame);
	if (rc < 0) {
		drop(d, shot);
		return rc;
	}
	d->into = shot;
	d->row = 0;
	return 0;
}

/* -------- the frame in hand -------- */

/* Tell the guest that the frame is done, unless it has to wait for room. */
static void settle(struct display *d)
{
	if (!d->owed || d->held || (all(d) && !find_shot(d)))
		return;
	d->owed = false;
	xenav_frame_done(d->c);
	if (d->r->opt.refresh_hz && !d->blank)
		d->refresh_ns = monotonic_ns() + NS_PER_S / d->r->opt.refresh_hz;
}

static void let_go(struct display *d)
{
	d->held = false;
	d->into = NULL;
	settle(d);
}

static void leave_out(struct display *d, int rc)
{
	if (rc == -EDQUOT) {
		out_limit(d->r, d->account);
	} else if (rc != -EAGAIN) {
		failed(d, "a picture", rc);
	} else {
		if (!d->said_failed)
			out_warn(d->r, "%s: frames are left out, others are still being written",
				 d->label);
		d->said_failed = true;
	}
	let_go(d);
}

/* Count a new frame, and decide whether to keep it. */
static void present(struct display *d)
{
	const struct xenav_frame *f = &d->frame;
	const bool known = xenav_fourcc_bytes(f->fourcc) > 0;

	d->hashed = true;
	d->r->presented++;
	if (d->presented++ == 0)
		out_event(d->r, d->label, "frames width=%u height=%u format=%c%c%c%c%s",
			  (unsigned int)f->width_px, (unsigned int)f->height_px,
			  (int)(f->fourcc & 0x7f), (int)(f->fourcc >> 8 & 0x7f),
			  (int)(f->fourcc >> 16 & 0x7f), (int)(f->fourcc >> 24 & 0x7f),
			  f->way == XENAV_WAY_DIRECT ? " way=direct" : "");
	if (!known && d->said_fourcc != f->fourcc) {
		out_warn(d->r, "%s: pixel format 0x%08x is unknown, not recorded", d->label,
			 (unsigned int)f->fourcc);
		d->said_fourcc = f->fourcc;
	}
	if (!known || (all(d) && (d->presented - 1) % d->r->opt.every != 0))
		let_go(d);
}

void frames_take(struct display *d, const struct xenav_frame *frame)
{
	/* Two frames may come if the guest shows one while we ask for another: the second one is to
	 * be done. */
	d->owed = false;
	frames_finish(d);
	d->held = d->owed = true;
	d->hashed = false;
	d->blank = false;
	d->refresh_ns = 0;
	d->frame = *frame;
	d->row = 0;
	if (d->r->opt.refresh_hz == 0 || xenav_fourcc_bytes(frame->fourcc) == 0)
		present(d);
	else
		d->new_hash = frame_hash_begin(frame);
	/* The guest draws into its own memory again soon. */
	if (frame->way != XENAV_WAY_COPY)
		frames_hurry(d);
}

/* Compare the hash of the whole frame with that of the last one. */
static void compare(struct display *d)
{
	const bool same = d->asked && d->new_hash == d->hash;

	if (same)
		d->asked = 0;
	else if (d->asked)
		d->asked--;
	d->hash = d->new_hash;
	if (same)
		let_go(d);
	else
		present(d);
}

/* The end of the next rows to work on. */
static uint32_t next_rows(const struct display *d)
{
	const uint32_t left = d->frame.height_px - d->row;
	const size_t n = 1 + PIECE_BYTES / ((size_t)d->frame.stride_bytes + 1);

	return d->row + (n < left ? (uint32_t)n : left);
}

static void hash_rows(struct display *d)
{
	const uint32_t to = next_rows(d);

	d->new_hash = frame_hash(d->new_hash, &d->frame, d->row, to);
	d->row = to;
	if (to == d->frame.height_px)
		compare(d);
}

static void copy_rows(struct display *d)
{
	const uint32_t to = next_rows(d);
	struct shot *shot = d->into;

	image_copy(&shot->picture.image, &d->frame, d->row, to);
	d->row = to;
	if (to < d->frame.height_px)
		return;
	shot->encoded = true;
	encoder_put(d->r->encoder, &shot->picture);
	let_go(d);
}

bool frames_work(struct display *d, uint64_t until_ns)
{
	do {
		int rc = 0;

		if (!d->held)
			return false;
		if (!d->hashed) {
			hash_rows(d);
			continue;
		}
		if (!d->into)
			rc = begin_copy(d);
		if (rc == -EAGAIN)
			return false; /* wait for a finished picture */
		if (rc < 0)
			leave_out(d, rc);
		else
			copy_rows(d);
	} while (monotonic_ns() < until_ns);
	return d->held;
}

void frames_hurry(struct display *d)
{
	frames_work(d, UINT64_MAX);
}

void frames_finish(struct display *d)
{
	frames_hurry(d);
	if (d->held)
		leave_out(d, -EAGAIN);
}

/* -------- the encoder -------- */

void frames_encoded(struct display *d, struct picture *p)
{
	struct shot *shot = d->shots;

	while (&shot->picture != p)
		shot++;
	drop(d, shot);
	if (p->rc < 0) {
		failed(d, p->name, p->rc);
	} else {
		folder_added(&d->r->folder, d->account, d->label, all(d), p->bytes);
		memcpy(d->name, p->name, NAME_SIZE);
		d->said_failed = false;
		d->written++;
		d->r->pictures++;
		if (all(d))
			out_event(d->r, d->label, "picture file=%s", p->name);
	}
	if (d->c)
		settle(d);
}

bool frames_pending(const struct display *d)
{
	for (unsigned int i = 0; i < PICTURES; i++)
		if (d->shots[i].encoded)
			return true;
	return false;
}

void frames_free(struct display *d)
{
	for (unsigned int i = 0; i < PICTURES; i++)
		image_free(&d->shots[i].picture.image);
}
