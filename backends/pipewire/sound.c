/* SPDX-License-Identifier: MIT */
/* See sound.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "format.h"
#include "names.h"
#include "sound-node.h"
#include "sound.h"

/* A node that PipeWire had no use for is made anew after that time. */
#define RETRY_NS NS_PER_S

/* The node of a guest that has stopped stands still after that time: what is in PipeWire is played
 * meanwhile, and a guest that goes on at once does not wait for a sleeping device. */
#define LINGER_NS (2 * NS_PER_S)

/* The least buffer of a guest, in times of --latency. */
#define BUFFER_LATENCIES 2

struct sound {
	TAILQ_ENTRY(sound) link; /* app::sounds */
	struct app *app;
	struct xenav_stream *s;
	struct names names;
	struct out out;
	struct out microphone;           /* a guest cannot hide it among other lines */
	bool said_open;                  /* the user knows that the guest can hear a microphone */
	struct xenav_player *player;     /* of playback */
	struct xenav_recorder *recorder; /* of capture */
	struct node *node;
	bool capture;
	bool failed;       /* the node is to be freed */
	bool said_failure; /* of this opening */
	bool said_refusal; /* of the claim */
	bool has_volume;   /* the guest has set one */
	bool any_buffer;   /* the guest's configuration allows only small ones */
	uint64_t claim_ns; /* when to claim again, or UINT64_MAX */
	uint64_t retry_ns; /* no node before */
	uint64_t idle_ns;  /* when the node is to stand still, UINT64_MAX: never */
};

/* -------- claims -------- */

/* The guest writes one half of its buffer while PipeWire takes the other at once. */
static void set_limits(struct sound *sound)
{
	struct xenav_limits limits = format_limits;

	if (!sound->any_buffer)
		limits.buffer_min_frames =
			BUFFER_LATENCIES * (uint32_t)sound->app->opt.latency_frames;
	xenav_stream_set_limits(sound->s, &limits);
}

static int make_player(struct sound *sound)
{
	if (sound->capture)
		return xenav_recorder_new(&sound->recorder, sound->s);
	return xenav_player_new(&sound->player, sound->s);
}

static void claim(struct sound *sound)
{
	int rc;

	sound->claim_ns = UINT64_MAX;
	if (sound->capture)
		rc = xenav_stream_feed(sound->s);
	else
		rc = xenav_stream_claim_wait(sound->s);
	if (rc == 0)
		set_limits(sound);
}

/* -------- nodes -------- */

static void drop_node(struct sound *sound)
{
	node_free(sound->node);
	sound->node = NULL;
	sound->failed = false;
}

static void apply_volume(struct sound *sound)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(sound->s);
	float factors[SPA_AUDIO_MAX_CHANNELS];
	bool muted = true;

	if (!sound->node || !pcm || !sound->has_volume)
		return;
	for (unsigned i = 0; i < pcm->channels; i++)
		muted = muted && xenav_stream_is_muted(sound->s, i);
	/* PipeWire mutes all channels or none. */
	for (unsigned i = 0; i < pcm->channels; i++)
		factors[i] = !muted && xenav_stream_is_muted(sound->s, i)
				     ? 0.0f
				     : format_volume(xenav_stream_get_volume(sound->s, i));
	node_set_volume(sound->node, factors, muted);
}

static void on_node_ready(void *data)
{
	apply_volume(data);
}

static void on_node_volume(void *data, float factor, bool muted)
{
	struct sound *sound = data;

	out_say(&sound->out, "volume=%.0f%%%s", (double)(factor * 100.0f), muted ? " muted" : "");
}

static void on_node_failed(void *data, const char *error)
{
	struct sound *sound = data;

	/* Without a server all of them fail, and one line says why. */
	if (sound->app->core && !sound->said_failure)
		out_warn(&sound->out, "PipeWire does not take the stream: %s", error);
	sound->said_failure = true;
	sound->failed = true;
	sound->retry_ns = monotonic_ns() + RETRY_NS;
	link_work_soon(sound->app->link);
}

static void make_node(struct sound *sound, uint64_t now_ns)
{
	const struct pipewire_options *o = &sound->app->opt;
	const struct node_config config = {
		.core = sound->app->core,
		.names = &sound->names,
		.target = sound->capture ? o->capture_target : o->target,
		.role = o->role,
		.latency_frames = o->latency_frames,
		.pcm = xenav_stream_get_pcm(sound->s),
		.player = sound->player,
		.recorder = sound->recorder,
		.data = sound,
		.volume = on_node_volume,
		.ready = on_node_ready,
		.failed = on_node_failed,
	};
	int rc;

	rc = node_new(&sound->node, &config);
	if (rc == 0)
		return;
	sound->node = NULL;
	sound->retry_ns = now_ns + RETRY_NS;
	if (!sound->said_failure)
		out_warn(&sound->out, "Cannot make a node: %s", strerror(-rc));
	sound->said_failure = true;
}

/* Is the stream open, in a way that PipeWire can take? */
static bool wants_node(const struct sound *sound)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(sound->s);

	return pcm && format_can(pcm) && (sound->player || sound->recorder);
}

static uint64_t work_on_node(struct sound *sound, uint64_t now_ns)
{
	if (sound->failed)
		drop_node(sound);
	if (!sound->app->core || !wants_node(sound))
		return UINT64_MAX;
	if (!sound->node && now_ns < sound->retry_ns)
		return sound->retry_ns;
	if (!sound->node)
		make_node(sound, now_ns);
	if (!sound->node)
		return sound->retry_ns;
	if (now_ns < sound->idle_ns)
		return sound->idle_ns;
	node_set_active(sound->node, false);
	return UINT64_MAX;
}

/* Say when a microphone has been opened or closed, with --quiet too: no guest can hide that among
 * other lines.  @return when there is room for it, UINT64_MAX: nothing to say. */
static uint64_t say_microphone(struct sound *sound, uint64_t now_ns)
{
	const bool open = sound->capture && sound->node && node_is_active(sound->node);
	struct out *const out = &sound->app->microphones;

	if (open == sound->said_open)
		return UINT64_MAX;
	if (now_ns < out_room_ns(out))
		return out_room_ns(out);
	out_warn(out, "%s: The microphone is %s", sound->names.description,
		 open ? "OPEN: the guest can hear it" : "closed");
	sound->said_open = open;
	return UINT64_MAX;
}

static uint64_t flush(struct sound *sound, uint64_t now_ns)
{
	int64_t after_ns = -1;

	if (sound->player)
		after_ns = xenav_player_flush(sound->player);
	else if (sound->recorder)
		after_ns = xenav_recorder_flush(sound->recorder);
	return after_ns < 0 ? UINT64_MAX : now_ns + (uint64_t)after_ns;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t sound_work(struct app *app, uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;
	struct sound *sound;

	TAILQ_FOREACH (sound, &app->sounds, link) {
		if (now_ns >= sound->claim_ns)
			claim(sound);
		next_ns = earlier(next_ns, sound->claim_ns);
		next_ns = earlier(next_ns, work_on_node(sound, now_ns));
		next_ns = earlier(next_ns, say_microphone(sound, now_ns));
		next_ns = earlier(next_ns, flush(sound, now_ns));
	}
	return next_ns;
}

void sound_on_down(struct app *app)
{
	struct sound *sound;

	TAILQ_FOREACH (sound, &app->sounds, link) {
		drop_node(sound);
		sound->retry_ns = 0;
	}
}

/* -------- an opening -------- */

static void set_running(struct sound *sound, bool running)
{
	sound->idle_ns = running ? UINT64_MAX : monotonic_ns() + LINGER_NS;
	if (sound->node && running)
		node_set_active(sound->node, true);
}

void sound_on_opened(void *, struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	sound->said_failure = false;
	sound->retry_ns = 0;
	if (format_can(pcm))
		out_say(&sound->out, "opened rate=%u format=%s channels=%u buffer=%u period=%u",
			(unsigned)pcm->rate_hz, xenav_format_name(pcm->format), pcm->channels,
			(unsigned)pcm->buffer_frames, (unsigned)pcm->period_frames);
	else
		out_warn(&sound->out, "PipeWire cannot take %s with %u channels at %u Hz, no sound",
			 xenav_format_name(pcm->format) ? xenav_format_name(pcm->format) : "it",
			 pcm->channels, (unsigned)pcm->rate_hz);
	set_running(sound, false);
}

void sound_on_state(void *, struct xenav_stream *s, int state, uint64_t)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	set_running(sound, state == XENAV_STREAM_STARTED);
}

void sound_on_volume(void *, struct xenav_stream *s)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	sound->has_volume = true;
	apply_volume(sound);
}

static void end_opening(struct sound *sound)
{
	drop_node(sound);
	sound->has_volume = false;
}

void sound_on_closed(void *, struct xenav_stream *s)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	end_opening(sound);
	out_say(&sound->out, "closed");
}

/* -------- streams -------- */

void sound_on_added(void *data, struct xenav_stream *s)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);
	struct app *app = data;
	struct sound *sound;
	int rc;

	if (app->opt.no_sound || (info->direction == XENAV_CAPTURE && !app->opt.capture) ||
	    !selection_has_domain(&app->opt.common.selection, info->domid, info->domain_name) ||
	    !selection_has_object(&app->opt.common.selection, info->devid, info->unique_id))
		return;
	sound = calloc(1, sizeof *sound);
	if (!sound) {
		out_warn(&app->out, "Out of memory: a stream is left out");
		return;
	}
	sound->app = app;
	sound->s = s;
	sound->capture = info->direction == XENAV_CAPTURE;
	sound->idle_ns = UINT64_MAX;
	names_of_stream(&sound->names, info);
	sound->out = (struct out){.label = sound->names.description, .quiet = app->out.quiet};
	xenav_stream_set_data(s, sound);
	TAILQ_INSERT_TAIL(&app->sounds, sound, link);
	rc = make_player(sound);
	if (rc == 0)
		claim(sound);
	else
		out_warn(&sound->out, "The stream is left out: %s", strerror(-rc));
}

void sound_on_claimed(void *, struct xenav_stream *s)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	sound->said_refusal = false;
	out_say(&sound->out, "%s", sound->capture ? "the guest may record" : "claimed");
}

void sound_on_claim_failed(void *, struct xenav_stream *s, int error)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	if (!sound->said_refusal)
		out_warn(&sound->out, "Cannot claim the stream: %s", strerror(-error));
	sound->said_refusal = true;
	/* Others may leave; rights stay as they are. */
	if (error == -EBUSY || error == -EUSERS)
		sound->claim_ns = monotonic_ns() + RETRY_NS;
}

void sound_on_limits_failed(void *, struct xenav_stream *s, int)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	if (!sound->any_buffer) {
		sound->any_buffer = true;
		set_limits(sound);
	} else {
		out_warn(&sound->out, "The guest's configuration allows only sound that PipeWire "
				      "cannot take");
	}
}

static void forget(struct sound *sound)
{
	end_opening(sound);
	say_microphone(sound, UINT64_MAX);
	xenav_player_free(sound->player);
	xenav_recorder_free(sound->recorder);
	TAILQ_REMOVE(&sound->app->sounds, sound, link);
	free(sound);
}

void sound_on_removed(void *, struct xenav_stream *s)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	out_say(&sound->out, "removed");
	xenav_stream_set_data(s, NULL);
	forget(sound);
}

void sound_finish(struct app *app)
{
	while (!TAILQ_EMPTY(&app->sounds))
		forget(TAILQ_FIRST(&app->sounds));
}
