/* SPDX-License-Identifier: MIT */
/* See mix.h. */
#include <config.h>

#include <string.h>

#include "common/clock.h"
#include "vnc/mix.h"

/* Frames are handed out so long before the guest is told that they are played.  Clients get them in
 * messages of 12 ms, that is four steps of voices.c for the 10 ms of sound.c: the middle of a
 * message leaves when it is due.  A longer time would not help: clients collect samples before they
 * play any (gtk-vnc 50 ms, the page 40 ms), which covers messages that are late, and the picture
 * reaches a client late, too, by up to a frame.  Sound that is late by that is less noticed than
 * sound that is early. */
#define AHEAD_NS (6 * NS_PER_MS)

/* Later than this the time is left out. */
#define LATE_NS (500 * NS_PER_MS)

/* @return the frames of so much time. */
static uint64_t frames_of(const struct mix *mix, uint64_t ns)
{
	return (uint64_t)((unsigned __int128)ns * mix->rate_hz / NS_PER_S);
}

bool mix_is_empty(const struct mix *mix)
{
	return mix->put_frames == mix->taken_frames;
}

/* Hand out the frames before this one, in up to two parts, as the ring has an end. */
static void hand_out(struct mix *mix, uint64_t until_frames)
{
	if (until_frames > mix->put_frames)
		until_frames = mix->put_frames;
	while (mix->taken_frames < until_frames) {
		const uint32_t at = (uint32_t)(mix->taken_frames % MIX_FRAMES);
		const uint64_t left = until_frames - mix->taken_frames;
		const uint32_t n = left < MIX_FRAMES - at ? (uint32_t)left : MIX_FRAMES - at;

		mix->heard(mix->data, mix->ring + (size_t)at * PCM_CHANNELS, n, mix->rate_hz);
		mix->taken_frames += n;
	}
}

static void restart(struct mix *mix, uint64_t now_ns)
{
	mix->begin_ns = now_ns;
	mix->put_frames = mix->taken_frames = 0;
}

uint64_t mix_run(struct mix *mix, uint64_t now_ns)
{
	const uint64_t passed = frames_of(mix, now_ns - mix->begin_ns);

	if (passed < mix->put_frames + frames_of(mix, LATE_NS)) {
		hand_out(mix, passed + frames_of(mix, AHEAD_NS));
		return passed;
	}
	hand_out(mix, mix->put_frames);
	restart(mix, now_ns);
	return 0;
}

/* @return whether the mix goes on, without what is beyond the lead. */
static bool go_on(struct mix *mix, uint32_t rate_hz, uint64_t lead_frames, uint64_t now_ns)
{
	const uint64_t end = mix_run(mix, now_ns) + lead_frames;

	if (mix->rate_hz != rate_hz || mix_is_empty(mix))
		return false;
	if (mix->put_frames > end)
		mix->put_frames = end > mix->taken_frames ? end : mix->taken_frames;
	return true;
}

void mix_begin(struct mix *mix, uint32_t rate_hz, uint64_t lead_frames, uint64_t now_ns)
{
	if (mix->rate_hz > 0 && go_on(mix, rate_hz, lead_frames, now_ns))
		return;
	mix->rate_hz = rate_hz;
	restart(mix, now_ns);
	mix->plays(mix->data, true);
}

void mix_end(struct mix *mix, uint64_t now_ns)
{
	if (mix->rate_hz == 0)
		return;
	mix_run(mix, now_ns);
	mix->rate_hz = 0;
	restart(mix, now_ns);
	mix->plays(mix->data, false);
}

void mix_put(struct mix *mix, const int32_t *stereo, uint32_t frames)
{
	while (frames > 0) {
		const uint32_t at = (uint32_t)(mix->put_frames % MIX_FRAMES);
		const uint32_t n = frames < MIX_FRAMES - at ? frames : MIX_FRAMES - at;

		if (mix->put_frames + n > MIX_FRAMES)
			hand_out(mix, mix->put_frames + n - MIX_FRAMES);
		memcpy(mix->ring + (size_t)at * PCM_CHANNELS, stereo,
		       (size_t)n * PCM_CHANNELS * sizeof *stereo);
		mix->put_frames += n;
		stereo += (size_t)n * PCM_CHANNELS;
		frames -= n;
	}
}
