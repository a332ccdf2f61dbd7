/* SPDX-License-Identifier: MIT */
/* See probe.h. */
#include <config.h>

#include <errno.h>

#include <alsa/asoundlib.h>

#include "alsa/format.h"
#include "alsa/probe.h"

/* Plugins that convert give numbers like these for "anything"; guests have at most 255 channels. */
#define CHANNELS_MAX 255

static int read_space(snd_pcm_t *pcm, struct xenav_limits *limits)
{
	snd_pcm_hw_params_t *hw;
	unsigned int rate_min, rate_max, channels_min, channels_max;
	int rc;

	snd_pcm_hw_params_alloca(&hw);
	rc = snd_pcm_hw_params_any(pcm, hw);
	if (rc >= 0)
		rc = snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED);
	if (rc == 0)
		rc = snd_pcm_hw_params_get_rate_min(hw, &rate_min, NULL);
	if (rc == 0)
		rc = snd_pcm_hw_params_get_rate_max(hw, &rate_max, NULL);
	if (rc == 0)
		rc = snd_pcm_hw_params_get_channels_min(hw, &channels_min);
	if (rc == 0)
		rc = snd_pcm_hw_params_get_channels_max(hw, &channels_max);
	if (rc < 0)
		return rc;
	*limits = (struct xenav_limits){
		.size = sizeof *limits,
		.formats = format_mask(pcm, hw),
		.rate_min_hz = rate_min,
		.rate_max_hz = rate_max,
		.channels_min = channels_min,
		.channels_max = channels_max < CHANNELS_MAX ? channels_max : CHANNELS_MAX,
	};
	return limits->formats && channels_min <= CHANNELS_MAX ? 0 : -EOPNOTSUPP;
}

int probe_limits(const char *name, bool capture, struct xenav_limits *limits, int *card)
{
	snd_pcm_info_t *info;
	snd_pcm_t *pcm;
	int rc;

	rc = snd_pcm_open(&pcm, name, capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
			  SND_PCM_NONBLOCK);
	if (rc < 0)
		return rc == -EAGAIN ? -EBUSY : rc;
	rc = read_space(pcm, limits);
	snd_pcm_info_alloca(&info);
	*card = snd_pcm_info(pcm, info) == 0 ? snd_pcm_info_get_card(info) : -1;
	snd_pcm_close(pcm);
	return rc;
}
