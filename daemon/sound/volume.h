/* SPDX-License-Identifier: MIT */
/*
 * The volume and mute of a stream, as its guest has set them (sndif.h, "Request set/get volume",
 * "Request mute/unmute"), for every possible channel: they outlive CLOSE and OPEN, and end with the
 * stream.  The daemon never changes samples: that is for the consumer.  Pure.
 *
 * The values of a request are in the guest's buffer, packed: for SET_VOLUME and GET_VOLUME an
 * int32_t for each channel of the opening, in 0.001 dB; for MUTE and UNMUTE a uint8_t for each.
 * (The drawing in sndif.h shows the latter four octets apart; its words and its types do not.)
 */
#ifndef XENAVD_VOLUME_H
#define XENAVD_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "xenav-proto.h"

#define VOLUME_CHANNELS  UINT8_MAX
#define VOLUME_MAX_BYTES (VOLUME_CHANNELS * sizeof(int32_t))

/* The number of messages for all channels. */
#define VOLUME_CHUNKS ((VOLUME_CHANNELS + XENAV_VOLUME_CHANNELS - 1) / XENAV_VOLUME_CHANNELS)

/* Zeroed at first: 0 dB, not muted. */
struct volume {
	bool ever_set;
	int32_t mdb[VOLUME_CHANNELS];
	uint32_t muted[VOLUME_CHUNKS]; /* a bit for each channel */
};

/* The size of the values of a XENSND_OP_*. */
uint32_t volume_bytes(uint8_t op, uint8_t channels);

/*
 * Apply SET_VOLUME, MUTE or UNMUTE.  Volumes outside of XENAV_VOLUME_MIN_MDB..MAX are clamped, as a
 * mixer does.
 *
 * @param values volume_bytes() of them, the caller's own copy
 * @return bit n: chunk n has changed.
 */
unsigned volume_apply(struct volume *volume, uint8_t op, uint8_t channels, const uint8_t *values);

/* Write volume_bytes() of GET_VOLUME to values. */
void volume_get(const struct volume *volume, uint8_t channels, uint8_t *values);

#endif
