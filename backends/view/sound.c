/* SPDX-License-Identifier: MIT */
/* See sound.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "view/samples.h"
#include "view/sound.h"
#include "view/title.h"

/* Each call of SDL takes this much at most; it is a power of two. */
#define CALL_MS         22
#define CALL_MIN_FRAMES 64

/* A device stays open for so long, because opening and closing one takes SDL some ten
 * milliseconds, and guests often open a stream again at once. */
#define IDLE_NS (3 * NS_PER_S)

/* Frames of float64 are larger than what is made of them. */
#define MAX_FRAME_BYTES (8 * SAMPLES_MAX_CHANNELS)

/* The device's lock guards what both threads use of it. */
struct tune {
	LIST_ENTRY(tune) next;
	struct xenav_stream *s;
	struct xenav_player *player;
	SDL_AudioDeviceID device; /* 0: none */
	SDL_AudioSpec spec;
	uint64_t idle_ns; /* when the device is to be closed; UINT64_MAX: not */
	int said;         /* the last complaint */
	/* The rest is for SDL's thread. */
	bool is_playing; /* the player and the format belong to what the device plays */
	uint8_t format;
	bool same; /* SDL takes the format as it is */
	bool is_scaled;
	float gains[SAMPLES_MAX_CHANNELS];
	uint8_t *room; /* for samples that are converted, of one call */
};

static void say(struct tune *t, int error, const char *what)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(t->s);
	char domain[96];

	if (t->said == error)
		return;
	t->said = error;
	title_clean(domain, sizeof domain, info->domain_name);
	fprintf(stderr, "xenav-view: No sound of stream %u/%u of %s: %s\n", (unsigned int)info->pcm,
		(unsigned int)info->stream, domain, what);
}

/* -------- SDL's thread -------- */

/* @return frames of the guest, or -EAGAIN with silence to be played. */
static int take(struct tune *t, Uint8 *dst, uint32_t frames)
{
	int rc;

	if (!t->is_playing)
		return -EAGAIN;
	if (t->same)
		return xenav_player_read(t->player, dst, frames, t->spec.samples);
	rc = xenav_player_read(t->player, t->room, frames, t->spec.samples);
	if (rc >= 0)
		samples_convert(t->format, dst, t->room, (size_t)frames * t->spec.channels);
	return rc;
}

static void SDLCALL play(void *data, Uint8 *dst, int bytes)
{
	struct tune *const t = data;
	const uint32_t frame_bytes = SDL_AUDIO_BITSIZE(t->spec.format) / 8u * t->spec.channels;
	uint32_t frames = (uint32_t)bytes / frame_bytes;

	while (frames > 0) {
		const uint32_t n = frames < t->spec.samples ? frames : t->spec.samples;

		if (take(t, dst, n) < 0)
			memset(dst, t->spec.silence, (size_t)n * frame_bytes);
		else if (t->is_scaled)
			samples_scale(t->spec.format, dst, n, t->spec.channels, t->gains);
		dst += (size_t)n * frame_bytes;
		frames -= n;
	}
}

/* -------- the device -------- */

/* The guest's buffer holds this call, the one that is being played, two periods, and some more. */
static uint16_t frames_of_a_call(const struct xenav_pcm *pcm)
{
	const uint64_t most = (uint64_t)pcm->rate_hz * CALL_MS / 1000;
	const uint64_t periods = (uint64_t)pcm->period_frames * 2;
	const uint64_t room = pcm->buffer_frames > periods ? pcm->buffer_frames - periods : 0;
	uint32_t frames = CALL_MIN_FRAMES;

	while (frames * 2 <= most && (uint64_t)frames * 6 <= room && frames < 0x4000)
		frames *= 2;
	return (uint16_t)frames;
}

static void close_device(struct tune *t)
{
	if (t->device)
		SDL_CloseAudioDevice(t->device);
	t->device = 0;
	t->idle_ns = UINT64_MAX;
	free(t->room);
	t->room = NULL;
}

/* @return whether the device that is open takes the same. */
static bool fits(const struct tune *t, const SDL_AudioSpec *wanted)
{
	return t->device && t->spec.freq == wanted->freq && t->spec.format == wanted->format &&
	       t->spec.channels == wanted->channels && t->spec.samples == wanted->samples;
}

/* The mixer of the desktop shows the device by this name. */
static void name_device(const struct xenav_stream *s)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);
	char domain[96], id[96], name[200];

	title_clean(domain, sizeof domain, info->domain_name);
	title_clean(id, sizeof id, info->unique_id);
	snprintf(name, sizeof name, "%s: %s", domain, id);
	SDL_SetHint(SDL_HINT_AUDIO_DEVICE_STREAM_NAME, name);
}

static int open_device(struct tune *t, const SDL_AudioSpec *wanted)
{
	SDL_AudioSpec obtained;

	if (fits(t, wanted))
		return 0;
	close_device(t);
	t->room = malloc((size_t)wanted->samples * MAX_FRAME_BYTES);
	if (!t->room)
		return -ENOMEM;
	name_device(t->s);
	/* The callback begins when the device is unpaused. */
	t->device = SDL_OpenAudioDevice(NULL, 0, wanted, &obtained, 0);
	if (!t->device) {
		close_device(t);
		return -EIO;
	}
	t->spec = obtained;
	return 0;
}

/* -------- an opening of the guest -------- */

static void update_gains(struct tune *t)
{
	float gains[SAMPLES_MAX_CHANNELS];
	bool is_scaled = false;

	for (unsigned int i = 0; i < SAMPLES_MAX_CHANNELS; i++) {
		gains[i] = samples_gain(xenav_stream_get_volume(t->s, i),
					xenav_stream_is_muted(t->s, i));
		is_scaled |= gains[i] < 1 || gains[i] > 1;
	}
	SDL_LockAudioDevice(t->device);
	memcpy(t->gains, gains, sizeof gains);
	t->is_scaled = is_scaled;
	SDL_UnlockAudioDevice(t->device);
}

static void start(struct tune *t, const struct xenav_pcm *pcm)
{
	SDL_AudioSpec wanted = {.callback = play, .userdata = t};
	int rc;

	wanted.freq = (int)pcm->rate_hz;
	wanted.format = samples_format(pcm->format, &t->same);
	wanted.channels = pcm->channels;
	wanted.samples = frames_of_a_call(pcm);
	if (!wanted.format || pcm->channels > SAMPLES_MAX_CHANNELS) {
		say(t, -EOPNOTSUPP, "SDL does not play this format");
		return;
	}
	rc = open_device(t, &wanted);
	if (rc < 0) {
		say(t, rc, rc == -EIO ? SDL_GetError() : strerror(-rc));
		return;
	}
	t->said = 0;
	t->idle_ns = UINT64_MAX;
	update_gains(t);
	SDL_LockAudioDevice(t->device);
	t->format = pcm->format;
	t->is_playing = true;
	SDL_UnlockAudioDevice(t->device);
	SDL_PauseAudioDevice(t->device, 0);
}

static void stop(struct tune *t)
{
	if (!t->device)
		return;
	SDL_LockAudioDevice(t->device);
	t->is_playing = false;
	SDL_UnlockAudioDevice(t->device);
	t->idle_ns = monotonic_ns() + IDLE_NS;
}

/* -------- streams -------- */

static void limit(struct xenav_stream *s)
{
	struct xenav_limits limits = {.size = sizeof limits, .channels_max = SAMPLES_MAX_CHANNELS};
	bool same;

	for (uint8_t format = 0; xenav_format_name(format); format++)
		if (samples_format(format, &same))
			limits.formats |= UINT64_C(1) << format;
	xenav_stream_set_limits(s, &limits);
}

int sounds_add(struct sounds *sounds, struct xenav_stream *s)
{
	struct tune *t = calloc(1, sizeof *t);
	int rc;

	if (!t)
		return -ENOMEM;
	t->s = s;
	t->idle_ns = UINT64_MAX;
	rc = xenav_player_new(&t->player, s);
	if (rc == 0)
		rc = sounds->is_watching ? xenav_stream_watch(s) : xenav_stream_claim(s);
	if (rc < 0) {
		xenav_player_free(t->player);
		free(t);
		return rc;
	}
	if (!sounds->is_watching)
		limit(s);
	xenav_stream_set_data(s, t);
	LIST_INSERT_HEAD(&sounds->list, t, next);
	return 0;
}

static void forget(struct tune *t)
{
	stop(t);
	close_device(t);
	xenav_player_free(t->player);
	xenav_stream_set_data(t->s, NULL);
	LIST_REMOVE(t, next);
	free(t);
}

void sounds_remove(struct xenav_stream *s)
{
	struct tune *t = xenav_stream_get_data(s);

	if (t)
		forget(t);
}

void sounds_release(struct sounds *sounds, uint32_t domid)
{
	struct tune *t, *next;

	for (t = LIST_FIRST(&sounds->list); t; t = next) {
		struct xenav_stream *s = t->s;

		next = LIST_NEXT(t, next);
		if (xenav_stream_get_info(s)->domid != domid)
			continue;
		forget(t);
		xenav_stream_release(s);
	}
}

void sounds_clear(struct sounds *sounds)
{
	while (!LIST_EMPTY(&sounds->list))
		forget(LIST_FIRST(&sounds->list));
}

void sounds_claim_failed(struct sounds *sounds, struct xenav_stream *s, int error)
{
	struct tune *t = xenav_stream_get_data(s);

	if (!t)
		return;
	if (error != -EBUSY)
		say(t, error, strerror(-error));
	else if (!sounds->is_quiet)
		say(t, error, "another program plays it");
	forget(t);
}

void sounds_opened(struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	struct tune *t = xenav_stream_get_data(s);

	if (t)
		start(t, pcm);
}

void sounds_closed(struct xenav_stream *s)
{
	struct tune *t = xenav_stream_get_data(s);

	if (t)
		stop(t);
}

void sounds_volume(struct xenav_stream *s)
{
	struct tune *t = xenav_stream_get_data(s);

	if (t && t->device)
		update_gains(t);
}

/* -------- devices that come and go -------- */

static void start_again(struct tune *t)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(t->s);

	if (!t->device && pcm)
		start(t, pcm);
}

void sounds_device_gone(struct sounds *sounds, SDL_AudioDeviceID device)
{
	struct tune *t;

	LIST_FOREACH (t, &sounds->list, next) {
		if (t->device != device)
			continue;
		stop(t);
		close_device(t);
		start_again(t);
	}
}

void sounds_device_added(struct sounds *sounds)
{
	struct tune *t;

	LIST_FOREACH (t, &sounds->list, next)
		start_again(t);
}

uint64_t sounds_work(struct sounds *sounds, uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;
	struct tune *t;

	LIST_FOREACH (t, &sounds->list, next) {
		const int64_t wait_ns = xenav_player_flush(t->player);

		if (now_ns >= t->idle_ns)
			close_device(t);
		if (t->idle_ns < next_ns)
			next_ns = t->idle_ns;
		if (wait_ns >= 0 && now_ns + (uint64_t)wait_ns < next_ns)
			next_ns = now_ns + (uint64_t)wait_ns;
	}
	return next_ns;
}
