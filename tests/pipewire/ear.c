/* SPDX-License-Identifier: MIT */
/* A program that records, and one that is a microphone: see desk.h. */
#include <config.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <spa/param/audio/format-utils.h>
#include <spa/param/latency-utils.h>

#include "common/clock.h"
#include "pipewire/desk-priv.h"
#include "pipewire/pw-lab.h"

/* Two minutes. */
#define EAR_FRAMES   ((size_t)120 * PW_LAB_RATE_HZ)
#define EAR_CHANNELS 2
#define EAR_CALLS    20000

struct ear {
	struct desk *desk;
	struct pw_stream *stream;
	struct spa_hook hook;
	int16_t *samples;
	_Atomic size_t frames;
	uint64_t latency_ns;
	/* The calls that brought samples. */
	struct call {
		size_t frame;
		uint64_t when_ns;
	} calls[EAR_CALLS];
	_Atomic unsigned n_calls;
};

static int connect_stream(struct pw_stream *stream, enum pw_direction direction, uint32_t channels,
			  enum pw_stream_flags flags)
{
	struct spa_audio_info_raw info = {
		.format = SPA_AUDIO_FORMAT_S16,
		.rate = PW_LAB_RATE_HZ,
		.channels = channels,
		.position = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR},
	};
	uint8_t room[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(room, sizeof room);
	const struct spa_pod *params[1];

	if (channels == 1)
		info.position[0] = SPA_AUDIO_CHANNEL_MONO;
	params[0] = spa_format_audio_raw_build(&b, SPA_PARAM_EnumFormat, &info);
	return pw_stream_connect(stream, direction, PW_ID_ANY,
				 flags | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS,
				 params, 1);
}

static void note_call(struct ear *ear, size_t frame)
{
	const unsigned n = atomic_load(&ear->n_calls);

	if (n == EAR_CALLS)
		return;
	ear->calls[n] = (struct call){frame, monotonic_ns()};
	atomic_store(&ear->n_calls, n + 1);
}

static void on_hear(void *data)
{
	struct ear *ear = data;
	struct pw_buffer *b = pw_stream_dequeue_buffer(ear->stream);
	const size_t have = atomic_load(&ear->frames);
	struct spa_data *d;
	size_t frames;

	if (!b)
		return;
	d = &b->buffer->datas[0];
	frames = d->chunk->size / (EAR_CHANNELS * sizeof *ear->samples);
	if (d->data && have + frames <= EAR_FRAMES) {
		memcpy(ear->samples + have * EAR_CHANNELS, (uint8_t *)d->data + d->chunk->offset,
		       frames * EAR_CHANNELS * sizeof *ear->samples);
		note_call(ear, have);
		atomic_store(&ear->frames, have + frames);
	}
	pw_stream_queue_buffer(ear->stream, b);
}

/* The latency of the sink, for those that play to it: of no effect before there is a format. */
static void on_param(void *data, uint32_t id, const struct spa_pod *param)
{
	struct ear *ear = data;
	struct spa_latency_info info = SPA_LATENCY_INFO(
		SPA_DIRECTION_INPUT, .min_ns = ear->latency_ns, .max_ns = ear->latency_ns);
	uint8_t room[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(room, sizeof room);
	const struct spa_pod *params[1] = {spa_latency_build(&b, SPA_PARAM_Latency, &info)};

	if (id == SPA_PARAM_Format && param && ear->latency_ns > 0)
		pw_stream_update_params(ear->stream, params, 1);
}

static const struct pw_stream_events ear_events = {
	.version = PW_VERSION_STREAM_EVENTS,
	.param_changed = on_param,
	.process = on_hear,
};

static int open_ear(struct ear **out, struct desk *desk, struct pw_properties *props,
		    enum pw_stream_flags flags, uint64_t latency_ns)
{
	struct ear *ear = calloc(1, sizeof *ear);
	int rc = -ENOMEM;

	if (!ear)
		return -ENOMEM;
	ear->desk = desk;
	ear->latency_ns = latency_ns;
	ear->samples = malloc(EAR_FRAMES * EAR_CHANNELS * sizeof *ear->samples);
	pw_thread_loop_lock(desk->loop);
	if (ear->samples)
		ear->stream = pw_stream_new(desk->core, "ear", props);
	if (ear->stream) {
		pw_stream_add_listener(ear->stream, &ear->hook, &ear_events, ear);
		rc = connect_stream(ear->stream, PW_DIRECTION_INPUT, EAR_CHANNELS, flags);
	}
	pw_thread_loop_unlock(desk->loop);
	if (rc < 0)
		ear_close(ear);
	else
		*out = ear;
	return rc;
}

int ear_open(struct ear **ear, struct desk *desk, const char *sink)
{
	return open_ear(ear, desk,
			pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY,
					  "Capture", PW_KEY_NODE_NAME, "ear",
					  PW_KEY_STREAM_CAPTURE_SINK, "true", PW_KEY_TARGET_OBJECT,
					  sink, NULL),
			PW_STREAM_FLAG_AUTOCONNECT, 0);
}

int ear_open_sink(struct ear **ear, struct desk *desk, const char *node_name, uint64_t latency_ns)
{
	return open_ear(ear, desk,
			pw_properties_new(PW_KEY_MEDIA_CLASS, "Audio/Sink", PW_KEY_NODE_NAME,
					  node_name, NULL),
			PW_STREAM_FLAG_NONE, latency_ns);
}

void ear_close(struct ear *ear)
{
	if (!ear)
		return;
	pw_thread_loop_lock(ear->desk->loop);
	if (ear->stream)
		pw_stream_destroy(ear->stream);
	pw_thread_loop_unlock(ear->desk->loop);
	free(ear->samples);
	free(ear);
}

/* The sink plays what one call brings from then on. */
uint64_t ear_when_ns(struct ear *ear, size_t frame)
{
	const unsigned n = atomic_load(&ear->n_calls);

	for (unsigned i = n; i > 0; i--) {
		const struct call *call = &ear->calls[i - 1];

		if (call->frame <= frame)
			return call->when_ns + (frame - call->frame) * NS_PER_S / PW_LAB_RATE_HZ;
	}
	return 0;
}

size_t ear_heard(struct ear *ear, const int16_t **samples)
{
	*samples = ear->samples;
	return atomic_load(&ear->frames);
}

/* -------- a microphone -------- */

struct mouth {
	struct desk *desk;
	struct pw_stream *stream;
	struct spa_hook hook;
	uint64_t said;
};

int16_t mouth_sample(uint64_t n)
{
	/* No two stretches of it are alike for a second, and it is never silent. */
	return (int16_t)((n * 37 % 48017) - 24000) | 1;
}

static void on_speak(void *data)
{
	struct mouth *mouth = data;
	struct pw_buffer *b = pw_stream_dequeue_buffer(mouth->stream);
	struct spa_data *d;
	uint32_t frames;
	int16_t *to;

	if (!b)
		return;
	d = &b->buffer->datas[0];
	to = d->data;
	frames = d->maxsize / sizeof *to;
	if (b->requested > 0 && b->requested < frames)
		frames = (uint32_t)b->requested;
	for (uint32_t i = 0; to && i < frames; i++)
		to[i] = mouth_sample(mouth->said++);
	d->chunk->offset = 0;
	d->chunk->stride = sizeof *to;
	d->chunk->size = frames * (uint32_t)sizeof *to;
	pw_stream_queue_buffer(mouth->stream, b);
}

static const struct pw_stream_events mouth_events = {
	.version = PW_VERSION_STREAM_EVENTS,
	.process = on_speak,
};

int mouth_open(struct mouth **out, struct desk *desk, const char *node_name)
{
	struct mouth *mouth = calloc(1, sizeof *mouth);
	int rc = -ENOMEM;

	if (!mouth)
		return -ENOMEM;
	mouth->desk = desk;
	pw_thread_loop_lock(desk->loop);
	mouth->stream = pw_stream_new(
		desk->core, "mouth",
		pw_properties_new(PW_KEY_MEDIA_CLASS, "Audio/Source", PW_KEY_NODE_NAME, node_name,
				  PW_KEY_NODE_DESCRIPTION, "A microphone", NULL));
	if (mouth->stream) {
		pw_stream_add_listener(mouth->stream, &mouth->hook, &mouth_events, mouth);
		rc = connect_stream(mouth->stream, PW_DIRECTION_OUTPUT, 1, 0);
	}
	pw_thread_loop_unlock(desk->loop);
	if (rc < 0)
		mouth_close(mouth);
	else
		*out = mouth;
	return rc;
}

void mouth_close(struct mouth *mouth)
{
	if (!mouth)
		return;
	pw_thread_loop_lock(mouth->desk->loop);
	if (mouth->stream)
		pw_stream_destroy(mouth->stream);
	pw_thread_loop_unlock(mouth->desk->loop);
	free(mouth);
}
