/* SPDX-License-Identifier: MIT */
/* See volume.h. */
#include <config.h>

#include <string.h>

#include "sound/volume.h"
#include "xen/sndif.h"

uint32_t volume_bytes(uint8_t op, uint8_t channels)
{
	const bool mute = op == XENSND_OP_MUTE || op == XENSND_OP_UNMUTE;

	return mute ? channels : channels * (uint32_t)sizeof(int32_t);
}

static bool set_volume(struct volume *volume, unsigned channel, const uint8_t *value)
{
	int32_t mdb;

	memcpy(&mdb, value, sizeof mdb);
	if (mdb < XENAV_VOLUME_MIN_MDB)
		mdb = XENAV_VOLUME_MIN_MDB;
	if (mdb > XENAV_VOLUME_MAX_MDB)
		mdb = XENAV_VOLUME_MAX_MDB;
	if (mdb == volume->mdb[channel])
		return false;
	volume->mdb[channel] = mdb;
	return true;
}

/* Channels whose value is zero stay as they are. */
static bool set_muted(struct volume *volume, unsigned channel, uint8_t value, bool muted)
{
	uint32_t *word = &volume->muted[channel / XENAV_VOLUME_CHANNELS];
	const uint32_t bit = UINT32_C(1) << channel % XENAV_VOLUME_CHANNELS;

	if (value == 0 || !!(*word & bit) == muted)
		return false;
	*word ^= bit;
	return true;
}

unsigned volume_apply(struct volume *volume, uint8_t op, uint8_t channels, const uint8_t *values)
{
	unsigned changed = 0;

	for (unsigned i = 0; i < channels; i++) {
		bool change;

		if (op == XENSND_OP_SET_VOLUME)
			change = set_volume(volume, i, values + i * sizeof(int32_t));
		else
			change = set_muted(volume, i, values[i], op == XENSND_OP_MUTE);
		if (change)
			changed |= 1u << i / XENAV_VOLUME_CHANNELS;
	}
	volume->ever_set |= changed != 0;
	return changed;
}

void volume_get(const struct volume *volume, uint8_t channels, uint8_t *values)
{
	memcpy(values, volume->mdb, channels * sizeof volume->mdb[0]);
}
