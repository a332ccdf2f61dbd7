/* SPDX-License-Identifier: MIT */
/*
 * See channel.h.  The worker maps pages, everything else happens on the event loop.  A set that is
 * torn down has bound == false, which late answers and jobs check.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/container.h"
#include "xen/channel-keep.h"
#include "xen/channel.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/xen.h"

/* The price of a job on the worker, beside that of the request, in tokens. */
#define WORK_OF_A_JOB 4

/* Bytes that cost as much as one more request. */
#define COPIED_BYTES 32768
#define MAPPED_BYTES 32768 /* also unmapped */

void channel_init(struct channel *ch, const struct channel_refs *refs, channel_request request,
		  void (*room)(struct channel *ch, void *owner), void *owner)
{
	memset(ch, 0, sizeof *ch);
	ch->refs = *refs;
	ch->ring_port = -1;
	ch->event_port = -1;
	ch->request = request;
	ch->room = room;
	ch->owner = owner;
}

static void channel_break(struct channel *ch, const char *what)
{
	struct channel_set *set = ch->set;
	void (*broke)(struct channel_set * set) = set->broke;

	ch->broken = true;
	if (!broke)
		return;
	set->broke = NULL;
	log_warn_from(set->log, "The frontend broke its %s", what);
	broke(set);
}

/* Take the next request. @return 1, 0 without one, or -errno. */
static int serve_next(struct channel *ch)
{
	uint8_t req[RING_SLOT_BYTES];
	int n;

	n = ring_take(&ch->ring, req);
	if (n < 0)
		channel_break(ch, "request ring");
	if (n <= 0)
		return n;
	ch->work++;
	ch->n_requests++;
	ch->busy = true;
	ch->serving = true;
	ch->request(ch, req, ch->owner);
	ch->serving = false;
	if (ch->busy)
		ch->work += WORK_OF_A_JOB;
	return n;
}

/* No request can be served now: the ring is broken, or a request waits for the worker. */
static bool is_waiting(const struct channel *ch)
{
	return ch->broken || ch->busy;
}

static void notify_answers(struct channel *ch)
{
	if (ring_notifies(&ch->ring))
		evtchn_notify(ch->set->xen->evtchn, ch->ring_port);
}

/* @return as an evtchn_handler. */
static int serve_requests(struct channel *ch)
{
	struct channel_set *set = ch->set;

	while (!is_waiting(ch) && ch->work < EVTCHN_SHARE) {
		int n = serve_next(ch);

		/* The handler may have torn the device down. */
		if (n <= 0 || !set->bound)
			return n < 0 ? n : 0;
	}
	return is_waiting(ch) ? 0 : -EAGAIN;
}

static int serve_ring(struct channel *ch)
{
	int rc = serve_requests(ch);

	/* Answers of which the frontend was not told, because more requests waited. */
	if (ch->set->bound && !ch->broken)
		notify_answers(ch);
	return rc;
}

static int on_ring(void *data, uint32_t *work)
{
	struct channel *ch = data;
	int rc = serve_ring(ch);

	*work = ch->work;
	ch->work = 0;
	return rc;
}

static int on_events_read(void *data, uint32_t *work)
{
	struct channel *ch = data;

	if (ch->room)
		ch->room(ch, ch->owner);
	*work = 1;
	return 0;
}

static void unmap_pages(struct channel_set *set)
{
	for (unsigned i = 0; i < set->n_channels; i++) {
		struct channel *ch = set->channels[i];

		gnttab_unmap_page(set->xen->gnttab, ch->ring.page);
		gnttab_unmap_page(set->xen->gnttab, ch->events.page);
		ch->ring.page = NULL;
		ch->events.page = NULL;
	}
}

static void run_map(struct job *job)
{
	struct channel_set *set = CONTAINER(job, struct channel_set, job);
	struct gnttab *gnttab = set->xen->gnttab;

	set->rc = 0;
	for (unsigned i = 0; i < set->n_channels && set->rc == 0; i++) {
		struct channel *ch = set->channels[i];

		set->rc = gnttab_map_page(gnttab, set->domid, ch->refs.ring_ref, &ch->ring.page);
		if (set->rc == 0)
			set->rc = gnttab_map_page(gnttab, set->domid, ch->refs.event_ref,
						  &ch->events.page);
	}
}

static void run_unmap(struct job *job)
{
	unmap_pages(CONTAINER(job, struct channel_set, job));
}

static void submit(struct channel_set *set, void (*run)(struct job *), void (*done)(struct job *))
{
	set->working = true;
	set->job.run = run;
	set->job.done = done;
	worker_submit(set->xen->worker, &set->job);
}

static void unbind_ports(struct channel_set *set)
{
	set->bound = false;
	for (unsigned i = 0; i < set->n_channels; i++) {
		struct channel *ch = set->channels[i];

		evtchn_unbind(set->xen->evtchn, ch->ring_port);
		evtchn_unbind(set->xen->evtchn, ch->event_port);
		ch->ring_port = -1;
		ch->event_port = -1;
	}
}

static int bind_port(const struct channel_set *set, uint32_t remote, evtchn_handler handler,
		     struct channel *ch, int *port)
{
	int rc = evtchn_bind(set->xen->evtchn, set->domid, remote, handler, ch);

	if (rc < 0)
		return rc;
	*port = rc;
	return 0;
}

static int attach(struct channel *ch)
{
	int rc;

	if (!ch->set->resumes) {
		ring_init(&ch->ring, ch->ring.page);
		event_page_init(&ch->events, ch->events.page);
		return 0;
	}
	rc = ring_attach(&ch->ring, ch->ring.page, ch->ring.rsp_prod, ch->answer);
	if (rc == 0)
		rc = event_page_attach(&ch->events, ch->events.page, &ch->events);
	return rc;
}

static int bind_ports(struct channel_set *set)
{
	int rc = 0;

	for (unsigned i = 0; i < set->n_channels && rc == 0; i++) {
		struct channel *ch = set->channels[i];

		rc = attach(ch);
		/* Xen raises an event at once: what came while nobody listened is looked at. */
		if (rc == 0)
			rc = bind_port(set, ch->refs.ring_port, on_ring, ch, &ch->ring_port);
		if (rc == 0)
			rc = bind_port(set, ch->refs.event_port, on_events_read, ch,
				       &ch->event_port);
	}
	return rc;
}

static void on_unmapped(struct job *job)
{
	struct channel_set *set = CONTAINER(job, struct channel_set, job);

	set->working = false;
	if (set->gone)
		set->gone(set);
	else
		set->connected(set, set->rc);
}

/* The last answer and event may have been published without it. */
static void notify_all(struct channel_set *set)
{
	for (unsigned i = 0; i < set->n_channels; i++) {
		evtchn_notify(set->xen->evtchn, set->channels[i]->ring_port);
		evtchn_notify(set->xen->evtchn, set->channels[i]->event_port);
	}
}

static void on_mapped(struct job *job)
{
	struct channel_set *set = CONTAINER(job, struct channel_set, job);

	set->working = false;
	if (set->rc == 0 && !set->gone)
		set->rc = bind_ports(set);
	if (set->rc < 0 || set->gone) {
		/* All or nothing: connected() is called when everything is undone. */
		unbind_ports(set);
		submit(set, run_unmap, on_unmapped);
		return;
	}
	set->bound = true;
	if (set->resumes)
		notify_all(set);
	else
		channel_keep_begin(set);
	set->connected(set, 0);
}

void channel_set_connect(struct channel_set *set, void (*connected)(struct channel_set *, int),
			 void (*broke)(struct channel_set *))
{
	set->connected = connected;
	set->broke = broke;
	set->gone = NULL;
	for (unsigned i = 0; i < set->n_channels; i++)
		set->channels[i]->set = set;
	submit(set, run_map, on_mapped);
}

void channel_set_disconnect(struct channel_set *set, void (*gone)(struct channel_set *))
{
	set->gone = gone;
	unbind_ports(set);
	if (!set->working)
		submit(set, run_unmap, on_unmapped);
}

void channel_charge(struct channel *ch, uint32_t bytes)
{
	ch->work += bytes / COPIED_BYTES;
}

void channel_charge_map(struct channel *ch, uint32_t bytes)
{
	ch->work += bytes / MAPPED_BYTES;
}

void channel_respond(struct channel *ch, const uint8_t rsp[RING_SLOT_BYTES])
{
	ch->busy = false;
	if (!ch->set->bound || ch->broken)
		return;
	channel_keep_answer(ch, rsp);
	ring_put(&ch->ring, rsp);
	/* One event for the answers to all requests that wait; serve_ring() sends it. */
	if (!ch->serving || !ring_has_more(&ch->ring))
		notify_answers(ch);
	/* A late answer: requests may have come since. */
	if (!ch->serving)
		evtchn_kick(ch->set->xen->evtchn, ch->ring_port);
}

int channel_event(struct channel *ch, uint8_t event[RING_SLOT_BYTES])
{
	int rc;

	if (!ch->set->bound || ch->broken)
		return -ENOTCONN;
	rc = event_page_put(&ch->events, event);
	if (rc == -EPROTO) {
		channel_break(ch, "event page");
		return -ENOTCONN;
	}
	if (rc < 0)
		return rc;
	channel_keep_events(ch);
	event_page_publish(&ch->events);
	evtchn_notify(ch->set->xen->evtchn, ch->event_port);
	return 0;
}

void channel_skip_events(struct channel *ch)
{
	if (!ch->set->bound || ch->broken)
		return;
	event_page_skip(&ch->events);
	channel_keep_events(ch);
	event_page_publish(&ch->events);
}

void channel_void_events(struct channel *ch)
{
	if (ch->set->bound && !ch->broken)
		event_page_void(&ch->events);
}
