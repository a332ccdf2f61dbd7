/* SPDX-License-Identifier: MIT */
/* See voices.h. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "vnc/log.h"
#include "vnc/voices.h"

/* The guest's clock is told in steps of this, as libxenav extrapolates between them only for a
 * period. */
#define STEP_NS (3 * NS_PER_MS)

/* Frames are read so long before the guest is told that they are played: on a busy machine this
 * thread may be late, and the guest must not overwrite what is not read. */
#define LEAD_NS (100 * NS_PER_MS)

/* Later than this the time is left out: the machine was asleep. */
#define LATE_NS (500 * NS_PER_MS)

#define PIECE_FRAMES 512u

/* What a stream of another rate has to give for a piece: up to 48 times as many. */
#define INPUT_FRAMES (PIECE_FRAMES * 48u + 1)

#define MAX_FRAME_BYTES (32u * 8u)

static struct voice *find(struct voices *voices, const struct xenav_stream *s)
{
	for (unsigned int i = 0; i < VOICES_MAX; i++)
		if (voices->list[i].s == s)
			return &voices->list[i];
	return NULL;
}

static void set_started(struct voices *voices, struct voice *voice, bool started)
{
	if (voice->is_started == started)
		return;
	voice->is_started = started;
	if (started && voices->n_started++ == 0) {
		voices->rate_hz = voice->pcm.rate_hz;
		voices->begin_ns = monotonic_ns();
		voices->done_frames = 0;
		voices->plays(voices->data, true);
	} else if (!started && --voices->n_started == 0) {
		voices->rate_hz = 0;
		voices->plays(voices->data, false);
	}
	if (started)
		resampler_init(&voice->resampler, voice->pcm.rate_hz, voices->rate_hz);
}

int voices_add(struct voices *voices, struct xenav_stream *s)
{
	struct voice *voice = find(voices, NULL);
	struct xenav_player *player;
	int rc;

	if (!voice)
		return -EUSERS;
	rc = xenav_player_new(&player, s);
	if (rc < 0)
		return rc;
	*voice = (struct voice){.s = s, .player = player};
	return 0;
}

void voices_remove(struct voices *voices, const struct xenav_stream *s)
{
	struct voice *voice = find(voices, s);

	if (!voice)
		return;
	set_started(voices, voice, false);
	xenav_player_free(voice->player);
	*voice = (struct voice){0};
}

void voices_clear(struct voices *voices)
{
	for (unsigned int i = 0; i < VOICES_MAX; i++)
		if (voices->list[i].s)
			voices_remove(voices, voices->list[i].s);
}

void voices_open(struct voices *voices, const struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	struct voice *voice = find(voices, s);

	if (!voice)
		return;
	voice->pcm = *pcm;
	voice->is_open = xenav_format_describe(pcm->format, &voice->format) == 0 &&
			 voice->format.valid_bits <= (voice->format.is_float ? 64 : 32) &&
			 pcm->frame_bytes <= MAX_FRAME_BYTES;
}

/* Reading ahead what is not written yet would be silence, and the guest late from then on. */
static void begin(struct voices *voices, struct voice *voice)
{
	if (voice->is_open && voice->plays && voice->edge_frames > voice->base_frames)
		set_started(voices, voice, true);
}

void voices_set_state(struct voices *voices, const struct xenav_stream *s, int state,
		      uint64_t position_frames)
{
	struct voice *voice = find(voices, s);

	if (!voice)
		return;
	set_started(voices, voice, false);
	voice->plays = state == XENAV_STREAM_STARTED;
	voice->base_frames = position_frames;
	begin(voices, voice);
}

void voices_write(struct voices *voices, const struct xenav_stream *s, uint64_t edge_frames)
{
	struct voice *voice = find(voices, s);

	if (!voice)
		return;
	voice->edge_frames = edge_frames;
	begin(voices, voice);
}

void voices_close(struct voices *voices, const struct xenav_stream *s)
{
	struct voice *voice = find(voices, s);

	if (!voice)
		return;
	set_started(voices, voice, false);
	voice->is_open = voice->plays = false;
	voice->edge_frames = 0;
}

/* -------- reading -------- */

static void apply_volume(const struct voice *voice, int32_t *stereo, uint32_t frames)
{
	for (unsigned int c = 0; c < PCM_CHANNELS; c++) {
		const unsigned int channel = c < voice->pcm.channels ? c : 0;
		const int32_t mdb = xenav_stream_get_volume(voice->s, channel);

		if (xenav_stream_is_muted(voice->s, channel))
			pcm_scale(stereo, frames, c, 0);
		else if (mdb != 0)
			pcm_scale(stereo, frames, c, pow(10, mdb / 20000.0));
	}
}

/* Piece by piece, as frames may be large. */
static void read_frames(struct voice *voice, int32_t *stereo, uint32_t frames,
			uint32_t delay_frames)
{
	uint8_t samples[64 * MAX_FRAME_BYTES];

	while (frames > 0) {
		const uint32_t n = frames < 64 ? frames : 64;

		if (xenav_player_read(voice->player, samples, n, delay_frames) < 0)
			memset(stereo, 0, (size_t)n * PCM_CHANNELS * sizeof *stereo);
		else
			pcm_decode(stereo, samples, n, &voice->format, voice->pcm.channels);
		stereo += (size_t)n * PCM_CHANNELS;
		delay_frames += n;
		frames -= n;
	}
}

/* The same number of frames of the mix's rate. */
static void read_voice(struct voice *voice, int32_t *stereo, uint32_t frames, uint32_t delay_frames)
{
	static _Thread_local int32_t in[INPUT_FRAMES * PCM_CHANNELS];
	const struct resampler *r = &voice->resampler;
	uint32_t n = frames;

	if (r->in_hz == r->out_hz) {
		read_frames(voice, stereo, frames, delay_frames);
	} else {
		n = resampler_need(r, frames);
		n = n < INPUT_FRAMES ? n : INPUT_FRAMES;
		read_frames(voice, in, n,
			    (uint32_t)((uint64_t)delay_frames * r->in_hz / r->out_hz));
		n = resampler_run(&voice->resampler, in, n, stereo, frames);
		memset(stereo + (size_t)n * PCM_CHANNELS, 0,
		       (size_t)(frames - n) * PCM_CHANNELS * sizeof *stereo);
	}
	apply_volume(voice, stereo, frames);
}

static void run_piece(struct voices *voices, uint32_t frames, uint32_t delay_frames)
{
	int32_t mix[PIECE_FRAMES * PCM_CHANNELS] = {0}, one[PIECE_FRAMES * PCM_CHANNELS];

	for (unsigned int i = 0; i < VOICES_MAX; i++) {
		struct voice *voice = &voices->list[i];

		if (!voice->is_started)
			continue;
		read_voice(voice, one, frames, delay_frames);
		pcm_mix(mix, one, frames);
	}
	voices->heard(voices->data, mix, frames, voices->rate_hz);
	voices->done_frames += frames;
}

/* Frames are left out when this thread was so late that xenavd's own clock went on. */
static void tell_skipped(struct voice *voice)
{
	const uint64_t frames = xenav_player_get_stats(voice->player)->skipped_frames;

	if (frames <= voice->told_frames)
		return;
	log_client("Stream %s: %" PRIu64 " frames are left out, because this machine is too busy",
		   xenav_stream_get_info(voice->s)->unique_id, frames - voice->told_frames);
	voice->told_frames = frames;
}

/* @return when the first player wants to be called. */
static uint64_t flush(struct voices *voices, uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;

	for (unsigned int i = 0; i < VOICES_MAX; i++) {
		struct voice *voice = &voices->list[i];
		const int64_t ns = voice->player ? xenav_player_flush(voice->player) : -1;

		if (voice->player)
			tell_skipped(voice);
		if (ns >= 0 && now_ns + (uint64_t)ns < next_ns)
			next_ns = now_ns + (uint64_t)ns;
	}
	return next_ns;
}

/* @return the frames of the mix that have passed since it began. */
static uint64_t passed(struct voices *voices, uint64_t now_ns)
{
	const uint64_t rate_hz = voices->rate_hz;
	const uint64_t frames =
		(uint64_t)((unsigned __int128)(now_ns - voices->begin_ns) * rate_hz / NS_PER_S);

	if (frames < voices->done_frames + LATE_NS / NS_PER_MS * rate_hz / 1000)
		return frames;
	voices->begin_ns = now_ns;
	voices->done_frames = 0;
	return 0;
}

/* Guests with a short buffer cannot write so far ahead. @return the lead in frames of the mix. */
static uint64_t lead(const struct voices *voices)
{
	uint64_t frames = LEAD_NS / NS_PER_MS * voices->rate_hz / 1000;

	for (unsigned int i = 0; i < VOICES_MAX; i++) {
		const struct xenav_pcm *pcm = &voices->list[i].pcm;
		const uint64_t periods = 2 * (uint64_t)pcm->period_frames;
		uint64_t most;

		if (!voices->list[i].is_started)
			continue;
		most = pcm->buffer_frames > periods ? (pcm->buffer_frames - periods) / 2 : 0;
		most = most * voices->rate_hz / pcm->rate_hz;
		frames = most < frames ? most : frames;
	}
	return frames;
}

static void read_due(struct voices *voices, uint64_t now_ns)
{
	const uint64_t played = passed(voices, now_ns);
	const uint64_t due = played + lead(voices);

	while (due > voices->done_frames) {
		const uint64_t left = due - voices->done_frames;
		const uint64_t delay =
			voices->done_frames > played ? voices->done_frames - played : 0;

		run_piece(voices, (uint32_t)(left < PIECE_FRAMES ? left : PIECE_FRAMES),
			  (uint32_t)delay);
	}
}

uint64_t voices_run(struct voices *voices, uint64_t now_ns)
{
	uint64_t next_ns;

	if (voices->n_started > 0)
		read_due(voices, now_ns);
	next_ns = flush(voices, now_ns);
	if (voices->n_started > 0 && now_ns + STEP_NS < next_ns)
		next_ns = now_ns + STEP_NS;
	return next_ns;
}
