/* SPDX-License-Identifier: MIT */
/*
 * A guest that plays, flips and is typed to on a thread of its own, while xenavd comes and goes,
 * and notices whatever a guest could notice of that: a state that changes, an answer that is
 * missing, doubled or of another request, an event out of step, a flip without its event.
 */
#ifndef XENAVD_WITNESS_H
#define XENAVD_WITNESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "content.h"
#include "daemon/rig.h"
#include "fake/keyboard.h"

enum {
	WITNESS_SOUND = 1,
	WITNESS_DISPLAY = 2,
	WITNESS_INPUT = 4,
	WITNESS_ALL = 7,
};

/* A second of sound, so that no guest runs dry while xenavd is away or the machine is busy. */
extern const struct pcm_params witness_params;

struct witness {
	/* Set by witness_start(). */
	uint16_t domid;
	unsigned what;

	/* To be read at any time. */
	atomic_bool up;     /* everything is connected and playing, or there is a problem */
	atomic_bool failed; /* there is a problem, which can be read from then on */
	_Atomic unsigned rounds;
	_Atomic unsigned underruns;
	_Atomic unsigned openings;
	_Atomic unsigned flips;
	_Atomic unsigned swaps;         /* of dbufs, framebuffers and configurations */
	_Atomic unsigned keys_left_out; /* presses that did not come */
	_Atomic unsigned keys_twice;    /* down while they are down, or up while they are up */
	_Atomic unsigned keys_down;
	atomic_bool last_down;     /* the key that is held at the end */
	_Atomic unsigned keys;     /* that came, down and up */
	_Atomic uint64_t pause_ns; /* the longest between two positions, see witness_pause_ns() */
	_Atomic uint64_t flip_ns;  /* the longest that a flip took */
	_Atomic uint64_t last_ns;  /* the newest position, 0 while nothing plays */

	/* To be read after witness_stop(), or when it has failed. */
	char problem[256]; /* empty if there was none */

	/* Its own. */
	pthread_t thread;
	atomic_bool stop;
	struct rig_guest rg;
	struct keyboard kb;
	struct dbuf dbufs[2];
	uint64_t fbs[2];
	unsigned front; /* which of them is shown */
	uint32_t frame; /* number of the newest picture */
	uint64_t next_cookie;
	uint32_t key_down;  /* code, or 0 */
	unsigned next_turn; /* of witness_keys */
	uint32_t base;      /* samples of this opening before the last preparation */
};

/* Begin a guest with these devices.  It is up when it says so. */
void witness_start(struct witness *w, uint16_t domid, unsigned what);

/* Let it end as guests do. @return NULL or its problem. */
const char *witness_stop(struct witness *w);

/* The longest pause of its sound since the last call. */
uint64_t witness_pause_ns(struct witness *w);

/* The same of its flips. */
uint64_t witness_flip_ns(struct witness *w);

#endif
