/* SPDX-License-Identifier: MIT */
/*
 * The events of an input device, in their order: those that are sent and that the daemon has not
 * taken yet, which are sent again after a pause, and behind them those that wait to be sent.
 *
 * When as many are sent as there is room for, the oldest of them are regarded as taken.  Pure.
 */
#ifndef XENAV_CLIENT_EVENTLOG_H
#define XENAV_CLIENT_EVENTLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "client/keyset.h"
#include "xenav-proto.h"

/* So many that were never sent may wait. */
#define EVENTLOG_MAX_NEW 128

/* The daemon lets so many keys wait for a slow guest. */
#define EVENTLOG_MAX_SENT 1024

#define EVENTLOG_MAX (EVENTLOG_MAX_SENT + EVENTLOG_MAX_NEW)

struct eventlog_entry {
	struct xenav_input_event event; /* of XENAV_INPUT_NONE: a reset, which releases all */
	const void *connector;          /* to be looked for: its number may be another later */
	uint32_t number;                /* once it is sent: it is taken when so many are */
};

/* Zeros: empty. */
struct eventlog {
	struct eventlog_entry entries[EVENTLOG_MAX];
	unsigned int n;
	unsigned int n_sent; /* the first of them: to the daemon of this connection.. */
	unsigned int n_old;  /* ..or also to an earlier one */
	uint32_t n_taken;    /* as the daemon counts, on this connection */
	struct keyset taken; /* keys that are down behind what is taken */
};

/* Forget everything. */
void eventlog_clear(struct eventlog *log);

/* Do as many wait as may, besides those that were sent once? */
bool eventlog_is_full(const struct eventlog *log);

void eventlog_append(struct eventlog *log, const struct xenav_input_event *event,
		     const void *connector);

/* The last event that waits, to be changed, or NULL. */
struct eventlog_entry *eventlog_last(struct eventlog *log);

/* Forget what waits. */
void eventlog_drop_waiting(struct eventlog *log);

/* The first n are sent, with their numbers. */
void eventlog_sent(struct eventlog *log, unsigned int n);

/* The daemon has taken so many of n_told.  @return 0 or -EPROTO. */
int eventlog_taken(struct eventlog *log, uint32_t n_taken, uint32_t n_told);

/* The daemon is gone: all that it has not taken waits again, as far as `keeps` says. */
void eventlog_lost(struct eventlog *log, bool (*keeps)(const struct xenav_input_event *event));

#endif
