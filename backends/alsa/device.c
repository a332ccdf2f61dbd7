/* SPDX-License-Identifier: MIT */
/*
 * See device.h.  The PCM is open without blocking and written with snd_pcm_writei(): that works
 * with every plugin, and what an xrun refuses is still in the caller's hands, which a commit of
 * mapped memory does not promise.
 */
#include <config.h>

#include <errno.h>
#include <limits.h>

#include "alsa/device.h"
#include "alsa/format.h"
#include "common/clock.h"

#define PERIODS 8

/* A time stamp that is older says nothing about now. */
#define STAMP_MAX_NS NS_PER_S

static int set_space(struct device *d, snd_pcm_hw_params_t *hw, const struct xenav_pcm *pcm)
{
	int rc;

	rc = snd_pcm_hw_params_any(d->pcm, hw);
	if (rc < 0)
		return rc;
	rc = snd_pcm_hw_params_set_access(d->pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED);
	if (rc == 0)
		rc = snd_pcm_hw_params_set_format(d->pcm, hw, d->format);
	if (rc == 0)
		rc = snd_pcm_hw_params_set_channels(d->pcm, hw, pcm->channels);
	if (rc == 0)
		rc = snd_pcm_hw_params_set_rate(d->pcm, hw, pcm->rate_hz, 0);
	return rc == -EINVAL ? -EOPNOTSUPP : rc;
}

static int set_hardware(struct device *d, snd_pcm_hw_params_t *hw, const struct xenav_pcm *pcm,
			uint32_t queue_frames)
{
	snd_pcm_uframes_t buffer = queue_frames;
	snd_pcm_uframes_t period = queue_frames / PERIODS ? queue_frames / PERIODS : 1;
	int rc;

	rc = set_space(d, hw, pcm);
	if (rc < 0)
		return rc;
	rc = snd_pcm_hw_params_set_period_size_near(d->pcm, hw, &period, NULL);
	if (rc == 0)
		rc = snd_pcm_hw_params_set_buffer_size_near(d->pcm, hw, &buffer);
	if (rc == 0)
		rc = snd_pcm_hw_params(d->pcm, hw);
	if (rc == 0)
		rc = snd_pcm_hw_params_get_period_size(hw, &period, NULL);
	if (rc == 0)
		rc = snd_pcm_hw_params_get_buffer_size(hw, &buffer);
	if (rc < 0)
		return rc;
	if (buffer < 2 || buffer > INT_MAX || period == 0 || period > buffer)
		return -EOPNOTSUPP;
	d->timed = snd_pcm_hw_params_is_monotonic(hw) > 0;
	d->buffer_frames = (uint32_t)buffer;
	d->period_frames = (uint32_t)period;
	return 0;
}

/* The device starts when it is told to, and stops by itself when it runs dry or over. */
static int set_software(struct device *d, snd_pcm_sw_params_t *sw)
{
	const snd_pcm_uframes_t quarter = d->period_frames / 4 ? d->period_frames / 4 : 1;
	snd_pcm_uframes_t boundary;
	int rc;

	rc = snd_pcm_sw_params_current(d->pcm, sw);
	if (rc == 0)
		rc = snd_pcm_sw_params_get_boundary(sw, &boundary);
	if (rc == 0)
		rc = snd_pcm_sw_params_set_start_threshold(d->pcm, sw, boundary);
	if (rc == 0)
		rc = snd_pcm_sw_params_set_stop_threshold(d->pcm, sw, d->buffer_frames);
	if (rc == 0)
		rc = snd_pcm_sw_params_set_avail_min(d->pcm, sw, quarter);
	if (rc == 0)
		rc = snd_pcm_sw_params_set_tstamp_mode(d->pcm, sw, SND_PCM_TSTAMP_ENABLE);
	if (rc < 0)
		return rc;
	/* Old kernels have one type only, which is_monotonic() knows. */
	snd_pcm_sw_params_set_tstamp_type(d->pcm, sw, SND_PCM_TSTAMP_TYPE_MONOTONIC);
	return snd_pcm_sw_params(d->pcm, sw);
}

static int card_of(snd_pcm_t *pcm)
{
	snd_pcm_info_t *info;

	snd_pcm_info_alloca(&info);
	return snd_pcm_info(pcm, info) == 0 ? snd_pcm_info_get_card(info) : -1;
}

int device_open(struct device *d, const char *name, bool capture, const struct xenav_pcm *pcm,
		uint32_t queue_frames)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	int rc;

	*d = (struct device){
		.capture = capture,
		.format = format_of_guest(pcm->format),
		.guest_format = pcm->format,
		.rate_hz = pcm->rate_hz,
		.channels = pcm->channels,
		.frame_bytes = pcm->frame_bytes,
	};
	if (d->format == SND_PCM_FORMAT_UNKNOWN)
		return -EOPNOTSUPP;
	snd_pcm_hw_params_alloca(&hw);
	snd_pcm_sw_params_alloca(&sw);
	rc = snd_pcm_open(&d->pcm, name, capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
			  SND_PCM_NONBLOCK);
	if (rc < 0) {
		d->pcm = NULL;
		/* A device that another program has answers so when it is opened without waiting.
		 */
		return rc == -EAGAIN ? -EBUSY : rc;
	}
	rc = set_hardware(d, hw, pcm, queue_frames);
	if (rc == 0)
		rc = set_software(d, sw);
	if (rc == 0)
		rc = snd_pcm_prepare(d->pcm);
	if (rc < 0) {
		device_close(d);
		return rc;
	}
	d->card = card_of(d->pcm);
	return 0;
}

void device_close(struct device *d)
{
	if (d->pcm)
		snd_pcm_close(d->pcm);
	d->pcm = NULL;
}

bool device_fits(const struct device *d, const struct xenav_pcm *pcm)
{
	return d->pcm && d->guest_format == pcm->format && d->rate_hz == pcm->rate_hz &&
	       d->channels == pcm->channels && d->frame_bytes == pcm->frame_bytes;
}

/* The error behind a state in which nothing runs any more. */
static int check_state(snd_pcm_state_t state)
{
	if (state == SND_PCM_STATE_XRUN)
		return -EPIPE;
	if (state == SND_PCM_STATE_SUSPENDED)
		return -ESTRPIPE;
	return state == SND_PCM_STATE_DISCONNECTED ? -ENODEV : 0;
}

/* The frames that went by since the time stamp; 0 if that cannot be known. */
static uint32_t frames_since(const struct device *d, const snd_pcm_status_t *status,
			     uint64_t now_ns)
{
	snd_htimestamp_t t;
	uint64_t then_ns;

	if (!d->timed)
		return 0;
	snd_pcm_status_get_htstamp(status, &t);
	if (t.tv_sec < 0 || (t.tv_sec == 0 && t.tv_nsec == 0))
		return 0;
	then_ns = (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
	if (then_ns >= now_ns || now_ns - then_ns > STAMP_MAX_NS)
		return 0;
	return (uint32_t)((now_ns - then_ns) * d->rate_hz / NS_PER_S);
}

int device_look(struct device *d, uint64_t now_ns, struct device_look *look)
{
	snd_pcm_sframes_t avail, delay, fill;
	snd_pcm_status_t *status;
	uint32_t since;
	int rc;

	avail = snd_pcm_avail(d->pcm);
	if (avail < 0)
		return (int)avail;
	snd_pcm_status_alloca(&status);
	rc = snd_pcm_status(d->pcm, status);
	if (rc == 0)
		rc = check_state(snd_pcm_status_get_state(status));
	if (rc < 0)
		return rc;
	since = frames_since(d, status, now_ns);
	avail = (snd_pcm_sframes_t)snd_pcm_status_get_avail(status);
	delay = snd_pcm_status_get_delay(status);
	fill = d->capture ? avail : (snd_pcm_sframes_t)d->buffer_frames - avail;
	fill = fill < 0 ? 0 : fill > d->buffer_frames ? (snd_pcm_sframes_t)d->buffer_frames : fill;
	if (delay < 0)
		delay = 0;
	if (delay > d->rate_hz)
		delay = d->rate_hz;
	look->fill_frames = (uint32_t)fill;
	if (d->capture)
		look->delay_frames = (uint32_t)delay + since;
	else
		look->delay_frames = delay > since ? (uint32_t)delay - since : 0;
	return 0;
}

int device_write(struct device *d, const void *samples, uint32_t frames)
{
	const snd_pcm_sframes_t n = snd_pcm_writei(d->pcm, samples, frames);

	return n == -EAGAIN ? 0 : (int)n;
}

int device_read(struct device *d, void *samples, uint32_t frames)
{
	const snd_pcm_sframes_t n = snd_pcm_readi(d->pcm, samples, frames);

	return n == -EAGAIN ? 0 : (int)n;
}

bool device_is_gone(const struct device *d)
{
	return snd_pcm_state(d->pcm) == SND_PCM_STATE_DISCONNECTED;
}

int device_start(struct device *d)
{
	return snd_pcm_start(d->pcm);
}

int device_stop(struct device *d)
{
	const int rc = snd_pcm_drop(d->pcm);

	return rc < 0 ? rc : snd_pcm_prepare(d->pcm);
}

int device_recover(struct device *d, int error)
{
	int rc;

	if (error == -ESTRPIPE) {
		rc = snd_pcm_resume(d->pcm);
		if (rc == 0)
			return 1;
		if (rc == -EAGAIN || rc == -ENODEV)
			return rc;
	}
	rc = snd_pcm_prepare(d->pcm);
	return rc < 0 ? rc : 0;
}
