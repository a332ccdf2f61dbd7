/* SPDX-License-Identifier: MIT */
/*
 * What sends a guest the state of its input device, and the keys that wait, as far as there is room
 * in its page, and when.  Everything happens on the event loop.
 */
#ifndef XENAVD_INPUT_SENDER_H
#define XENAVD_INPUT_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "input/feeders.h"
#include "input/pace.h"
#include "input/state.h"

struct event;
struct event_base;
struct journal_slot;
struct kbdlink;

struct sender {
	struct kbdlink *link;
	struct input_state state;
	struct feeders feeders;
	uint64_t n_events;         /* placed for the guest */
	struct journal_slot *slot; /* what outlives this process, see keeping.h; NULL: nothing */
	/* private to sender.c */
	struct pace pace;
	struct event *timer;
	uint64_t timer_ns;    /* when it ends, if it runs */
	uint64_t look_ns;     /* to the next look at the page of a guest that says nothing */
	uint64_t pushed_ns;   /* last time that events were placed */
	uint64_t notified_ns; /* last time that the guest was notified */
	bool unnotified;
};

/* The link outlives the sender. @return 0 or -ENOMEM. */
int sender_init(struct sender *sender, struct kbdlink *link, const struct input_caps *caps,
		struct event_base *base);
void sender_destroy(struct sender *sender);

/* Place what there is room for; sender_flush() or sender_send() tells the guest of it. */
void sender_push(struct sender *sender);

/* Place it and tell the guest, now or in a millisecond, if it was told less than that ago. */
void sender_send(struct sender *sender);

/* The same, but place nothing within a millisecond of the last time: motion adds up. */
void sender_flush(struct sender *sender);

/* The feeders are gone: release what is down, tell the guest at once, and send nothing more. */
void sender_end(struct sender *sender);

#endif
