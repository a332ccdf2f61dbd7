/* SPDX-License-Identifier: MIT */
/* A program that shows a video source: see desk.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/param/video/format-utils.h>

#include "common/clock.h"
#include "pipewire/desk-priv.h"

struct eye {
	struct desk *desk;
	struct pw_stream *stream;
	struct spa_hook hook;
	struct spa_video_info_raw format;
	uint32_t *pixels; /* of the last picture, without gaps */
	uint32_t width_px;
	uint32_t height_px;
	uint32_t alpha; /* of each pixel that is to be seen */
	unsigned seen;
	bool flash; /* the last picture is one */
	unsigned flashes;
	uint64_t when_ns[EYE_FLASHES];
};

static void on_param(void *data, uint32_t id, const struct spa_pod *param)
{
	struct eye *eye = data;

	if (id == SPA_PARAM_Format && param)
		spa_format_video_raw_parse(param, &eye->format);
}

static void note_flash(struct eye *eye)
{
	const bool flash = (eye->pixels[0] & 0xffffff) == EYE_FLASH;

	if (flash && !eye->flash && eye->flashes < EYE_FLASHES)
		eye->when_ns[eye->flashes++] = monotonic_ns();
	eye->flash = flash;
}

static void keep(struct eye *eye, const struct spa_data *d)
{
	const struct spa_rectangle size = eye->format.size;
	const uint32_t bytes = size.width * 4;

	if (!d->data || d->chunk->flags != SPA_CHUNK_FLAG_NONE ||
	    d->chunk->size != bytes * size.height || d->chunk->stride != (int32_t)bytes)
		return;
	free(eye->pixels);
	eye->pixels = malloc((size_t)bytes * size.height);
	if (!eye->pixels)
		return;
	memcpy(eye->pixels, (uint8_t *)d->data + d->chunk->offset, (size_t)bytes * size.height);
	eye->width_px = size.width;
	eye->height_px = size.height;
	eye->seen++;
	note_flash(eye);
}

static void on_process(void *data)
{
	struct eye *eye = data;
	struct pw_buffer *b;

	while ((b = pw_stream_dequeue_buffer(eye->stream))) {
		keep(eye, &b->buffer->datas[0]);
		pw_stream_queue_buffer(eye->stream, b);
	}
}

static const struct pw_stream_events events = {
	.version = PW_VERSION_STREAM_EVENTS,
	.param_changed = on_param,
	.process = on_process,
};

static int connect_eye(struct eye *eye)
{
	uint8_t room[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(room, sizeof room);
	const struct spa_rectangle usual = SPA_RECTANGLE(640, 480), least = SPA_RECTANGLE(1, 1),
				   most = SPA_RECTANGLE(8192, 8192);
	const struct spa_fraction rate = SPA_FRACTION(25, 1), none = SPA_FRACTION(0, 1),
				  high = SPA_FRACTION(1000, 1);
	const uint32_t mine = eye->alpha ? SPA_VIDEO_FORMAT_BGRA : SPA_VIDEO_FORMAT_BGRx;
	const struct spa_pod *params[1];

	params[0] = spa_pod_builder_add_object(
		&b, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType,
		SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
		SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format,
		SPA_POD_CHOICE_ENUM_Id(3, SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBx, mine),
		SPA_FORMAT_VIDEO_size, SPA_POD_CHOICE_RANGE_Rectangle(&usual, &least, &most),
		SPA_FORMAT_VIDEO_framerate, SPA_POD_CHOICE_RANGE_Fraction(&rate, &none, &high));
	return pw_stream_connect(eye->stream, PW_DIRECTION_INPUT, PW_ID_ANY,
				 PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS, params,
				 1);
}

int eye_open(struct eye **out, struct desk *desk, const char *node_name, bool with_alpha)
{
	struct eye *eye = calloc(1, sizeof *eye);
	int rc = -ENOMEM;

	if (!eye)
		return -ENOMEM;
	eye->desk = desk;
	eye->alpha = with_alpha ? 0xff000000 : 0;
	pw_thread_loop_lock(desk->loop);
	eye->stream = pw_stream_new(
		desk->core, "eye",
		pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture",
				  PW_KEY_MEDIA_ROLE, "Camera", PW_KEY_NODE_NAME, "eye",
				  PW_KEY_TARGET_OBJECT, node_name, NULL));
	if (eye->stream) {
		pw_stream_add_listener(eye->stream, &eye->hook, &events, eye);
		rc = connect_eye(eye);
	}
	pw_thread_loop_unlock(desk->loop);
	if (rc < 0)
		eye_close(eye);
	else
		*out = eye;
	return rc;
}

void eye_close(struct eye *eye)
{
	if (!eye)
		return;
	pw_thread_loop_lock(eye->desk->loop);
	if (eye->stream)
		pw_stream_destroy(eye->stream);
	pw_thread_loop_unlock(eye->desk->loop);
	free(eye->pixels);
	free(eye);
}

unsigned eye_seen(struct eye *eye)
{
	unsigned seen;

	pw_thread_loop_lock(eye->desk->loop);
	seen = eye->seen;
	pw_thread_loop_unlock(eye->desk->loop);
	return seen;
}

unsigned eye_flashes(struct eye *eye, uint64_t when_ns[EYE_FLASHES])
{
	unsigned n;

	pw_thread_loop_lock(eye->desk->loop);
	n = eye->flashes;
	memcpy(when_ns, eye->when_ns, n * sizeof *when_ns);
	pw_thread_loop_unlock(eye->desk->loop);
	return n;
}

bool eye_sees(struct eye *eye, const uint32_t *pixels, uint32_t width_px, uint32_t height_px)
{
	bool equal;

	pw_thread_loop_lock(eye->desk->loop);
	equal = eye->pixels && eye->width_px == width_px && eye->height_px == height_px;
	/* Without alpha the fourth byte means nothing. */
	for (size_t i = 0; equal && i < (size_t)width_px * height_px; i++)
		equal = (eye->pixels[i] & (0xffffff | eye->alpha)) ==
			((pixels[i] & 0xffffff) | eye->alpha);
	pw_thread_loop_unlock(eye->desk->loop);
	return equal;
}
