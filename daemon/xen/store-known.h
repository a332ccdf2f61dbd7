/* SPDX-License-Identifier: MIT */
/*
 * The store thread's knowledge of devices: which exist, and which have to be looked at because of
 * an event, or of a sweep, which finds what no event tells.  Only the thread uses it.
 */
#ifndef XENAVD_STORE_KNOWN_H
#define XENAVD_STORE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/budget.h"
#include "report/log.h"
#include "xen/store.h"

/* Tokens of our watches on backend directories and on the end of domains.  The watch on a
 * frontend's state has the token of its device. */
#define STORE_BASE_TOKEN    "backend"
#define STORE_DOMAINS_TOKEN "domains"

struct mailbox;
struct xs_handle;

/* Beside the bits of store-read.h: nothing is to be read, but a view is due. */
#define STORE_SHOW (1u << 8)

struct known {
	struct device_id id;
	unsigned due;   /* what has to be read for the next view, not at the frontend's expense */
	bool stirred;   /* the frontend has written its state, which is to be read at its expense */
	unsigned stirs; /* so often at least since its rings were read last */
	bool written;   /* our state is written, and its watch event has not come */
	bool unread;    /* our state is written, and has not been read since */
	bool revived;   /* the directory was removed meanwhile: a write has made it again */
	bool watched;   /* a watch is set on the frontend's state */
	bool awaited;   /* its first event, which comes in any case, has not come */
	bool unwatchable; /* setting the watch failed, and that was logged */
	bool kept;        /* the domain is hidden, and the toolstack has not removed the device */
	struct store_view seen; /* the last view, without configuration and names */
	struct tree *rings;     /* the ring nodes as read last, or NULL */
	struct budget reads;    /* of requests to xenstored that the frontend may cause */
	uint64_t paused_ns; /* do not look before, because the frontend has caused too many reads */
	LIST_ENTRY(known) link;
};

struct knowledge {
	const struct store_kind *const *kinds;
	struct mailbox *mailbox; /* gets the views */
	struct xs_handle *xs;
	bool by_socket;    /* its own, which tells when it is gone */
	bool patient;      /* waits for an xenstored that is not there at the start */
	bool hides;        /* it does not say which domains are alive */
	bool domain_ended; /* one has, or is about to: look again before long */
	uint16_t own_domid;
	LIST_HEAD(, known) devices;
	bool overlooked;    /* there was no memory for a device that was found */
	uint64_t last_done; /* number of the last order carried out */
	struct log_source log;
};

void store_known_init(struct knowledge *k, const struct store_kind *const kinds[],
		      struct mailbox *mailbox);

/* Forget all devices. */
void store_known_finish(struct knowledge *k);

/* Mark the devices that an event of xs_check_watch() is about. */
void store_take_event(struct knowledge *k, char **event);

/* Forget what was read: xenstored is another one. */
void store_doubt_all(struct knowledge *k);

/*
 * Mark devices without an event: those whose domain has died or is back, those whose frontend
 * cannot be watched, and those whose state another may have written in the same moment as we.
 */
void store_sweep(struct knowledge *k);

/* The time from one sweep to the next, or -1: there is nothing to sweep. */
int store_sweep_ms(const struct knowledge *k);

/* The device, added if it is unknown; NULL without memory. */
struct known *store_learn(struct knowledge *k, const struct device_id *id);
void store_forget(struct known *known);

/* Mark all devices. */
void store_mark_all(struct knowledge *k);

/* Search for devices again if there was no memory for one. */
void store_search_again(struct knowledge *k);

#endif
