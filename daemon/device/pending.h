/* SPDX-License-Identifier: MIT */
/*
 * A state of ours that is being written: what becomes of it is known with the next view.  One that
 * cannot be written is tried again less and less often.
 */
#ifndef XENAVD_PENDING_H
#define XENAVD_PENDING_H

#include <stdbool.h>
#include <stdint.h>

/* Starts zeroed. */
struct pending {
	int state;         /* the state being written; 0: none */
	int before;        /* our state before that */
	unsigned failures; /* to write, in a row */
	uint64_t retry_ns; /* no write before, while our state is the old one */
};

/* A state is about to be written; be_state is the present one. */
void pending_begin(struct pending *pending, int state, int be_state);

/* The store shows be_state after the write. @return the state that was written, 0 without one. */
int pending_note(struct pending *pending, int be_state, uint64_t now_ns);

/* Is it too early to write?  Otherwise a write that keeps failing would be tried, and logged,
 * without end. */
bool pending_must_wait(const struct pending *pending, int be_state, uint64_t now_ns);

/* Write the next state at once. */
void pending_hurry(struct pending *pending);

#endif
