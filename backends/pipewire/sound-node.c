/* SPDX-License-Identifier: MIT */
/* See sound-node.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/param/props.h>

#include "common/clock.h"
#include "format.h"
#include "options.h"
#include "sound-node.h"

#define SCRATCH_FRAMES 1024

struct node {
	struct node_config config;
	struct xenav_pcm pcm;
	struct xenav_format_info format;
	struct pw_stream *stream;
	struct spa_hook hook;
	bool active;
	bool is_ready;
	bool muted;
	float factor;     /* the mean of all channels */
	uint8_t *scratch; /* of capture: SCRATCH_FRAMES */
};

/* -------- PipeWire's thread -------- */

/* Playback: frames that the device plays from now on before the next one queued.  Capture: frames
 * that it has captured by now after the last one dequeued. */
static uint32_t delay_frames(struct node *n)
{
	struct pw_time t;
	double frames, elapsed = 0;

	if (pw_stream_get_time_n(n->stream, &t, sizeof t) < 0 || t.rate.denom == 0)
		return 0;
	frames = (double)t.delay * t.rate.num * n->pcm.rate_hz / t.rate.denom;
	frames += (double)t.buffered + (double)t.queued;
	if (t.now > 0)
		elapsed = (double)((int64_t)monotonic_ns() - t.now) * n->pcm.rate_hz / NS_PER_S;
	frames += n->config.player ? -elapsed : elapsed;
	/* A driver may say anything; ten seconds are more than any has. */
	if (frames < 0)
		return 0;
	return frames < 10.0 * n->pcm.rate_hz ? (uint32_t)frames : 10 * n->pcm.rate_hz;
}

static void fill_silence(const struct node *n, uint8_t *to, uint32_t frames)
{
	const size_t bytes = (size_t)frames * n->pcm.frame_bytes;

	for (size_t i = 0; i < bytes; i += n->format.bytes)
		memcpy(to + i, n->format.silence, n->format.bytes);
}

static void play(struct node *n, struct pw_buffer *b)
{
	struct spa_data *d = &b->buffer->datas[0];
	uint32_t frames = d->data ? d->maxsize / n->pcm.frame_bytes : 0;

	if (b->requested > 0 && b->requested < frames)
		frames = (uint32_t)b->requested;
	if (frames > 0) {
		if (xenav_player_read(n->config.player, d->data, frames, delay_frames(n)) < 0)
			fill_silence(n, d->data, frames);
		format_turn(&n->pcm, d->data, frames);
	}
	d->chunk->offset = 0;
	d->chunk->stride = (int32_t)n->pcm.frame_bytes;
	d->chunk->size = frames * n->pcm.frame_bytes;
	b->size = frames;
}

static void record(struct node *n, struct pw_buffer *b)
{
	struct spa_data *d = &b->buffer->datas[0];
	const uint32_t offset = d->chunk->offset;
	uint8_t *samples = d->data;
	uint32_t frames;

	if (!samples || offset > d->maxsize || d->chunk->size > d->maxsize - offset)
		return;
	samples += offset;
	frames = d->chunk->size / n->pcm.frame_bytes;
	for (uint32_t delay = delay_frames(n); frames > 0;) {
		const uint32_t some = frames < SCRATCH_FRAMES ? frames : SCRATCH_FRAMES;
		const uint32_t bytes = some * n->pcm.frame_bytes;

		/* The buffer may be mapped for reading only. */
		memcpy(n->scratch, samples, bytes);
		format_turn(&n->pcm, n->scratch, some);
		frames -= some;
		samples += bytes;
		xenav_recorder_write(n->config.recorder, n->scratch, some, delay + frames);
	}
}

static void on_process(void *data)
{
	struct node *n = data;
	struct pw_buffer *b = pw_stream_dequeue_buffer(n->stream);

	if (!b)
		return;
	if (n->config.player)
		play(n, b);
	else
		record(n, b);
	pw_stream_queue_buffer(n->stream, b);
}

/* -------- the main thread -------- */

static void on_state(void *data, enum pw_stream_state, enum pw_stream_state state,
		     const char *error)
{
	struct node *n = data;

	if (state == PW_STREAM_STATE_ERROR)
		n->config.failed(n->config.data, error ? error : "unknown error");
}

static void on_param(void *data, uint32_t id, const struct spa_pod *param)
{
	struct node *n = data;

	if (id != SPA_PARAM_Format || !param || n->is_ready)
		return;
	n->is_ready = true;
	n->config.ready(n->config.data);
}

static void on_control(void *data, uint32_t id, const struct pw_stream_control *control)
{
	struct node *n = data;
	bool muted = n->muted;
	float factor = n->factor;

	if (id == SPA_PROP_mute && control->n_values > 0) {
		muted = control->values[0] >= 0.5f;
	} else if (id == SPA_PROP_channelVolumes && control->n_values > 0) {
		factor = 0.0f;
		for (uint32_t i = 0; i < control->n_values; i++)
			factor += control->values[i] / (float)control->n_values;
	}
	/* Each change is reported several times. */
	if (muted == n->muted && factor >= n->factor - 1e-4f && factor <= n->factor + 1e-4f)
		return;
	n->muted = muted;
	n->factor = factor;
	n->config.volume(n->config.data, factor, muted);
}

static const struct pw_stream_events stream_events = {
	.version = PW_VERSION_STREAM_EVENTS,
	.state_changed = on_state,
	.control_info = on_control,
	.param_changed = on_param,
	.process = on_process,
};

static struct pw_properties *properties(const struct node_config *c)
{
	const struct names *names = c->names;
	const bool capture = c->recorder;
	struct pw_properties *p = pw_properties_new(
		PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, capture ? "Capture" : "Playback",
		PW_KEY_MEDIA_NAME, names->media, PW_KEY_NODE_NAME, names->node,
		PW_KEY_NODE_DESCRIPTION, names->description, PW_KEY_APP_NAME, names->domain,
		PW_KEY_APP_ID, names->node, "xenav.domain", names->domain, "xenav.domid",
		names->domid, "xenav.unique-id", names->unique_id, NULL);

	if (!p)
		return NULL;
	pw_properties_setf(p, PW_KEY_NODE_LATENCY, "%ld/%d", c->latency_frames, LATENCY_RATE_HZ);
	/* Only a wish: the server follows it if it may, and if nobody else plays. */
	pw_properties_setf(p, PW_KEY_NODE_RATE, "1/%u", (unsigned)c->pcm->rate_hz);
	pw_properties_set(p, PW_KEY_MEDIA_ROLE, c->role);
	pw_properties_set(p, PW_KEY_TARGET_OBJECT, c->target);
	return p;
}

static int connect(struct node *n)
{
	const enum pw_stream_flags flags =
		PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS;
	struct spa_audio_info_raw info = format_to_spa(&n->pcm);
	uint8_t room[1024];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(room, sizeof room);
	const struct spa_pod *params[1];

	params[0] = spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info);
	if (!params[0])
		return -ENOSPC;
	return pw_stream_connect(n->stream,
				 n->config.recorder ? PW_DIRECTION_INPUT : PW_DIRECTION_OUTPUT,
				 PW_ID_ANY, flags, params, 1);
}

int node_new(struct node **out, const struct node_config *config)
{
	struct node *n = calloc(1, sizeof *n);
	struct pw_properties *props;
	int rc;

	if (!n)
		return -ENOMEM;
	n->config = *config;
	n->pcm = *config->pcm;
	n->active = true;
	n->factor = 1.0f;
	rc = xenav_format_describe(n->pcm.format, &n->format);
	if (rc < 0)
		goto out;
	n->scratch = calloc(SCRATCH_FRAMES, n->pcm.frame_bytes);
	if (!n->scratch) {
		rc = -ENOMEM;
		goto out;
	}
	props = properties(config);
	n->stream = props ? pw_stream_new(config->core, config->names->media, props) : NULL;
	if (!n->stream) {
		rc = -ENOMEM;
		goto out;
	}
	pw_stream_add_listener(n->stream, &n->hook, &stream_events, n);
	rc = connect(n);
out:
	if (rc < 0) {
		node_free(n);
		return rc;
	}
	*out = n;
	return 0;
}

void node_free(struct node *n)
{
	if (!n)
		return;
	if (n->stream) {
		spa_hook_remove(&n->hook);
		pw_stream_destroy(n->stream);
	}
	free(n->scratch);
	free(n);
}

void node_set_active(struct node *n, bool active)
{
	if (n->active != active)
		pw_stream_set_active(n->stream, active);
	n->active = active;
}

bool node_is_active(const struct node *n)
{
	return n->active;
}

void node_set_volume(struct node *n, const float *factors, bool muted)
{
	float values[SPA_AUDIO_MAX_CHANNELS], mute = muted ? 1.0f : 0.0f;

	/* A volume that is set here is not reported as somebody's change. */
	n->muted = muted;
	n->factor = 0.0f;
	for (uint32_t i = 0; i < n->pcm.channels; i++) {
		values[i] = factors[i];
		n->factor += factors[i] / (float)n->pcm.channels;
	}
	pw_stream_set_control(n->stream, SPA_PROP_channelVolumes, n->pcm.channels, values,
			      SPA_PROP_mute, 1, &mute, 0);
}
