/* SPDX-License-Identifier: MIT */
/* See tap.h. */
#include <config.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vnc/tap.h"

/* A client that is later than this part of a second loses samples. */
#define LATE_DIVISOR 2

/* Frames that are converted at a time. */
#define PIECE_FRAMES 512u

struct tap {
	pthread_mutex_t lock;
	bool is_open;
	bool plays;
	struct pcm_format format;
	struct resampler resampler;
	uint8_t *ring; /* of size_bytes, whole frames */
	size_t size_bytes, at_bytes, used_bytes;
};

static size_t frame_bytes(const struct tap *tap)
{
	return (size_t)tap->format.bytes * tap->format.channels;
}

struct tap *tap_new(void)
{
	static const struct pcm_format usual = {2, true, 2, 48000};
	struct tap *tap = calloc(1, sizeof *tap);

	if (!tap)
		return NULL;
	pthread_mutex_init(&tap->lock, NULL);
	tap->format = usual;
	return tap;
}

void tap_free(struct tap *tap)
{
	if (!tap)
		return;
	pthread_mutex_destroy(&tap->lock);
	free(tap->ring);
	free(tap);
}

/* Without memory the tap stays silent. */
static void renew_ring(struct tap *tap)
{
	free(tap->ring);
	tap->size_bytes = frame_bytes(tap) * (tap->format.rate_hz / LATE_DIVISOR);
	tap->ring = tap->is_open ? malloc(tap->size_bytes) : NULL;
	tap->at_bytes = tap->used_bytes = 0;
	tap->resampler.in_hz = 0;
}

void tap_set_format(struct tap *tap, const struct pcm_format *format)
{
	pthread_mutex_lock(&tap->lock);
	tap->format = *format;
	renew_ring(tap);
	pthread_mutex_unlock(&tap->lock);
}

void tap_open(struct tap *tap, bool open)
{
	pthread_mutex_lock(&tap->lock);
	tap->is_open = open;
	renew_ring(tap);
	pthread_mutex_unlock(&tap->lock);
}

size_t tap_take(struct tap *tap, void *samples, size_t max_bytes, bool *plays)
{
	size_t n, first;

	pthread_mutex_lock(&tap->lock);
	*plays = tap->plays && tap->is_open;
	n = tap->used_bytes < max_bytes ? tap->used_bytes : max_bytes;
	n -= n % frame_bytes(tap);
	first = tap->size_bytes - tap->at_bytes < n ? tap->size_bytes - tap->at_bytes : n;
	if (n > 0) {
		memcpy(samples, tap->ring + tap->at_bytes, first);
		memcpy((uint8_t *)samples + first, tap->ring, n - first);
		tap->at_bytes = (tap->at_bytes + n) % tap->size_bytes;
		tap->used_bytes -= n;
	}
	pthread_mutex_unlock(&tap->lock);
	return n;
}

/* -------- the sound's thread -------- */

static void append(struct tap *tap, const uint8_t *samples, size_t bytes)
{
	const size_t room = tap->size_bytes - tap->used_bytes;
	size_t to, first;

	if (bytes > room) {
		tap->at_bytes = (tap->at_bytes + bytes - room) % tap->size_bytes;
		tap->used_bytes -= bytes - room;
	}
	to = (tap->at_bytes + tap->used_bytes) % tap->size_bytes;
	first = tap->size_bytes - to < bytes ? tap->size_bytes - to : bytes;
	memcpy(tap->ring + to, samples, first);
	memcpy(tap->ring, samples + first, bytes - first);
	tap->used_bytes += bytes;
}

static void put_piece(struct tap *tap, const int32_t *stereo, uint32_t frames)
{
	uint8_t samples[PIECE_FRAMES * PCM_CHANNELS * 4];

	pcm_encode(samples, stereo, frames, &tap->format);
	append(tap, samples, frames * frame_bytes(tap));
}

/* Each input frame gives so many output frames at most: rates are from 4 to 192 kHz. */
#define MOST_PER_FRAME 48u

static void put_resampled(struct tap *tap, const int32_t *stereo, uint32_t frames)
{
	int32_t out[PIECE_FRAMES * PCM_CHANNELS];

	while (frames > 0) {
		const uint32_t n = frames < PIECE_FRAMES / MOST_PER_FRAME
					   ? frames
					   : PIECE_FRAMES / MOST_PER_FRAME;

		put_piece(tap, out, resampler_run(&tap->resampler, stereo, n, out, PIECE_FRAMES));
		stereo += (size_t)n * PCM_CHANNELS;
		frames -= n;
	}
}

static void put_as_it_is(struct tap *tap, const int32_t *stereo, uint32_t frames)
{
	while (frames > 0) {
		const uint32_t n = frames < PIECE_FRAMES ? frames : PIECE_FRAMES;

		put_piece(tap, stereo, n);
		stereo += (size_t)n * PCM_CHANNELS;
		frames -= n;
	}
}

bool tap_put(struct tap *tap, const int32_t *stereo, uint32_t frames, uint32_t rate_hz)
{
	bool has_some;

	pthread_mutex_lock(&tap->lock);
	if (tap->ring && rate_hz == tap->format.rate_hz) {
		put_as_it_is(tap, stereo, frames);
	} else if (tap->ring) {
		if (tap->resampler.in_hz != rate_hz)
			resampler_init(&tap->resampler, rate_hz, tap->format.rate_hz);
		put_resampled(tap, stereo, frames);
	}
	has_some = tap->used_bytes > 0;
	pthread_mutex_unlock(&tap->lock);
	return has_some;
}

void tap_set_plays(struct tap *tap, bool plays)
{
	pthread_mutex_lock(&tap->lock);
	tap->plays = plays;
	pthread_mutex_unlock(&tap->lock);
}
