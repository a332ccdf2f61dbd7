/* SPDX-License-Identifier: MIT */
/*
 * Moves samples between a guest's stream and an ALSA device, a little at each step.
 *
 * A pump knows no thread and no connection: its owner tells it the time, steps it when it is due,
 * and gives it a way to the guest's samples.
 */
#ifndef XENAV_ALSA_PUMP_H
#define XENAV_ALSA_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "alsa/device.h"
#include "alsa/gain.h"
#include "alsa/pace.h"

/* The guest's end, with the contracts of xenav_player_read() and xenav_recorder_write(). */
struct pump_guest {
	int (*read)(void *data, void *samples, uint32_t frames, uint32_t delay_frames);
	int (*write)(void *data, const void *samples, uint32_t frames, uint32_t delay_frames);
	void *data;
};

struct pump {
	struct device dev;
	struct pump_guest guest;
	struct gain gain;
	struct pace pace;
	uint32_t queue_frames; /* playback: as many are queued in the device */
	uint32_t step_frames;  /* and so many between two steps */
	uint8_t *samples;      /* room for queue_frames */
	uint32_t held_frames;  /* of samples, from held_at on: the device did not take them yet */
	uint32_t held_at;
	bool running;
	bool suspended;
	bool resumed;          /* just now: the device has not shown that it runs */
	uint64_t moved_frames; /* through the device in the present run */
	uint64_t heard_frames; /* of those, up to the last one that was the guest's */
	/* For reports. */
	uint64_t xruns;
	uint32_t least_frames; /* the smallest queue that a step has found */
};

/*
 * Open the device for an opening of the guest.  The queue is queue_ns long, or two periods of the
 * device, but shorter than what the guest keeps in its buffer while it waits for a period to end.
 *
 * @return 0, the errors of device_open(), or -ENOMEM.
 */
int pump_open(struct pump *p, const char *name, bool capture, const struct xenav_pcm *pcm,
	      uint64_t queue_ns);

/* The guest has closed the stream and opened it with the same format: the queue for its buffer. */
int pump_resize(struct pump *p, const struct xenav_pcm *pcm, uint64_t queue_ns);

/* Close the device at once; idempotent. */
void pump_close(struct pump *p);

/*
 * Do what is due: while the guest has started the stream, and until the last of its samples is
 * played.
 *
 * @return 0 and *next_ns, when the next step is due, UINT64_MAX once nothing runs; or the -errno
 * with which the device has failed: then close it.
 */
int pump_step(struct pump *p, bool started, uint64_t now_ns, uint64_t *next_ns);

#endif
