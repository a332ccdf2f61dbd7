/* SPDX-License-Identifier: MIT */
/*
 * A program that plays or records by libxenav, on two threads of its own: one has the connection,
 * the other is the real-time thread of a card with a clock of its own, which moves blocks of frames
 * and has a delay.
 */
#ifndef XENAVD_CARD_RIG_H
#define XENAVD_CARD_RIG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rig.h"
#include "xenav.h"

#define CARD_HEARD 200000

struct card {
	/* Set before card_start(). */
	uint8_t direction; /* of the streams that are claimed */
	int ppm;           /* of the card's clock */
	uint32_t block_frames;
	uint32_t delay_frames; /* playback: the card keeps so much in hand */
	/* Called by the real-time thread with what it has read, and how many frames of it are the
	 * guest's; NULL: 32-bit samples other than 0 go to heard. */
	void (*on_read)(struct card *card, const void *samples, uint32_t frames);

	/* Set at any time: a thread does nothing. */
	atomic_bool connection_stalls;
	atomic_bool card_stalls;

	/* To be read at any time. */
	_Atomic unsigned claimed;
	_Atomic uint32_t n_heard;
	_Atomic uint64_t heard_ns;     /* when 1 is heard, from what is heard now */
	_Atomic unsigned broken_reads; /* that on_read() finds */
	uint32_t heard[CARD_HEARD];    /* up to n_heard */

	/* To be read after card_stop(). */
	struct xenav_sound_stats stats;
	unsigned openings;

	/* Its own. */
	pthread_t connection;
	pthread_t hardware;
	struct xenav *x;
	struct xenav_stream *stream;
	struct xenav_player *player;
	struct xenav_recorder *recorder;
	atomic_bool stop;
	_Atomic uint32_t rate_hz; /* 0: nothing is open */
	uint32_t counter;         /* capture: the next sample */
};

/* 8000 Hz, s32, mono: one sample is one frame.  10 ms of period, and 5 s of buffer: no thread is
 * late by half of that on a busy machine.  Who does not fill it starts the stream. */
extern const struct pcm_params card_params;

/* Zeros, and a block of 8 ms with a delay of 16 ms. */
void card_init(struct card *card, uint8_t direction);

/* Connect and claim; the guest runs meanwhile. */
void card_start(struct card *card, struct rig_guest *rg);
void card_stop(struct card *card);

#endif
