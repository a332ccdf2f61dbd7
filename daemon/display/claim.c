/* SPDX-License-Identifier: MIT */
/*
 * The frames of one claim: what the guest shows, given when the consumer is ready for one and never
 * to nobody.
 *
 * A consumer that may have the guest's memory itself is lent a buffer when it is first shown, and
 * told where the frames stand in it from then on.  The event of a flip waits for the consumer to
 * have shown it, and that is also when it has let go of the buffer shown before: the guest draws
 * into nothing that is still seen.
 *
 * All others get copies, and also those for whom a buffer could not be lent.  At most one frame is
 * out that the consumer has not shown; so the slot being written is that of the frame before, which
 * the consumer has let go of.
 *
 * A watch is a claim that does not drive: it completes no flips, and its copies hold none back, so
 * the guest may draw into what is being copied.  Of one connector one copy at a time is on the
 * worker, also when its claim has ended meanwhile; so the copy for the claim that drives comes
 * behind one of a watch at most.
 *
 * A claim has references: the connector's, that of a job under way, and one during calls of the
 * listener, who may well give the claim back inside of them.  What an ended one does is of no
 * interest any more.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "display/copier.h"
#include "display/display-priv.h"
#include "display/lending.h"
#include "report/log.h"
#include "xen/worker.h"

/* When there was no memory for a frame, whether there is now. */
#define REFUSED_S 1

/* A picture that the guest has not changed is given again at most so often, however often the
 * consumer asks. */
#define AGAIN_MIN_NS (NS_PER_SEC / 120)

struct claim {
	unsigned refs;
	struct connector *conn;
	void (*copied)(struct connector *conn, bool drives);
	const struct connector_listener *listener;
	void *data;
	uint32_t ways;
	bool drives;
	bool ended;

	bool ready; /* the consumer waits for a frame */
	bool again; /* and takes one it has had */
	struct event *again_timer;
	uint64_t begun_ns; /* when the last frame was begun */
	bool told_blank;
	uint64_t serial; /* of the last frame given */
	uint64_t undone; /* the same while the consumer has not shown it, else 0 */
	uint64_t seen_version;
	bool refused; /* the last frame, and that has been said */

	struct lending lending;

	/* The copy under way. */
	struct copier copier;
	bool copying;
	uint64_t version;
	uint64_t epoch;
};

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	claim_show(arg);
}

static void on_copied(struct copier *copier);
static void on_lent(struct lending *lending);

int claim_create(struct claim **out, struct connector *conn, bool drives,
		 void (*copied)(struct connector *conn, bool drives),
		 const struct connector_listener *listener, uint32_t ways, void *data)
{
	struct claim *claim = calloc(1, sizeof *claim);

	if (!claim)
		return -ENOMEM;
	claim->again_timer = evtimer_new(conn->display->env->base, on_again, claim);
	if (!claim->again_timer) {
		free(claim);
		return -ENOMEM;
	}
	claim->refs = 1;
	claim->conn = conn;
	claim->copied = copied;
	claim->listener = listener;
	claim->data = data;
	claim->ways = ways;
	claim->drives = drives;
	lending_init(&claim->lending, conn, listener, ways, data, on_lent);
	copier_init(&claim->copier, conn->display->env->xen->worker, on_copied);
	*out = claim;
	return 0;
}

static void on_gone(struct copier *copier)
{
	free(CONTAINER(copier, struct claim, copier));
}

/* A connector may be gone before what its claims had is given back. */
static void unref(struct claim *claim)
{
	if (--claim->refs > 0)
		return;
	event_free(claim->again_timer);
	copier_finish(&claim->copier, on_gone);
}

/* The guest may draw on. */
static void end_copy(struct claim *claim)
{
	claim->copying = false;
	if (claim->drives)
		flips_hold(&claim->conn->flips, false);
}

void claim_end(struct claim *claim)
{
	evtimer_del(claim->again_timer);
	claim->ended = true;
	lending_end(&claim->lending);
	if (claim->copying && copier_drop(&claim->copier)) {
		claim->conn->copying = false;
		end_copy(claim);
		unref(claim);
	}
	unref(claim);
}

bool claim_is(const struct claim *claim, const void *data)
{
	return claim->data == data;
}

/* There is no memory for the frame: the guest goes on at our pace, and it is tried again now and
 * then, because others may give theirs back. */
static void refuse_frame(struct claim *claim, int rc)
{
	const struct timeval tv = {.tv_sec = REFUSED_S};
	struct connector *conn = claim->conn;

	if (!claim->refused)
		log_warn_from(conn->display->log, "No frames of connector %u for a consumer: %s",
			      conn->index, copy_strerror(rc));
	claim->refused = true;
	claim->seen_version = claim->version;
	claim->ready = true;
	claim->again = true;
	evtimer_add(claim->again_timer, &tv);
	if (claim->drives)
		flips_unclaimed(&conn->flips);
}

/* A frame of that version is given, in the way of that bit. */
static void count_frame(struct claim *claim, uint64_t version, unsigned way_bit)
{
	claim->undone = claim->serial;
	claim->lending.serial = claim->serial;
	claim->seen_version = version;
	claim->told_blank = false;
	claim->conn->n_frames[way_bit]++;
}

static void give_copy(struct claim *claim)
{
	struct connector *conn = claim->conn;
	const struct region *region = &claim->copier.region;
	struct slot *slot = claim->copier.slot;
	struct connector_frame frame = {
		.serial = ++claim->serial,
		.buffer = (uint32_t)(slot - claim->copier.slots),
		.width_px = region->width_px,
		.height_px = region->height_px,
		.stride_bytes = (uint32_t)region->stride_bytes,
		.fourcc = region->fourcc,
	};

	count_frame(claim, claim->version, 0);
	claim->refused = false;
	conn->copied_bytes += region->row_bytes * region->height_px;
	claim->refs++;
	if (!slot->announced) {
		slot->announced = true;
		claim->listener->buffer(
			&(struct connector_buffer){
				.index = frame.buffer,
				.size_bytes = (uint32_t)slot->copy.mem.size_bytes,
				.way = XENAV_WAY_COPY,
				.fd = slot->copy.mem.fd,
			},
			claim->data);
	}
	if (!claim->ended)
		claim->listener->frame(&frame, claim->data);
	unref(claim);
}

static void finish_copy(struct claim *claim, int rc)
{
	struct connector *conn = claim->conn;

	if (claim->ended)
		return;
	if (rc == 0 && claim->epoch == conn->epoch) {
		give_copy(claim);
		return;
	}
	if (rc < 0) {
		refuse_frame(claim, rc);
		return;
	}
	/* The guest has stopped showing it meanwhile: wait for another. */
	claim->ready = true;
	claim_show(claim);
}

static void on_copied(struct copier *copier)
{
	struct claim *claim = CONTAINER(copier, struct claim, copier);

	end_copy(claim);
	finish_copy(claim, copier->rc);
	/* Only now: who is ready again at once comes after the others. */
	claim->conn->copying = false;
	claim->copied(claim->conn, claim->drives);
	unref(claim);
}

/* An event would let the guest draw into what is being copied; but for watchers it does not wait.
 */
static void begin_copy(struct claim *claim)
{
	claim->copying = true;
	claim->conn->copying = true;
	claim->refs++;
	if (claim->drives)
		flips_hold(&claim->conn->flips, true);
}

static void start_copy(struct claim *claim)
{
	struct connector *conn = claim->conn;
	const uid_t uid = claim->listener->user ? claim->listener->user(claim->data) : 0;
	int rc;

	claim->ready = false;
	claim->again = false;
	claim->version = conn->version;
	claim->epoch = conn->epoch;
	rc = copier_start(&claim->copier, (claim->serial + 1) % 2, conn->current->dbuf->gbuf,
			  &conn->region, &conn->display->guest, uid);
	if (rc > 0)
		begin_copy(claim);
	else
		finish_copy(claim, rc);
}

/* -------- the guest's memory itself -------- */

static void give_handout(struct claim *claim, struct handout *handout)
{
	const struct connector *conn = claim->conn;
	const struct connector_frame frame = {
		.serial = ++claim->serial,
		.buffer = handout_index(&claim->lending.handouts, handout),
		.offset_bytes = (uint32_t)conn->region.src_offset_bytes,
		.width_px = conn->region.width_px,
		.height_px = conn->region.height_px,
		.stride_bytes = (uint32_t)conn->region.src_stride_bytes,
		.fourcc = conn->region.fourcc,
	};

	claim->ready = false;
	claim->again = false;
	handout->serial = claim->serial;
	count_frame(claim, conn->version, (unsigned)__builtin_ctz(handout->lend.way));
	claim->listener->frame(&frame, claim->data);
}

static void on_lent(struct lending *lending)
{
	struct claim *claim = CONTAINER(lending, struct claim, lending);

	if (!claim->ended)
		claim_show(claim);
	unref(claim);
}

int claim_freed(struct claim *claim, uint32_t index)
{
	uint64_t serial;
	int rc;

	rc = lending_freed(&claim->lending, index, &serial);
	if (rc <= 0)
		return rc;
	/* What it was last given there it has not seen. */
	if (claim->undone && claim->undone == serial) {
		claim->undone = 0;
		claim->seen_version = 0;
		claim->ready = true;
	}
	claim_show(claim);
	return 0;
}

bool claim_has(const struct claim *claim, const struct gbuf *gbuf)
{
	return handouts_out(&claim->lending.handouts, gbuf);
}

void claim_take_back(struct claim *claim, const struct gbuf *gbuf)
{
	claim->refs++;
	lending_take_back(&claim->lending, gbuf);
	unref(claim);
}

void claim_give_up(struct claim *claim, const struct gbuf *gbuf)
{
	if (!claim_has(claim, gbuf))
		return;
	lending_give_up(&claim->lending, gbuf);
	claim->listener->late(claim->data);
}

/* -------- when -------- */

/* It stands in a dma-buf of another consumer that cannot be read. */
static void leave_blank(struct claim *claim)
{
	struct connector *conn = claim->conn;

	if (!claim->refused)
		log_info_from(conn->display->log,
			      "A consumer cannot see connector %u: the dma-buf cannot be mapped",
			      conn->index);
	claim->refused = true;
	claim->seen_version = conn->version;
	if (claim->drives)
		flips_unclaimed(&conn->flips);
	claim_blank(claim);
}

/* Begin with the newest frame, in whatever way it can be had. */
static void start_frame(struct claim *claim)
{
	struct gbuf *gbuf = claim->conn->current->dbuf->gbuf;
	struct handout *handout = handouts_find(&claim->lending.handouts, gbuf);

	if (handout && handout->state == HANDOUT_GIVEN)
		give_handout(claim, handout);
	else if (!handout && lending_start(&claim->lending, gbuf))
		claim->refs++;
	else if (claim->ended)
		return;
	else if ((claim->ways & XENAV_WAY_COPY) && gbuf_data(gbuf) && claim->conn->copying)
		return; /* until it is its turn */
	else if ((claim->ways & XENAV_WAY_COPY) && gbuf_data(gbuf))
		start_copy(claim);
	else if (claim->ways & XENAV_WAY_COPY)
		leave_blank(claim);
	else
		claim->seen_version = claim->conn->version; /* it cannot have it */
}

/* May the same be given again now?  If not, it will be when it may. */
static bool again_due(struct claim *claim)
{
	const uint64_t since = now_ns() - claim->begun_ns;
	struct timeval tv = {0};

	if (since >= AGAIN_MIN_NS)
		return true;
	/* Never less than what is left. */
	tv.tv_usec = (suseconds_t)((AGAIN_MIN_NS - since) / 1000 + 1);
	evtimer_add(claim->again_timer, &tv);
	return false;
}

void claim_show(struct claim *claim)
{
	const struct connector *conn = claim->conn;

	if (!claim->ready || claim->copying || claim->lending.busy || claim->undone ||
	    !conn->current)
		return;
	if (conn->copying && claim->ways == XENAV_WAY_COPY)
		return; /* until it is its turn */
	if (claim->seen_version == conn->version && !(claim->again && again_due(claim)))
		return;
	evtimer_del(claim->again_timer);
	claim->begun_ns = now_ns();
	claim->refs++;
	start_frame(claim);
	unref(claim);
}

void claim_blank(struct claim *claim)
{
	if (claim->told_blank)
		return;
	claim->told_blank = true;
	claim->listener->blank(claim->data);
}

void claim_ready(struct claim *claim, bool again)
{
	claim->ready = true;
	claim->again |= again;
	if (claim->conn->current)
		claim_show(claim);
	else
		claim_blank(claim);
}

void claim_done(struct claim *claim, uint64_t serial)
{
	if (serial == 0 || serial != claim->undone)
		return;
	claim->undone = 0;
	claim->refs++;
	if (claim->drives)
		flips_shown(&claim->conn->flips, claim->seen_version);
	if (!claim->ended)
		claim_show(claim);
	unref(claim);
}
