/* SPDX-License-Identifier: MIT */
/* See hwparams.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>

#include "sound/format.h"
#include "sound/hwparams.h"

/* A guest with shorter ones is always late: events come no more often than every 2 ms. */
#define PERIOD_MIN_MS 2
#define BUFFER_MIN_MS 8

static void narrow(uint32_t *min, uint32_t *max, uint32_t low, uint32_t high)
{
	if (*min < low)
		*min = low;
	if (*max > high)
		*max = high;
}

/* Narrow an interval to the lowest and the highest listed rate in it. */
static void narrow_rates(const struct stream_limits *limits, uint32_t *min, uint32_t *max)
{
	uint32_t low = UINT32_MAX;
	uint32_t high = 0;

	if (limits->n_rates == 0) {
		narrow(min, max, STREAM_RATE_MIN_HZ, STREAM_RATE_MAX_HZ);
		return;
	}
	for (unsigned i = 0; i < limits->n_rates; i++) {
		uint32_t rate = limits->rates_hz[i];

		if (rate < *min || rate > *max)
			continue;
		if (rate < low)
			low = rate;
		if (rate > high)
			high = rate;
	}
	*min = low;
	*max = high;
}

/* The smallest frame in this space. */
static uint32_t smallest_frame(uint64_t formats, uint32_t channels_min)
{
	uint32_t smallest = UINT32_MAX;

	for (uint8_t format = 0; format < FORMAT_COUNT; format++) {
		uint32_t bytes;

		if (!(formats & (UINT64_C(1) << format)))
			continue;
		bytes = format_frame_bytes(format, (uint8_t)channels_min);
		if (bytes < smallest)
			smallest = bytes;
	}
	return smallest;
}

/* The smallest number of frames that can last ms in this space, rounded up. */
static uint32_t frames_in_ms(const struct xensnd_query_hw_param *space, uint32_t ms)
{
	uint64_t slowest = UINT32_MAX;

	for (uint8_t format = 0; format < FORMAT_COUNT; format++) {
		uint32_t frames_per_sec;

		if (!(space->formats & (UINT64_C(1) << format)))
			continue;
		frames_per_sec = format_frames_per_sec(format, (uint8_t)space->channels.min,
						       space->rates.min);
		if (frames_per_sec < slowest)
			slowest = frames_per_sec;
	}
	return (uint32_t)((slowest * ms + 999) / 1000);
}

int hwparams_narrow(const struct stream_limits *limits, struct xensnd_query_hw_param *space)
{
	uint32_t buffer_frames, buffer_min_frames, period_min_frames;

	space->formats &= limits->formats;
	narrow_rates(limits, &space->rates.min, &space->rates.max);
	narrow(&space->channels.min, &space->channels.max, limits->channels_min,
	       limits->channels_max);
	if (space->formats == 0 || space->rates.min > space->rates.max ||
	    space->channels.min > space->channels.max)
		return -EINVAL;
	buffer_frames =
		limits->buffer_max_bytes / smallest_frame(space->formats, space->channels.min);
	/* A smaller buffer, when the stream allows no more, has four periods. */
	buffer_min_frames = frames_in_ms(space, BUFFER_MIN_MS);
	if (buffer_min_frames > buffer_frames)
		buffer_min_frames = buffer_frames;
	period_min_frames = frames_in_ms(space, PERIOD_MIN_MS);
	if (period_min_frames > (buffer_min_frames + 3) / 4)
		period_min_frames = (buffer_min_frames + 3) / 4;
	narrow(&space->buffer.min, &space->buffer.max, buffer_min_frames, buffer_frames);
	narrow(&space->period.min, &space->period.max, period_min_frames, space->buffer.max);
	if (space->buffer.min > space->buffer.max || space->period.min > space->period.max)
		return -EINVAL;
	return 0;
}

void hwparams_intersect(const struct xensnd_query_hw_param *with,
			struct xensnd_query_hw_param *space)
{
	space->formats &= with->formats;
	narrow(&space->rates.min, &space->rates.max, with->rates.min, with->rates.max);
	narrow(&space->channels.min, &space->channels.max, with->channels.min, with->channels.max);
	narrow(&space->buffer.min, &space->buffer.max, with->buffer.min, with->buffer.max);
	narrow(&space->period.min, &space->period.max, with->period.min, with->period.max);
}

static bool rate_allowed(const struct stream_limits *limits, uint32_t rate_hz)
{
	if (limits->n_rates == 0)
		return rate_hz >= STREAM_RATE_MIN_HZ && rate_hz <= STREAM_RATE_MAX_HZ;
	for (unsigned i = 0; i < limits->n_rates; i++)
		if (limits->rates_hz[i] == rate_hz)
			return true;
	return false;
}

int hwparams_check_open(const struct stream_limits *limits, const struct xensnd_open_req *req,
			const char **problem)
{
	uint32_t frame_bytes;

	*problem = "sample format";
	if (req->pcm_format >= FORMAT_COUNT ||
	    !(limits->formats & (UINT64_C(1) << req->pcm_format)))
		return -EINVAL;
	*problem = "rate";
	if (!rate_allowed(limits, req->pcm_rate))
		return -EINVAL;
	*problem = "number of channels";
	if (req->pcm_channels < limits->channels_min || req->pcm_channels > limits->channels_max)
		return -EINVAL;
	*problem = "buffer size";
	frame_bytes = format_frame_bytes(req->pcm_format, req->pcm_channels);
	if (req->buffer_sz == 0 || req->buffer_sz > limits->buffer_max_bytes ||
	    req->buffer_sz % frame_bytes != 0)
		return -EINVAL;
	*problem = "period size";
	if (req->period_sz > req->buffer_sz)
		return -EINVAL;
	return 0;
}

static bool inside(uint64_t value, uint64_t min, uint64_t max)
{
	return value >= min && value <= max;
}

int hwparams_check_inside(const struct xensnd_query_hw_param *space,
			  const struct xensnd_open_req *req, const char **problem)
{
	const uint64_t frame_bytes = format_frame_bytes(req->pcm_format, req->pcm_channels);

	*problem = "sample format that its consumer does not take";
	if (!(space->formats & (UINT64_C(1) << req->pcm_format)))
		return -EINVAL;
	*problem = "rate that its consumer does not take";
	if (!inside(req->pcm_rate, space->rates.min, space->rates.max))
		return -EINVAL;
	*problem = "number of channels that its consumer does not take";
	if (!inside(req->pcm_channels, space->channels.min, space->channels.max))
		return -EINVAL;
	*problem = "buffer size that its consumer does not take";
	if (!inside(req->buffer_sz, space->buffer.min * frame_bytes,
		    space->buffer.max * frame_bytes))
		return -EINVAL;
	*problem = "period size that its consumer does not take";
	if (req->period_sz > 0 && !inside(req->period_sz, space->period.min * frame_bytes,
					  space->period.max * frame_bytes))
		return -EINVAL;
	return 0;
}
