/* SPDX-License-Identifier: MIT */
/*
 * The frames of one claim: copies of what the guest shows, made when the consumer is ready for one
 * and never for nobody.  Two slots of shared memory take turns, and at most one frame is out that
 * the consumer has not shown; so the slot being written is that of the frame before, which the
 * consumer has let go of.
 *
 * A watch is a claim that does not drive: it completes no flips, and its copies hold none back, so
 * the guest may draw into what is being copied.  Of one connector one such copy at a time is on the
 * worker; so the copy for the claim that drives comes behind one of them at most.
 *
 * A claim has references: the connector's, that of a copy under way, and one during calls of the
 * listener, who may well give the claim back inside of them.  What an ended one does is of no
 * interest any more.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/outmem.h"
#include "display/display-priv.h"
#include "report/clock.h"
#include "report/log.h"
#include "xen/worker.h"

/* Larger copies are made on the worker. */
#define INLINE_BYTES (256u * 1024)

#define PAGE_BYTES 4096u

/* A picture that the guest has not changed is copied again at most so often, however often the
 * consumer asks. */
#define AGAIN_MIN_NS (NS_PER_SEC / 120)

struct slot {
	struct outmem mem;
	bool announced;
};

struct claim {
	struct job job;
	unsigned refs;
	struct connector *conn;
	const struct connector_listener *listener;
	void *data;
	bool drives;
	bool ended;

	bool ready; /* the consumer waits for a frame */
	bool again; /* and takes one it has had */
	struct event *again_timer;
	uint64_t copied_ns; /* when the last copy was begun */
	bool told_blank;
	uint64_t serial; /* of the last frame given */
	uint64_t undone; /* the same while the consumer has not shown it, else 0 */
	uint64_t seen_version;
	struct slot slots[2];

	/* The copy under way.  Its slot is the worker's meanwhile. */
	bool copying;
	struct slot *slot;
	const uint8_t *src;
	struct region region;
	uint64_t version;
	uint64_t epoch;
	int rc;
};

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	claim_show(arg);
}

int claim_create(struct claim **out, struct connector *conn, bool drives,
		 const struct connector_listener *listener, void *data)
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
	claim->listener = listener;
	claim->data = data;
	claim->drives = drives;
	claim->slots[0].mem = (struct outmem)OUTMEM_INIT;
	claim->slots[1].mem = (struct outmem)OUTMEM_INIT;
	*out = claim;
	return 0;
}

static void unref(struct claim *claim)
{
	if (--claim->refs > 0)
		return;
	outmem_destroy(&claim->slots[0].mem);
	outmem_destroy(&claim->slots[1].mem);
	event_free(claim->again_timer);
	free(claim);
}

void claim_end(struct claim *claim)
{
	evtimer_del(claim->again_timer);
	claim->ended = true;
	unref(claim);
}

bool claim_is(const struct claim *claim, const void *data)
{
	return claim->data == data;
}

/* Make the slot as large as the frame and not a page larger.  Also on the worker. */
static int fit_slot(struct slot *slot, size_t size_bytes)
{
	if (slot->mem.size_bytes >= size_bytes && slot->mem.size_bytes - size_bytes < PAGE_BYTES)
		return 0;
	outmem_destroy(&slot->mem);
	slot->announced = false;
	return outmem_create(&slot->mem, size_bytes, false);
}

/* On the worker, or on the loop for a small frame. */
static void run_copy(struct job *job)
{
	struct claim *claim = CONTAINER(job, struct claim, job);

	claim->rc = fit_slot(claim->slot, claim->region.size_bytes);
	if (claim->rc == 0)
		region_copy(&claim->region, claim->slot->mem.data, claim->src);
}

static void give_frame(struct claim *claim)
{
	struct connector *conn = claim->conn;
	struct slot *slot = claim->slot;
	struct connector_frame frame = {
		.serial = ++claim->serial,
		.buffer = (uint32_t)(slot - claim->slots),
		.width_px = claim->region.width_px,
		.height_px = claim->region.height_px,
		.stride_bytes = (uint32_t)claim->region.stride_bytes,
		.fourcc = claim->region.fourcc,
	};

	claim->undone = claim->serial;
	claim->seen_version = claim->version;
	claim->told_blank = false;
	conn->n_frames++;
	conn->copied_bytes += claim->region.row_bytes * claim->region.height_px;
	claim->refs++;
	if (!slot->announced) {
		slot->announced = true;
		claim->listener->buffer(frame.buffer, (uint32_t)slot->mem.size_bytes, slot->mem.fd,
					claim->data);
	}
	if (!claim->ended)
		claim->listener->frame(&frame, claim->data);
	unref(claim);
}

static void finish_copy(struct claim *claim)
{
	struct connector *conn = claim->conn;

	if (claim->ended)
		return;
	if (claim->rc == 0 && claim->epoch == conn->epoch) {
		give_frame(claim);
		return;
	}
	/* The guest has stopped showing it meanwhile, or there was no memory: wait for another. */
	if (claim->rc < 0) {
		log_warn_from(conn->display->log, "Could not make a frame of connector %u: %s",
			      conn->index, strerror(-claim->rc));
		claim->seen_version = claim->version;
	}
	claim->ready = true;
	claim_show(claim);
}

static void on_copied(struct job *job)
{
	struct claim *claim = CONTAINER(job, struct claim, job);
	struct connector *conn = claim->conn;

	claim->copying = false;
	if (claim->drives && --conn->n_copies == 0)
		flips_hold(&conn->flips, false);
	finish_copy(claim);
	if (!claim->drives) {
		/* Only now: a watcher that is ready again at once comes after the others. */
		conn->watcher_copying = false;
		connector_show_watchers(conn);
	}
	unref(claim);
}

/* An event would let the guest draw into what is being copied; but for watchers it does not wait.
 */
static void mark_copying(struct claim *claim)
{
	struct connector *conn = claim->conn;

	claim->copying = true;
	claim->refs++;
	if (!claim->drives) {
		conn->watcher_copying = true;
		return;
	}
	conn->n_copies++;
	flips_hold(&conn->flips, true);
}

static void start_copy(struct claim *claim)
{
	struct connector *conn = claim->conn;

	evtimer_del(claim->again_timer);
	claim->copied_ns = now_ns();
	claim->ready = false;
	claim->again = false;
	claim->slot = &claim->slots[(claim->serial + 1) % 2];
	claim->src = gbuf_data(conn->current->dbuf->gbuf);
	claim->region = conn->region;
	claim->version = conn->version;
	claim->epoch = conn->epoch;
	if (claim->region.size_bytes <= INLINE_BYTES) {
		run_copy(&claim->job);
		finish_copy(claim);
		return;
	}
	mark_copying(claim);
	claim->job.run = run_copy;
	claim->job.done = on_copied;
	worker_submit(conn->display->env->xen->worker, &claim->job);
}

/* May the same be copied again now?  If not, it will be when it may. */
static bool again_due(struct claim *claim)
{
	const uint64_t since = now_ns() - claim->copied_ns;
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

	if (!claim->ready || claim->copying || claim->undone || !conn->current)
		return;
	if (!claim->drives && conn->watcher_copying)
		return;
	if (claim->seen_version != conn->version || (claim->again && again_due(claim)))
		start_copy(claim);
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
