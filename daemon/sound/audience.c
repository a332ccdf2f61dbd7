/* SPDX-License-Identifier: MIT */
/*
 * Who is told of a stream: the claim that drives it, and those that watch.  Those of one user share
 * one ring, so every byte the guest plays is copied once for each of them, and never when nobody
 * listens.  Users share nothing: a ring is paid for as long as somebody keeps it, and whoever pays
 * has to be able to end that.
 *
 * A place in the audience may become free during any call of a listener; what was not told of the
 * present opening, with generation 0, is told of nothing else.
 */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "sound/format.h"
#include "sound/hwparams.h"
#include "sound/stream-priv.h"

static struct hearer *audience_end(struct stream *stream)
{
	return stream->audience + STREAM_MAX_AUDIENCE;
}

static bool is_capture(const struct stream *stream)
{
	return stream->published.direction == XENAV_CAPTURE;
}

/* -------- the ring -------- */

static size_t tail_offset(const struct stream *stream)
{
	const size_t bytes = stream->open.buffer_sz;

	return (bytes + XENAV_RING_TAIL_ALIGN - 1) / XENAV_RING_TAIL_ALIGN * XENAV_RING_TAIL_ALIGN;
}

static uid_t user_of(const struct hearer *h)
{
	return h->listener->user ? h->listener->user(h->data) : 0;
}

static struct share *rings_end(struct stream *stream)
{
	return stream->rings + STREAM_MAX_AUDIENCE;
}

static struct share *find_ring(struct stream *stream, uid_t uid)
{
	for (struct share *ring = stream->rings; ring < rings_end(stream); ring++)
		if (ring->copy.mem.data && ring->uid == uid)
			return ring;
	return NULL;
}

/* There is one, because each of the others is somebody else's who listens. */
static struct share *free_ring(struct stream *stream)
{
	struct share *ring = stream->rings;

	while (ring->copy.mem.data)
		ring++;
	return ring;
}

static void forget_rings(struct stream *stream)
{
	for (struct share *ring = stream->rings; ring < rings_end(stream); ring++)
		copy_destroy(&ring->copy);
}

/* From now on, watchers know that what is a ring before the edge is gone. */
static void raise_edge(struct stream *stream, struct share *ring, uint64_t edge_frames)
{
	struct xenav_ring_tail *tail =
		(void *)((uint8_t *)ring->copy.mem.data + tail_offset(stream));

	if (edge_frames > tail->edge_frames)
		__atomic_store_n(&tail->edge_frames, edge_frames, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* Copy what the guest has put at that offset to where the audience finds it. */
static void copy_to_ring(struct stream *stream, struct share *ring, uint32_t offset_bytes,
			 uint32_t length_bytes)
{
	const uint8_t *guest = gbuf_data(stream->buffer);
	uint8_t *to = ring->copy.mem.data;

	memcpy(to + offset_bytes, guest + offset_bytes, length_bytes);
}

/* The first of a user makes it; what is written and not yet played is in it. */
static int make_ring(struct stream *stream, uid_t uid)
{
	struct share *ring = free_ring(stream);
	const bool capture = is_capture(stream);
	size_t size = stream->open.buffer_sz;
	int rc;

	if (!capture)
		size = tail_offset(stream) + XENAV_RING_TAIL_ALIGN;
	rc = copy_reserve(&ring->copy, stream->guest, uid, size);
	if (rc < 0)
		return rc;
	rc = copy_make(&ring->copy, size, capture);
	copy_settle(&ring->copy);
	if (rc < 0)
		return rc;
	ring->uid = uid;
	if (capture) {
		/* What was captured before this consumer came is not there. */
		format_silence(stream->open.pcm_format, ring->copy.mem.data,
			       stream->open.buffer_sz);
		return 0;
	}
	raise_edge(stream, ring, stream->progress.edge_frames);
	if (stream->progress.edge_frames > stream->progress.position_frames)
		copy_to_ring(stream, ring, 0, stream->open.buffer_sz);
	return 0;
}

/* -------- what one of them is told -------- */

static void tell_opened(struct stream *stream, struct hearer *h, const struct share *ring)
{
	struct stream_opening opening = {
		.generation = h->generation,
		.rate_hz = stream->open.pcm_rate,
		.buffer_bytes = stream->open.buffer_sz,
		.period_bytes = stream->open.period_sz,
		.frame_bytes = stream->frame_bytes,
		.format = stream->open.pcm_format,
		.channels = stream->open.pcm_channels,
		.fd = ring->copy.mem.fd,
	};

	h->listener->opened(&opening, h->data);
}

static void tell_state(struct stream *stream, struct hearer *h)
{
	h->listener->state(h->generation, stream->state, stream->progress.position_frames, h->data);
}

/* bit n of chunks: chunk n is to be told, as far as the opening has its channels. */
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

/* What is written and not yet played. */
static void tell_pending(struct stream *stream, struct hearer *h)
{
	const struct progress *p = &stream->progress;
	const struct transfer *t = &stream->transfer;
	const uint64_t moved = t->position_frames + t->moved_bytes / stream->frame_bytes;
	uint64_t position = p->position_frames;
	uint64_t edge = p->edge_frames;

	/* The rest is told when the WRITE is done. */
	if (t->writes && edge > moved)
		edge = moved;
	if (is_capture(stream) || edge <= position)
		return;
	if (edge - position > p->buffer_frames)
		position = edge - p->buffer_frames;
	h->listener->written(h->generation, position, (uint32_t)(edge - position), h->data);
}

static void tell_everything(struct stream *stream, struct hearer *h)
{
	const bool drives = h == &stream->audience[STREAM_DRIVER];
	const uid_t uid = user_of(h);
	const uint32_t generation = stream->generation;
	int rc;

	h->generation = 0;
	rc = find_ring(stream, uid) ? 0 : make_ring(stream, uid);
	if (drives && stream->progress.claimed != (rc == 0))
		progress_claim(&stream->progress, rc == 0, now_ns());
	if (rc < 0) {
		/* The guest is served as if this one did not listen. */
		log_warn_from(stream->log, "Stream %u/%u: No sound for a consumer: %s",
			      stream->published.pcm, stream->published.stream, copy_strerror(rc));
		return;
	}
	h->generation = generation;
	tell_opened(stream, h, find_ring(stream, uid));
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

uint32_t audience_written(struct stream *stream, uint64_t edge_frames, uint32_t offset_bytes,
			  uint32_t bytes)
{
	uint32_t copied = 0;

	for (struct share *ring = stream->rings; ring < rings_end(stream); ring++) {
		if (!ring->copy.mem.data)
			continue;
		raise_edge(stream, ring, edge_frames);
		copy_to_ring(stream, ring, offset_bytes, bytes);
		copied += bytes;
	}
	return copied;
}

bool audience_captured(struct stream *stream, uint32_t offset_bytes, void *to, uint32_t bytes)
{
	const struct hearer *driver = &stream->audience[STREAM_DRIVER];
	const struct share *ring = driver->listener ? find_ring(stream, user_of(driver)) : NULL;

	return ring && outmem_read(&ring->copy.mem, offset_bytes, to, bytes) == 0;
}

void audience_closed(struct stream *stream)
{
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++) {
		const uint32_t generation = h->generation;

		h->generation = 0;
		if (generation)
			h->listener->closed(generation, h->data);
	}
	forget_rings(stream);
}

void audience_dismiss(struct stream *stream)
{
	memset(stream->audience, 0, sizeof stream->audience);
	forget_rings(stream);
}

/* -------- coming and going -------- */

void audience_init(struct stream *stream)
{
	memset(stream->audience, 0, sizeof stream->audience);
	for (struct share *ring = stream->rings; ring < rings_end(stream); ring++)
		ring->copy = (struct copy)COPY_INIT;
}

static void take_place(struct hearer *h, const struct stream_listener *listener, void *data)
{
	*h = (struct hearer){.listener = listener, .data = data};
}

static int drive(struct stream *stream, const struct stream_listener *listener, void *data)
{
	if (stream->audience[STREAM_DRIVER].listener)
		return -EBUSY;
	take_place(&stream->audience[STREAM_DRIVER], listener, data);
	progress_tick(&stream->progress, now_ns());
	progress_claim(&stream->progress, true, now_ns());
	return 0;
}

static int watch(struct stream *stream, const struct stream_listener *listener, void *data)
{
	/* There is nothing to be seen but what the claim itself has brought. */
	if (is_capture(stream))
		return -EOPNOTSUPP;
	for (unsigned i = STREAM_DRIVER + 1; i < STREAM_MAX_AUDIENCE; i++) {
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
	struct share *ring;
	uid_t uid;

	if (!leaving)
		return;
	uid = user_of(leaving);
	*leaving = (struct hearer){0};
	if (leaving == &stream->audience[STREAM_DRIVER]) {
		stream->bounds = (struct xensnd_query_hw_param)HWPARAMS_ANY;
		progress_claim(&stream->progress, false, now_ns());
	}
	for (struct hearer *h = stream->audience; h < audience_end(stream); h++)
		if (h->listener && user_of(h) == uid)
			return;
	ring = find_ring(stream, uid);
	if (ring)
		copy_destroy(&ring->copy);
}

void stream_resync(struct stream *stream, const void *data)
{
	struct hearer *h = find(stream, data);

	if (!h || !stream->buffer)
		return;
	progress_tick(&stream->progress, now_ns());
	tell_everything(stream, h);
}
