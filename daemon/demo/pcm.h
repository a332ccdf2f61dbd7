/* SPDX-License-Identifier: MIT */
/*
 * A card with one stream, as the frontend of a made-up guest drives it: requests one at a time, and
 * the position that it is told.  The programs of a guest (player.c, recorder.c) are told when to go
 * on, and call one of the functions that send a request.
 */
#ifndef XENAVD_DEMO_PCM_H
#define XENAVD_DEMO_PCM_H

#include <stdbool.h>
#include <stdint.h>

#include "demo/memory.h"
#include "demo/plug.h"
#include "demo/port.h"

struct event;
struct pcm;

struct pcm_program {
	bool capture;

	/* Go on: the device is connected, a request was answered with success, or the position has
	 * moved.  Not called while a request is under way. */
	void (*go_on)(struct pcm *pcm);

	/* The device is gone: forget what was open. */
	void (*gone)(struct pcm *pcm);

	void (*finish)(struct pcm *pcm);
};

/* Volumes of all channels that the command line allows. */
#define PCM_VALUES_BYTES 128

enum pcm_state { PCM_CLOSED, PCM_STOPPED, PCM_STARTED };

struct pcm {
	struct plug plug;
	const struct pcm_program *program;
	struct port port;
	struct event *timer; /* calls go_on */
	struct memory *memory;
	enum pcm_state state;
	uint8_t asked; /* the operation and trigger of the last request */
	uint8_t trigger;
	uint8_t saved[PCM_VALUES_BYTES]; /* the samples under the values of a request */
	uint32_t n_saved;
	bool failed; /* a request was refused: nothing follows until the device is new */
	uint64_t position_frames; /* as last told, since the opening */
};

/* @return 0 or -ENOMEM, when plug_ops.finish is not called. */
int pcm_create(struct pcm *pcm, const struct pcm_program *program, struct stage *stage,
	       const struct role *role);

/* Free what pcm_create() has made, but not the pcm. */
void pcm_finish(struct pcm *pcm);

/* Send a request, unless one is under way. */
void pcm_open(struct pcm *pcm);
void pcm_close(struct pcm *pcm);
void pcm_trigger(struct pcm *pcm, uint8_t type);

/* Read or write frames at a position, up to the end of the buffer. */
void pcm_move(struct pcm *pcm, uint64_t position_frames, uint32_t frames);

/* Set the volume of all channels, or mute or unmute them all. */
void pcm_set_volume(struct pcm *pcm, int32_t volume_mdb);
void pcm_set_mute(struct pcm *pcm, bool muted);

/* The place of a position in the buffer, and the frames from there to its end. */
uint8_t *pcm_at(const struct pcm *pcm, uint64_t position_frames);
uint32_t pcm_contiguous(const struct pcm *pcm, uint64_t position_frames);

/* Call go_on after this time. */
void pcm_sleep(struct pcm *pcm, uint32_t ms);

#endif
