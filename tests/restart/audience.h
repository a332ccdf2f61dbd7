/* SPDX-License-Identifier: MIT */
/*
 * A consumer on a thread of its own that watches every stream, drives every connector and types to
 * every guest, while xenavd comes and goes: it hears each sample once and in order but for gaps
 * that it is told of, and sees whole pictures only, in their order.
 */
#ifndef XENAVD_AUDIENCE_H
#define XENAVD_AUDIENCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "witness.h"

#define MAX_EARS 32

struct audience {
	/* To be read at any time. */
	_Atomic unsigned pauses; /* of the connection */
	_Atomic unsigned n_streams, n_connectors, n_inputs;
	_Atomic uint64_t heard;    /* frames */
	_Atomic unsigned gaps;     /* frames that were left out, and how often */
	_Atomic uint64_t lost;     /* of them */
	_Atomic unsigned untold;   /* gaps without stream_lost */
	_Atomic unsigned twice;    /* frames that were heard before */
	_Atomic unsigned strange;  /* frames of no guest, or of another opening */
	_Atomic unsigned pictures; /* whole ones */
	_Atomic unsigned torn;     /* that no guest has drawn so */
	_Atomic unsigned older;    /* than one before */
	_Atomic unsigned typed;    /* presses */
	atomic_int failed;         /* the connection is over, for that reason */

	/* Its own. */
	struct xenav *x;
	pthread_t thread;
	atomic_bool types;
	atomic_bool stop;
	struct ear {
		uint32_t next; /* number of the next frame, 0: whatever comes */
		unsigned opening;
		bool told; /* of a loss since the last frame */
	} ears[MAX_EARS];
	uint32_t newest[MAX_EARS]; /* pictures */
	struct {
		struct xenav_input *in;
		unsigned n; /* presses */
		bool down;
		bool rests; /* the last key is down */
	} hands[MAX_EARS];
};

/* Connect, and go on for as long as xenavd comes back. */
void audience_start(struct audience *a);

/* Stop typing: in the end, the last key is down and all others are up. */
void audience_rest(struct audience *a);
void audience_stop(struct audience *a);

#endif
