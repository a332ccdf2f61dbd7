/* SPDX-License-Identifier: MIT */
/*
 * The rig of tests of input: a guest with a keyboard, whose frontend behaves as the one of Linux
 * does, and consumers that feed it.  It has the main() of these programs.
 */
#ifndef XENAVD_TEST_INPUT_RIG_H
#define XENAVD_TEST_INPUT_RIG_H

#include "fake/keyboard.h"
#include "rig.h"
#include "xenav.h"

extern const struct toolstack_node two_connectors[]; /* 800x600 and 640x480 */
extern const struct toolstack_node plain[];          /* nothing said of the keyboard */

extern struct rig_guest rg;
extern struct keyboard kb;

/* A guest with two connectors and a keyboard with these nodes. */
void start_guest(uint16_t domid, const struct toolstack_node *nodes);
void stop_guest(void);

struct consumer {
	struct xenav *x;
	struct xenav_input *in;
	bool ready;
	unsigned n_removed; /* input devices that have gone */
	struct xenav_connector *connectors[2];
	int failed;
};

/* There are two slots for consumers, which dispatch() serves. */
void start_consumer(struct consumer *c, unsigned slot);
void stop_consumer(struct consumer *c, unsigned slot);
void dispatch(void);

void flush(struct consumer *c);

/* Flush, and press a key: what has been flushed before is with the guest when this key is. */
void sync_with(struct consumer *c);

/* For guest_run_until(): the input device of a consumer can be fed or was refused; one has gone. */
bool is_ready(void *consumer);
bool is_gone(void *consumer);

/* The same: no key of the guest is down. */
bool all_are_up(void *);

#endif
