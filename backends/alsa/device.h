/* SPDX-License-Identifier: MIT */
/*
 * An open ALSA PCM that never blocks, in either direction, and how far it is.
 */
#ifndef XENAV_ALSA_DEVICE_H
#define XENAV_ALSA_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <alsa/asoundlib.h>

#include "xenav.h"

struct device {
	snd_pcm_t *pcm; /* NULL: not open */
	bool capture;
	bool timed; /* its time stamps are of CLOCK_MONOTONIC */
	int card;   /* its number, or -1 */
	snd_pcm_format_t format;
	uint8_t guest_format;
	uint32_t rate_hz;
	uint32_t channels;
	uint32_t frame_bytes;
	uint32_t buffer_frames;
	uint32_t period_frames;
};

/* Where the hardware is. */
struct device_look {
	uint32_t fill_frames;  /* playback: not yet fetched; capture: not yet read */
	uint32_t delay_frames; /* until a frame written now is heard; since the next one was */
};

/*
 * Open the PCM with exactly the guest's format, rate and channels, and prepare it.  Its buffer has
 * about queue_frames, or more, in eight periods or fewer.
 *
 * @return 0, -EBUSY if another program has it, -ENOENT or -ENODEV if there is none, -EOPNOTSUPP if
 * it does not take the format, rate or number of channels, or another -errno of alsa-lib.
 */
int device_open(struct device *d, const char *name, bool capture, const struct xenav_pcm *pcm,
		uint32_t queue_frames);

/* Close it, whatever state it is in; idempotent. */
void device_close(struct device *d);

/* Does the open device fit this opening of a guest? */
bool device_fits(const struct device *d, const struct xenav_pcm *pcm);

/* @return 0, -EPIPE after an xrun, -ESTRPIPE while suspended, -ENODEV if it is gone, or another
 * -errno. */
int device_look(struct device *d, uint64_t now_ns, struct device_look *look);

/* @return the number of frames that were moved, at most `frames`, or -errno as device_look(). */
int device_write(struct device *d, const void *samples, uint32_t frames);
int device_read(struct device *d, void *samples, uint32_t frames);

/* Is it gone?  Calls of alsa-lib have other errors then, too. */
bool device_is_gone(const struct device *d);

int device_start(struct device *d);

/* Stop at once and prepare anew. */
int device_stop(struct device *d);

/*
 * Go on after -EPIPE or -ESTRPIPE.
 *
 * @return 1 if the device goes on with what it had, 0 if it was prepared anew, -EAGAIN while it is
 * still resuming, or another -errno.
 */
int device_recover(struct device *d, int error);

#endif
