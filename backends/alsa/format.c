/* SPDX-License-Identifier: MIT */
/* See format.h. */
#include <config.h>

#include "alsa/format.h"
#include "xenav.h"

/* Samples of 24 bits are the lower three bytes of four on both sides. */
static const snd_pcm_format_t formats[] = {
	[XENAV_FORMAT_S8] = SND_PCM_FORMAT_S8,
	[XENAV_FORMAT_U8] = SND_PCM_FORMAT_U8,
	[XENAV_FORMAT_S16_LE] = SND_PCM_FORMAT_S16_LE,
	[XENAV_FORMAT_S16_BE] = SND_PCM_FORMAT_S16_BE,
	[XENAV_FORMAT_U16_LE] = SND_PCM_FORMAT_U16_LE,
	[XENAV_FORMAT_U16_BE] = SND_PCM_FORMAT_U16_BE,
	[XENAV_FORMAT_S24_LE] = SND_PCM_FORMAT_S24_LE,
	[XENAV_FORMAT_S24_BE] = SND_PCM_FORMAT_S24_BE,
	[XENAV_FORMAT_U24_LE] = SND_PCM_FORMAT_U24_LE,
	[XENAV_FORMAT_U24_BE] = SND_PCM_FORMAT_U24_BE,
	[XENAV_FORMAT_S32_LE] = SND_PCM_FORMAT_S32_LE,
	[XENAV_FORMAT_S32_BE] = SND_PCM_FORMAT_S32_BE,
	[XENAV_FORMAT_U32_LE] = SND_PCM_FORMAT_U32_LE,
	[XENAV_FORMAT_U32_BE] = SND_PCM_FORMAT_U32_BE,
	[XENAV_FORMAT_FLOAT_LE] = SND_PCM_FORMAT_FLOAT_LE,
	[XENAV_FORMAT_FLOAT_BE] = SND_PCM_FORMAT_FLOAT_BE,
	[XENAV_FORMAT_FLOAT64_LE] = SND_PCM_FORMAT_FLOAT64_LE,
	[XENAV_FORMAT_FLOAT64_BE] = SND_PCM_FORMAT_FLOAT64_BE,
	[XENAV_FORMAT_IEC958_SUBFRAME_LE] = SND_PCM_FORMAT_IEC958_SUBFRAME_LE,
	[XENAV_FORMAT_IEC958_SUBFRAME_BE] = SND_PCM_FORMAT_IEC958_SUBFRAME_BE,
	[XENAV_FORMAT_MU_LAW] = SND_PCM_FORMAT_MU_LAW,
	[XENAV_FORMAT_A_LAW] = SND_PCM_FORMAT_A_LAW,
};

#define N_FORMATS (sizeof formats / sizeof *formats)

snd_pcm_format_t format_of_guest(uint8_t format)
{
	return format < N_FORMATS ? formats[format] : SND_PCM_FORMAT_UNKNOWN;
}

uint64_t format_mask(snd_pcm_t *pcm, snd_pcm_hw_params_t *space)
{
	uint64_t mask = 0;

	for (unsigned int i = 0; i < N_FORMATS; i++)
		if (snd_pcm_hw_params_test_format(pcm, space, formats[i]) == 0)
			mask |= UINT64_C(1) << i;
	return mask;
}
