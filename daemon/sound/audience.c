/* SPDX-License-Identifier: MIT */
/*
 * See audience.h.  A place in the audience may become free during any call of a listener; a
 * listener that was not told of the present opening (generation 0) is told of nothing else.
 */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "sound/audience.h"
#include "sound/hwparams.h"
#include "sound/stream-priv.h"

static struct hearer *audience_end(struct stream *stream)
{
	return stream->audience + PLACES;
}

static bool is_capture(const struct stream *stream)
{
	return stream->published.direction == XENAV_CAPTURE;
}

static uid_t user_of(const struct hearer *h)
{
	return h->listener->user ? h->listener->user(h->data) : 0;
}

/* -------- what one of them is told -------- */

static void tell_opened(struct stream *stream, struct hearer *h, int ring_fd)
{
	struct stream_opening opening = {
		.generation = h->generation,
		.rate_hz = stream->open.pcm_rate,
		.buffer_bytes = stream->open.buffer_sz,
		.period_bytes = stream->open.period_sz,
		.frame_bytes = stream->frame_bytes,
		.format = stream->open.pcm_format,
		.channels = stream->open.pcm_channels,
		.fd = ring_fd,
	};

	h->listener->opened(&opening, h->data);
}

static void tell_state(struct stream *stream, struct hearer *h)
{
	h->listener->state(h->generation, stream->state, stream->progress.position_frames, h->data);
}

/* Bit n of chunks: tell chunk n, as far as the opening has its channels. */
static void tell_volume(struct stream *stream, struct hearer *h, unsigned chunks)
{
	const uint32_t generation = h->generation;

	for (unsigned first = 0; first < stream->open.pcm_channels;
	     first += XENAV_VOLUME_CHANNELS) {
		const unsigned chunk = first / XENAV_VOLUME_CHANNELS;
		unsigned n = stream->open.pcm_channels - first;
		struct stream_volume told;

		if (!(chunks & 1u << chunk) || h->generation != generation)
			continue;
		if (n > XENAV_VOLUME_CHANNELS)
			n = XENAV_VOLUME_CHANNELS;
		told = (struct stream_volume){
			.generation = generation,
			.first_channel = (uint8_t)first,
			.n_channels = (uint8_t)n,
			.muted = stream->volume.muted[chunk] & UINT32_MAX >> (32 - n),
			.volume_mdb = &stream->volume.mdb[first],
		};
		h->listener->volume(&told, h->data);
	}
}

/* Tell what is written and not yet played. */
static void tell_pending(struct stream *stream, struct hearer *h)
{
	const struct progress *p = &stream->progress;
	const struct transfer *t = &stream->transfer;
	uint64_t position = p->position_frames;
	uint64_t edge = p->edge_frames;

	/* The end of the WRITE tells the rest. */
	if (t->mover && edge > t->position_frames)
		edge = t->position_frames;
	if (is_capture(stream) || edge <= position)
		return;
	if (edge - position > p->buffer_frames)
		position = edge - p->buffer_frames;
	h->listener->written(h->generation, position, (uint32_t)(edge - position), h->data);
}

static void tell_everything(struct stream *stream, struct hearer *h)
{
	const bool drives = h == &stream->audience[PLACE_DRIVER];
	const uint32_t generation = stream->generation;
	int fd;

	h->generation = 0;
	fd = rings_join(stream, user_of(h));
	if (drives && stream->progress.claimed != (fd >= 0))
		progress_claim(&stream->progress, fd >= 0, now_ns());
	if (fd < 0) {
		/* The guest is served as if this consumer did not listen. */
		log_about(stream->log, LOG_LEVEL_WARN, STREAM_NAMED(stream),
			  "Stream %u/%u: No sound for a consumer: %s", stream->published.pcm,
			  stream->published.stream, copy_strerror(fd));
		return;
	}
	h->generation = generation;
	tell_opened(stream, h, fd);
	if (h->generation == generation && stream->volume.ever_set)
		tell_volume(stream, h, UINT_MAX);
	if (h->generation == generation)
		tell_state(stream, h);
	if (h->generation == generation)
		tell_pending(stream, h);
}

/* -------- what all of them are told -------- */

void audience_opened(struct stream *stream)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->listener)
			tell_everything(stream, h);
}

void audience_state(struct stream *stream)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->generation)
			tell_state(stream, h);
}

void audience_pending(struct stream *stream)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->generation)
			tell_pending(stream, h);
}

void audience_volume(struct stream *stream, unsigned chunks)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->generation)
			tell_volume(stream, h, chunks);
}

void audience_moved(struct stream *stream, uint64_t position_frames, uint32_t n_frames)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->generation)
			h->listener->written(h->generation, position_frames, n_frames, h->data);
}

void audience_takeover(struct stream *stream, uint64_t now_ns)
{
	const struct hearer *driver = &stream->audience[PLACE_DRIVER];

	if (driver->generation)
		driver->listener->moved(driver->generation, stream->progress.position_frames,
					now_ns, driver->data);
}

bool audience_driver_user(const struct stream *stream, uid_t *uid)
{
	const struct hearer *driver = &stream->audience[PLACE_DRIVER];

	if (driver->listener)
		*uid = user_of(driver);
	return driver->listener != NULL;
}

void audience_closed(struct stream *stream)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++) {
		const uint32_t generation = h->generation;

		h->generation = 0;
		if (generation)
			h->listener->closed(generation, h->data);
	}
	rings_drop(stream);
}

void audience_dismiss(struct stream *stream)
{
	memset(stream->audience, 0, sizeof stream->audience);
	rings_drop(stream);
}

/* -------- coming and going -------- */

void audience_init(struct stream *stream)
{
	memset(stream->audience, 0, sizeof stream->audience);
	rings_init(stream);
}

static void take_place(struct hearer *h, const struct stream_listener *listener, void *data)
{
	*h = (struct hearer){.listener = listener, .data = data};
}

static int drive(struct stream *stream, const struct stream_listener *listener, void *data)
{
	if (stream->audience[PLACE_DRIVER].listener)
		return -EBUSY;
	take_place(&stream->audience[PLACE_DRIVER], listener, data);
	progress_tick(&stream->progress, now_ns());
	progress_claim(&stream->progress, true, now_ns());
	return 0;
}

static int watch(struct stream *stream, const struct stream_listener *listener, void *data)
{
	/* A capture stream has no samples but those of its claim. */
	if (is_capture(stream))
		return -EOPNOTSUPP;
	for (unsigned i = PLACE_WATCHER; i < PLACES; i++) {
		if (stream->audience[i].listener)
			continue;
		take_place(&stream->audience[i], listener, data);
		return 0;
	}
	return -EUSERS;
}

int stream_claim(struct stream *stream, enum xenav_mode mode,
		 const struct stream_listener *listener, void *data)
{
	return mode == XENAV_MODE_WATCH ? watch(stream, listener, data)
					: drive(stream, listener, data);
}

static struct hearer *find(struct stream *stream, const void *data)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->listener && h->data == data)
			return h;
	return NULL;
}

void stream_release(struct stream *stream, const void *data)
{
	struct hearer *leaving = find(stream, data);
	uid_t uid;

	if (!leaving)
		return;
	uid = user_of(leaving);
	*leaving = (struct hearer){0};
	if (leaving == &stream->audience[PLACE_DRIVER]) {
		stream->bounds = (struct xensnd_query_hw_param)HWPARAMS_ANY;
		progress_claim(&stream->progress, false, now_ns());
	}
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->listener && user_of(h) == uid)
			return;
	rings_leave(stream, uid);
}

void stream_resync(struct stream *stream, const void *data)
{
	struct hearer *h = find(stream, data);

	if (!h || !stream->buffer)
		return;
	progress_tick(&stream->progress, now_ns());
	tell_everything(stream, h);
}
