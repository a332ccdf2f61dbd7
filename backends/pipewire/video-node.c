/* SPDX-License-Identifier: MIT */
/* See video-node.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/param/video/format-utils.h>

#include "common/clock.h"
#include "video-node.h"

#define BUFFERS     4
#define MAX_BUFFERS 16
#define PARAM_BYTES 1024
#define FORMATS     2

struct video {
	struct video_config config;
	struct pw_stream *stream;
	struct spa_hook hook;
	struct spa_video_info_raw format; /* agreed on; its width is 0 until then */
	bool looked_at;
	bool waiting; /* the picture is not handed on yet */
	uint64_t sequence;
};

static const struct spa_pod *offer_format(const struct video *v, struct spa_pod_builder *b,
					  enum spa_video_format format)
{
	const struct spa_rectangle size =
		SPA_RECTANGLE(v->config.picture->width_px, v->config.picture->height_px);
	const struct spa_fraction most = SPA_FRACTION(v->config.max_fps, 1);
	const struct spa_fraction least = SPA_FRACTION(0, 1);

	return spa_pod_builder_add_object(
		b, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType,
		SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
		SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format, SPA_POD_Id(format),
		SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_framerate,
		SPA_POD_CHOICE_RANGE_Fraction(&most, &least, &most));
}

/* One offer for each format: browsers overlook what leaves them a choice of formats. */
static void offer_formats(const struct video *v, struct spa_pod_builder *b,
			  const struct spa_pod *params[FORMATS])
{
	params[0] = offer_format(v, b, SPA_VIDEO_FORMAT_BGRx);
	params[1] = offer_format(v, b, SPA_VIDEO_FORMAT_BGRA);
}

static const struct spa_pod *ask_for_buffers(const struct video *v, struct spa_pod_builder *b)
{
	const int stride = (int)v->format.size.width * PICTURE_PIXEL_BYTES;

	return spa_pod_builder_add_object(
		b, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
		SPA_POD_CHOICE_RANGE_Int(BUFFERS, 2, MAX_BUFFERS), SPA_PARAM_BUFFERS_blocks,
		SPA_POD_Int(1), SPA_PARAM_BUFFERS_size,
		SPA_POD_Int(stride * (int)v->format.size.height), SPA_PARAM_BUFFERS_stride,
		SPA_POD_Int(stride), SPA_PARAM_BUFFERS_dataType,
		SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
}

static const struct spa_pod *ask_for_header(struct spa_pod_builder *b)
{
	return spa_pod_builder_add_object(b, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
					  SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
					  SPA_PARAM_META_size,
					  SPA_POD_Int(sizeof(struct spa_meta_header)));
}

/* -------- callbacks of PipeWire -------- */

static void on_state(void *data, enum pw_stream_state, enum pw_stream_state state,
		     const char *error)
{
	struct video *v = data;
	const bool looked_at = state == PW_STREAM_STATE_STREAMING;

	if (state == PW_STREAM_STATE_ERROR)
		v->config.failed(v->config.data, error ? error : "unknown error");
	if (v->looked_at == looked_at)
		return;
	v->looked_at = looked_at;
	v->waiting = false;
	v->config.looked_at(v->config.data, looked_at);
}

static void on_param(void *data, uint32_t id, const struct spa_pod *param)
{
	uint8_t room[PARAM_BYTES];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(room, sizeof room);
	struct spa_video_info_raw format = {0};
	const struct spa_pod *params[2];
	struct video *v = data;

	if (id != SPA_PARAM_Format)
		return;
	v->format.size.width = 0;
	if (!param || spa_format_video_raw_parse(param, &format) < 0)
		return;
	v->format = format;
	params[0] = ask_for_buffers(v, &b);
	params[1] = ask_for_header(&b);
	pw_stream_update_params(v->stream, params, 2);
}

/* Does the picture fit into the buffer?  Not while another size is being agreed on. */
static bool fits(const struct video *v, const struct spa_data *d)
{
	const struct picture *p = v->config.picture;

	return d->data && v->format.size.width == p->width_px &&
	       v->format.size.height == p->height_px &&
	       d->maxsize >= (size_t)p->width_px * p->height_px * PICTURE_PIXEL_BYTES;
}

static void fill(struct video *v, struct spa_buffer *b)
{
	struct spa_data *d = &b->datas[0];
	const struct picture *p = v->config.picture;
	const uint32_t stride = p->width_px * PICTURE_PIXEL_BYTES;
	struct spa_meta_header *header =
		spa_buffer_find_meta_data(b, SPA_META_Header, sizeof *header);

	d->chunk->offset = 0;
	d->chunk->stride = (int32_t)stride;
	d->chunk->size = 0;
	d->chunk->flags = SPA_CHUNK_FLAG_CORRUPTED;
	if (fits(v, d)) {
		memcpy(d->data, p->pixels, (size_t)stride * p->height_px);
		d->chunk->size = stride * p->height_px;
		d->chunk->flags = SPA_CHUNK_FLAG_NONE;
		v->waiting = false;
	}
	if (!header)
		return;
	header->pts = (int64_t)monotonic_ns();
	header->flags = 0;
	header->seq = v->sequence++;
	header->dts_offset = 0;
}

/* In the main thread. */
static void on_process(void *data)
{
	struct video *v = data;
	struct pw_buffer *b;

	if (!v->waiting)
		return;
	b = pw_stream_dequeue_buffer(v->stream);
	if (!b)
		return;
	fill(v, b->buffer);
	pw_stream_queue_buffer(v->stream, b);
}

static const struct pw_stream_events stream_events = {
	.version = PW_VERSION_STREAM_EVENTS,
	.state_changed = on_state,
	.param_changed = on_param,
	.process = on_process,
};

/* -------- the node -------- */

static struct pw_properties *properties(const struct names *names)
{
	return pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture",
				 PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_MEDIA_ROLE, "Camera",
				 PW_KEY_MEDIA_NAME, names->media, PW_KEY_NODE_NAME, names->node,
				 PW_KEY_NODE_DESCRIPTION, names->description, PW_KEY_APP_NAME,
				 names->domain, PW_KEY_APP_ID, names->node, "xenav.domain",
				 names->domain, "xenav.domid", names->domid, "xenav.unique-id",
				 names->unique_id, NULL);
}

static int connect(struct video *v)
{
	uint8_t room[PARAM_BYTES];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(room, sizeof room);
	const struct spa_pod *params[FORMATS];

	offer_formats(v, &b, params);
	return pw_stream_connect(v->stream, PW_DIRECTION_OUTPUT, PW_ID_ANY,
				 PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_MAP_BUFFERS, params,
				 FORMATS);
}

int video_new(struct video **out, const struct video_config *config)
{
	struct video *v = calloc(1, sizeof *v);
	struct pw_properties *props;
	int rc;

	if (!v)
		return -ENOMEM;
	v->config = *config;
	props = properties(config->names);
	v->stream = props ? pw_stream_new(config->core, config->names->media, props) : NULL;
	if (!v->stream) {
		free(v);
		return -ENOMEM;
	}
	pw_stream_add_listener(v->stream, &v->hook, &stream_events, v);
	rc = connect(v);
	if (rc < 0) {
		video_free(v);
		return rc;
	}
	*out = v;
	return 0;
}

void video_free(struct video *v)
{
	if (!v)
		return;
	spa_hook_remove(&v->hook);
	pw_stream_destroy(v->stream);
	free(v);
}

void video_show(struct video *v)
{
	if (!v->looked_at)
		return;
	v->waiting = true;
	pw_stream_trigger_process(v->stream);
}

bool video_is_waiting(const struct video *v)
{
	return v->waiting;
}

void video_resize(struct video *v)
{
	uint8_t room[PARAM_BYTES];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(room, sizeof room);
	const struct spa_pod *params[FORMATS];

	offer_formats(v, &b, params);
	pw_stream_update_params(v->stream, params, FORMATS);
}

uint64_t video_get_interval_ns(const struct video *v)
{
	const struct spa_fraction rate = v->format.framerate;

	if (v->format.size.width == 0 || rate.num == 0 || rate.denom == 0)
		return NS_PER_S / v->config.max_fps;
	return NS_PER_S * rate.denom / rate.num;
}
