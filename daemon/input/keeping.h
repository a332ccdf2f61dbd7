/* SPDX-License-Identifier: MIT */
/*
 * What the journal keeps of an input device: what the guest knows of its keys, contacts and
 * pointer, and the number of the next event.  The record is written when events are placed, and
 * before the guest sees them, so that after a restart no event is lost or sent twice.
 */
#ifndef XENAVD_INPUT_KEEPING_H
#define XENAVD_INPUT_KEEPING_H

#include <stdint.h>

#include "input/state.h"

struct journal;
struct journal_slot;

/* -------- the record -------- */

struct kept_input {
	struct input_keys down; /* or perhaps down */
	uint32_t contacts;      /* a bit for each that is down */
	uint32_t unsynced;      /* 0 or 1: a SYN is due */
	int32_t x, y;           /* of the pointer */
	uint32_t prod;          /* the number of the next event */
	uint32_t n_feeders;
	uint8_t tags[INPUT_CONTACTS]; /* whose each contact is, see feeder.c; version 2 */
};

void kept_input_take(struct kept_input *kept, const struct input_state *state, uint32_t prod,
		     unsigned n_feeders);

/* @return 0, or -EINVAL for a record that this daemon does not write for such a device. */
int kept_input_check(const struct kept_input *kept, const struct input_caps *caps);

/* -------- in the journal -------- */

/* Add the record of a device that begins anew. @return NULL without a journal, or when it is full.
 */
struct journal_slot *keeping_input_begin(struct journal *journal, uint16_t domid, uint16_t devid,
					 const struct kept_input *kept);
void keeping_input_write(struct journal_slot *slot, const struct kept_input *kept);

/* Find and check the record of before a restart. @return 0; -ENOENT without one, -EINVAL. */
int keeping_input_find(struct journal *journal, uint16_t domid, uint16_t devid,
		       const struct input_caps *caps, struct kept_input *kept,
		       struct journal_slot **slot);

#endif
