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

/* Guests with a short buffer cannot write so far ahead. @return the lead in frames of the mix. */
static uint64_t lead(const struct voice *voice, uint32_t rate_hz)
{
	const struct xenav_pcm *pcm = &voice->pcm;
	const uint64_t periods = 2 * (uint64_t)pcm->period_frames;
	const uint64_t most = pcm->buffer_frames > periods ? (pcm->buffer_frames - periods) / 2 : 0;
	const uint64_t usual = LEAD_NS / NS_PER_MS * pcm->rate_hz / 1000;

	return (most < usual ? most : usual) * rate_hz / pcm->rate_hz;
}

/* After the last voice the mix goes on until everything is handed out, see run_mix().  A guest that
 * goes on after a pause continues with the frames that are not read. */
static void set_started(struct voices *voices, struct voice *voice, bool started)
{
	if (voice->is_started == started)
		return;
	voice->is_started = started;
	if (!started) {
		voices->n_started--;
		return;
	}
	if (voices->n_started++ == 0)
		mix_begin(&voices->mix, voice->pcm.rate_hz, lead(voice, voice->pcm.rate_hz),
			  monotonic_ns());
	resampler_init(&voice->resampler, voice->pcm.rate_hz, voices->mix.rate_hz);
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
	mix_end(&voices->mix, monotonic_ns());
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
	mix_put(&voices->mix, mix, frames);
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

static uint64_t least_lead(const struct voices *voices)
{
	uint64_t frames = UINT64_MAX;

	for (unsigned int i = 0; i < VOICES_MAX; i++) {
		const struct voice *voice = &voices->list[i];
		const uint64_t n =
			voice->is_started ? lead(voice, voices->mix.rate_hz) : UINT64_MAX;

		frames = n < frames ? n : frames;
	}
	return frames;
}

static void read_ahead(struct voices *voices, uint64_t played)
{
	const uint64_t due = played + least_lead(voices);
	const uint64_t *const put = &voices->mix.put_frames;

	while (due > *put) {
		const uint64_t left = due - *put;
		const uint64_t delay = *put > played ? *put - played : 0;

		run_piece(voices, (uint32_t)(left < PIECE_FRAMES ? left : PIECE_FRAMES),
			  (uint32_t)delay);
	}
}

/* @return when to go on, UINT64_MAX: not before something plays. */
static uint64_t run_mix(struct voices *voices, uint64_t now_ns)
{
	struct mix *mix = &voices->mix;

	if (mix->rate_hz == 0)
		return UINT64_MAX;
	if (voices->n_started > 0) {
		read_ahead(voices, mix_run(mix, now_ns));
		mix_run(mix, now_ns); /* if this thread was late, some of that is due, too */
	} else {
		mix_run(mix, now_ns);
		if (mix_is_empty(mix)) {
			mix_end(mix, now_ns);
			return UINT64_MAX;
		}
	}
	return now_ns + STEP_NS;
}

uint64_t voices_run(struct voices *voices, uint64_t now_ns)
{
	const uint64_t mix_ns = run_mix(voices, now_ns);
	const uint64_t flush_ns = flush(voices, now_ns);

	return mix_ns < flush_ns ? mix_ns : flush_ns;
}
