/* SPDX-License-Identifier: MIT */
/* The streams and connectors of test-consumer-rig.h, which only note the calls. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "consumer/users.h"
#include "test-consumer-rig.h"
#include "test.h"

#define FILLER_MESSAGES 4000

/* -------- streams -------- */

void stream_get_info(const struct stream *stream, struct stream_info *info)
{
	*info = stream->info;
}

void stream_get_status(struct stream *stream, struct xenav_msg_status_stream *msg)
{
	msg->driven = stream->listener != NULL;
	msg->position_frames = stream->reported_frames;
	msg->drift_ppm = XENAV_DRIFT_UNKNOWN;
}

static int watch(struct stream *stream, const struct stream_listener *listener, void *data)
{
	if (stream->info.direction == XENAV_CAPTURE)
		return -EOPNOTSUPP;
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		if (stream->watchers[i].listener)
			continue;
		stream->watchers[i].listener = listener;
		stream->watchers[i].data = data;
		stream->n_claims++;
		return 0;
	}
	return -EUSERS;
}

static void work(unsigned us)
{
	const uint64_t start_ns = work_clock_ns();

	while (work_clock_ns() - start_ns < us * 1000ull)
		;
}

int stream_claim(struct stream *stream, enum xenav_mode mode,
		 const struct stream_listener *listener, void *data)
{
	work(stream->claim_takes_us);
	if (mode == XENAV_MODE_WATCH)
		return watch(stream, listener, data);
	if (stream->listener)
		return -EBUSY;
	stream->listener = listener;
	stream->data = data;
	stream->n_claims++;
	return 0;
}

/* Exactly one is to be of that data. */
void stream_release(struct stream *stream, const void *data)
{
	const unsigned before = stream->n_releases;

	if (stream->listener && stream->data == data) {
		stream->listener = NULL;
		stream->n_releases++;
	}
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		if (!stream->watchers[i].listener || stream->watchers[i].data != data)
			continue;
		stream->watchers[i].listener = NULL;
		stream->n_releases++;
	}
	assert_int_equal(stream->n_releases, before + 1);
}

static void opened(const struct stream *stream, const struct stream_listener *listener, void *data)
{
	struct stream_opening opening = {
		.generation = stream->generation,
		.rate_hz = 48000,
		.buffer_bytes = RIG_RING_BYTES,
		.period_bytes = 1024,
		.frame_bytes = 4,
		.format = 2,
		.channels = 2,
	};

	opening.fd = memfd_create("fake-ring", MFD_CLOEXEC);
	assert_true(opening.fd >= 0);
	listener->opened(&opening, data);
	close(opening.fd);
}

/* The claim, if there is one, and all watchers. */
#define TELL(stream, call, ...)                                                                    \
	do {                                                                                       \
		if ((stream)->listener)                                                            \
			(stream)->listener->call(__VA_ARGS__, (stream)->data);                     \
		for (unsigned i_ = 0; i_ < XENAV_MAX_WATCHERS; i_++)                               \
			if ((stream)->watchers[i_].listener)                                       \
				(stream)->watchers[i_].listener->call(                             \
					__VA_ARGS__, (stream)->watchers[i_].data);                 \
	} while (0)

void stream_resync(struct stream *stream, const void *data)
{
	const struct stream_listener *listener = NULL;
	void *whom = NULL;

	if (stream->listener && stream->data == data) {
		listener = stream->listener;
		whom = stream->data;
	}
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		if (stream->watchers[i].listener && stream->watchers[i].data == data) {
			listener = stream->watchers[i].listener;
			whom = stream->watchers[i].data;
		}
	}
	assert_non_null(listener);
	stream->n_resyncs++;
	if (!stream->generation)
		return;
	opened(stream, listener, whom);
	listener->state(stream->generation, XENAV_STREAM_STARTED, 1000, whom);
	listener->written(stream->generation, 4000, 100, whom);
}

int stream_report(struct stream *stream, uint32_t generation, uint64_t position_frames,
		  uint64_t when_ns, uint32_t carry_frames)
{
	assert_non_null(stream->listener);
	stream->reported_carry = carry_frames;
	stream->n_reports++;
	stream->reported_generation = generation;
	stream->reported_frames = position_frames;
	stream->reported_ns = when_ns;
	return stream->report_rc;
}

uint64_t stream_stood_frames(const struct stream *)
{
	return 42;
}

void stream_filled(struct stream *stream, uint32_t, uint64_t filled_frames)
{
	assert_non_null(stream->listener);
	stream->filled_frames = filled_frames;
}

int stream_bound(struct stream *stream, const struct stream_bounds *bounds)
{
	assert_non_null(stream->listener);
	stream->bounds = *bounds;
	stream->n_bounds++;
	return stream->bound_rc;
}

void rig_open(struct rig *, struct stream *stream, uint32_t generation)
{
	stream->generation = generation;
	if (stream->listener)
		opened(stream, stream->listener, stream->data);
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++)
		if (stream->watchers[i].listener)
			opened(stream, stream->watchers[i].listener, stream->watchers[i].data);
}

void rig_state(const struct stream *stream, uint32_t state, uint64_t position_frames)
{
	TELL(stream, state, stream->generation, state, position_frames);
}

void rig_volume(const struct stream *stream, uint8_t first_channel, int32_t volume_mdb)
{
	const int32_t mdb[2] = {volume_mdb, volume_mdb + 1};
	const struct stream_volume volume = {
		.generation = stream->generation,
		.first_channel = first_channel,
		.n_channels = 2,
		.muted = 2,
		.volume_mdb = mdb,
	};

	TELL(stream, volume, &volume);
}

void rig_data(const struct stream *stream, uint64_t position_frames, uint32_t frames)
{
	TELL(stream, written, stream->generation, position_frames, frames);
}

void rig_close(struct stream *stream)
{
	const uint32_t generation = stream->generation;

	stream->generation = 0;
	TELL(stream, closed, generation);
}

bool rig_heard(const struct stream *stream)
{
	return stream->n_claims > stream->n_releases;
}

/* Odd positions with gaps never merge. */
void rig_fill(const struct stream *stream)
{
	for (unsigned i = 0; i < FILLER_MESSAGES; i++)
		rig_data(stream, i * 16ull + 1, 8);
}

/* -------- connectors -------- */

unsigned rig_n_looks;

void connector_get_place(const struct connector *conn, struct connector_place *place)
{
	*place = conn->place;
}

void connector_get_status(const struct connector *conn, struct xenav_msg_status_connector *msg)
{
	msg->driven = conn->listener != NULL;
	msg->flips = conn->serial;
}

void connector_get_info(const struct connector *conn, struct connector_info *info)
{
	rig_n_looks++;
	*info = conn->info;
}

static int watch_connector(struct connector *conn, const struct connector_listener *listener,
			   void *data)
{
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		if (conn->watchers[i].listener)
			continue;
		conn->watchers[i].listener = listener;
		conn->watchers[i].data = data;
		conn->watchers[i].serial = 0;
		conn->n_claims++;
		return 0;
	}
	return -EUSERS;
}

int connector_claim(struct connector *conn, enum xenav_mode mode,
		    const struct connector_listener *listener, uint32_t ways, void *data)
{
	if (mode != XENAV_MODE_WATCH && conn->listener)
		return -EBUSY;
	conn->ways = ways;
	if (mode == XENAV_MODE_WATCH)
		return watch_connector(conn, listener, data);
	conn->listener = listener;
	conn->data = data;
	conn->n_claims++;
	conn->serial = 0;
	return 0;
}

/* Exactly one is to be of that data. */
void connector_release(struct connector *conn, const void *data)
{
	const unsigned before = conn->n_releases;

	if (conn->listener && conn->data == data) {
		conn->listener = NULL;
		conn->n_releases++;
	}
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		if (!conn->watchers[i].listener || conn->watchers[i].data != data)
			continue;
		conn->watchers[i].listener = NULL;
		conn->n_releases++;
	}
	assert_int_equal(conn->n_releases, before + 1);
}

static void give(const struct connector_listener *listener, uint64_t serial, void *data)
{
	struct connector_frame frame = {.serial = serial, .width_px = 640};
	struct connector_buffer buffer = {.size_bytes = 4096, .way = XENAV_WAY_COPY};

	buffer.fd = memfd_create("fake-frame", MFD_CLOEXEC);
	assert_true(buffer.fd >= 0);
	listener->buffer(&buffer, data);
	close(buffer.fd);
	listener->frame(&frame, data);
}

void connector_ready(struct connector *conn, const void *data, bool again)
{
	if (conn->listener && conn->data == data) {
		conn->n_readies++;
		conn->n_agains += again;
		conn->serial++;
		if (conn->eager)
			give(conn->listener, conn->serial, conn->data);
		return;
	}
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		if (!conn->watchers[i].listener || conn->watchers[i].data != data)
			continue;
		conn->n_watcher_readies++;
		conn->watchers[i].serial++;
		if (conn->eager)
			give(conn->watchers[i].listener, conn->watchers[i].serial,
			     conn->watchers[i].data);
		return;
	}
	fail_msg("nobody is ready");
}

void connector_done(struct connector *conn, const void *data, uint64_t serial)
{
	if (conn->listener && conn->data == data)
		conn->done = serial;
}

int connector_freed(struct connector *conn, const void *, uint32_t index)
{
	conn->freed = index;
	conn->n_freed++;
	return conn->freed_rc;
}

int connector_offer(struct connector *conn, uint32_t index, uint32_t size_bytes, int fd)
{
	conn->offered_index = index;
	conn->offered_bytes = size_bytes;
	conn->n_offers++;
	return fcntl(fd, F_GETFD) < 0 ? -EBADF : index < XENAV_MAX_OFFERS ? 0 : -EINVAL;
}

int connector_edid(struct connector *conn, const struct xenav_msg_connector_edid *msg)
{
	assert_non_null(conn->listener);
	conn->edid = *msg;
	conn->n_edids++;
	return conn->edid_rc;
}

int connector_refresh(struct connector *conn, uint64_t period_ns)
{
	conn->period_ns = period_ns;
	return conn->refresh_rc;
}
