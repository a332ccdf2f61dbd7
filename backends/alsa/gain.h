/* SPDX-License-Identifier: MIT */
/* The volume of a guest, applied to its samples. */
#ifndef XENAV_ALSA_GAIN_H
#define XENAV_ALSA_GAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "alsa/device.h"

struct gain {
	bool needed;              /* some channel is not as it was */
	double factor[UINT8_MAX]; /* by channel */
};

/* All channels as they are. */
void gain_reset(struct gain *g);

/* Set one channel to a volume in steps of 0.001 dB, or to silence. */
void gain_set(struct gain *g, unsigned int channel, int32_t volume_mdb, bool muted);

/* Can samples of this format be multiplied? */
bool gain_is_possible(snd_pcm_format_t format);

/* Multiply the samples of whole frames; too loud ones are clipped. */
void gain_apply(const struct gain *g, const struct device *d, void *samples, uint32_t frames);

#endif
