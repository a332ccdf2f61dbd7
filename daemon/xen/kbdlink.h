/* SPDX-License-Identifier: MIT */
/*
 * The connection to a keyboard frontend: its shared page and one event channel, both or neither.
 */
#ifndef XENAVD_KBDLINK_H
#define XENAVD_KBDLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/kbdpage.h"
#include "xen/worker.h"

struct kbdlink;
struct log_source;
struct xen;

/* As published by the frontend. */
struct kbdlink_refs {
	uint32_t page_gref;
	uint32_t port;
};

struct kbdlink_events {
	/* 0 or -errno; then nothing is left mapped or bound. */
	void (*connected)(struct kbdlink *link, int rc);
	/* The guest has read events: there is room. */
	void (*room)(struct kbdlink *link);
	/* Once, when the guest's counter makes no sense; disconnect later. */
	void (*broke)(struct kbdlink *link);
	/* After kbdlink_disconnect(). */
	void (*gone)(struct kbdlink *link);
};

struct kbdlink {
	const struct xen *xen;
	uint16_t domid;
	struct log_source *log;
	struct kbdlink_refs refs;
	const struct kbdlink_events *events;
	bool resumes;  /* go on with the page of before a restart */
	uint32_t prod; /* the number of the next event there */
	/* private to kbdlink.c */
	struct kbdpage page;
	void *mapped;
	int port;
	struct job job;
	bool working; /* the job is out */
	bool bound;
	bool broken;
	bool leaving;
	int rc;
};

/* Map the page on the worker, bind the port, then call connected on the loop. */
void kbdlink_connect(struct kbdlink *link);

/* Stop at once, unbind, unmap on the worker, then call gone on the loop.  Right in any state; no
 * other event follows. */
void kbdlink_disconnect(struct kbdlink *link);

/* The number of the event to be placed next. */
uint32_t kbdlink_prod(const struct kbdlink *link);

/* Was the page served before, by an earlier connection? */
bool kbdlink_was_used(const struct kbdlink *link);

/* The number of events that fit; 0 also when there is no link. */
unsigned kbdlink_space(struct kbdlink *link);

/* Place an event where there is space, and show the guest all that were placed. */
void kbdlink_put(struct kbdlink *link, const union xenkbd_in_event *event);
void kbdlink_publish(struct kbdlink *link);

/* Tell the guest that there are events. */
void kbdlink_notify(struct kbdlink *link);

#endif
