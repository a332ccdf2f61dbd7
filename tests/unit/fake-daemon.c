/* SPDX-License-Identifier: MIT */
/*
 * See fake-daemon.h.  Messages go through lib/wire, which has its own test.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"
#include "wire/wire.h"

#include "count-fds.h"
#include "fake-daemon.h"

void leaks_before(struct leaks *l)
{
	l->fds = count_fds();
	l->memfd_maps = count_maps("/memfd:");
}

void leaks_after(const struct leaks *l)
{
	assert_int_equal(count_maps("/memfd:"), l->memfd_maps);
	assert_int_equal(count_fds(), l->fds);
}

int fake_memfd_sealed(size_t size_bytes, int seals)
{
	int fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	unsigned char *bytes = malloc(size_bytes);

	assert_true(fd >= 0);
	assert_non_null(bytes);
	for (size_t i = 0; i < size_bytes; i++)
		bytes[i] = (unsigned char)(i % 251);
	assert_int_equal(pwrite(fd, bytes, size_bytes, 0), size_bytes);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	free(bytes);
	return fd;
}

int fake_memfd(size_t size_bytes)
{
	return fake_memfd_sealed(size_bytes, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int fake_ring(size_t buffer_bytes)
{
	static const uint8_t tail[2 * XENAV_RING_TAIL_ALIGN];
	const size_t tail_at = (buffer_bytes + XENAV_RING_TAIL_ALIGN - 1) / XENAV_RING_TAIL_ALIGN *
			       XENAV_RING_TAIL_ALIGN;
	const size_t size = tail_at + XENAV_RING_TAIL_ALIGN;
	int fd = fake_memfd(size);

	assert_int_equal(pwrite(fd, tail, size - buffer_bytes, (off_t)buffer_bytes),
			 size - buffer_bytes);
	return fd;
}

void fake_send(int sock, const union xenav_msg *msg, int fd)
{
	assert_int_equal(wire_send(sock, msg, fd), 0);
}

void fake_welcome(int sock)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_WELCOME, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	msg.hello.minor = XENAV_PROTO_MINOR;
	strcpy(msg.hello.name, "fake");
	fake_send(sock, &msg, -1);
}

void fake_error(int sock, uint32_t object, uint16_t opcode, int error)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_ERROR, object);
	msg.error.opcode = opcode;
	msg.error.error = error;
	fake_send(sock, &msg, -1);
}

void fake_stream_added(int sock, uint32_t id, uint8_t direction, const char *unique_id)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_ADDED, id);
	msg.stream_added.domid = 7;
	msg.stream_added.devid = 1;
	msg.stream_added.pcm = 2;
	msg.stream_added.stream = 3;
	msg.stream_added.direction = direction;
	strcpy(msg.stream_added.domain_name, "guest");
	strcpy(msg.stream_added.unique_id, unique_id);
	strcpy(msg.stream_added.pcm_name, "card");
	fake_send(sock, &msg, -1);
}

void fake_connector_added(int sock, uint32_t id, const char *unique_id)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CONNECTOR_ADDED, id);
	msg.connector_added.domid = 7;
	msg.connector_added.connector = 1;
	msg.connector_added.width_px = 800;
	msg.connector_added.height_px = 600;
	strcpy(msg.connector_added.domain_name, "guest");
	strcpy(msg.connector_added.unique_id, unique_id);
	fake_send(sock, &msg, -1);
}

void fake_plain(int sock, uint16_t opcode, uint32_t id)
{
	union xenav_msg msg;

	wire_init(&msg, opcode, id);
	fake_send(sock, &msg, -1);
}

void fake_claimed(int sock, uint32_t id)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIMED, id);
	msg.claim.ways = XENAV_WAY_COPY;
	fake_send(sock, &msg, -1);
}

void fake_claimed_ways(int sock, uint32_t id, uint32_t ways)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIMED, id);
	msg.claim.ways = ways;
	fake_send(sock, &msg, -1);
}

static void claimed_in_mode(int sock, uint32_t id, uint32_t mode)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIMED, id);
	msg.claim.ways = XENAV_WAY_COPY;
	msg.claim.mode = mode;
	fake_send(sock, &msg, -1);
}

void fake_watched(int sock, uint32_t id)
{
	claimed_in_mode(sock, id, XENAV_MODE_WATCH);
}

void fake_fed(int sock, uint32_t id)
{
	claimed_in_mode(sock, id, XENAV_MODE_FEED);
}

/* The size of a sample by the protocol, independent of the code under test. */
static uint32_t sample_bytes(uint8_t format)
{
	static const uint8_t bytes[] = {1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4,
					4, 4, 4, 8, 8, 4, 4, 1, 1, 1, 1, 1};

	return bytes[format];
}

void fake_opened(int sock, uint32_t id, uint32_t generation, uint8_t format, uint8_t channels,
		 uint32_t rate_hz, uint32_t buffer_bytes, uint32_t period_bytes, int fd)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_OPENED, id);
	msg.stream_opened.generation = generation;
	msg.stream_opened.rate_hz = rate_hz;
	msg.stream_opened.buffer_bytes = buffer_bytes;
	msg.stream_opened.period_bytes = period_bytes;
	msg.stream_opened.frame_bytes = sample_bytes(format) * channels;
	msg.stream_opened.format = format;
	msg.stream_opened.channels = channels;
	fake_send(sock, &msg, fd);
}

void fake_state(int sock, uint32_t id, uint32_t generation, uint32_t state, uint64_t position)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_STATE, id);
	msg.stream_state.generation = generation;
	msg.stream_state.state = state;
	msg.stream_state.position_frames = position;
	msg.stream_state.stood_frames = position;
	fake_send(sock, &msg, -1);
}

void fake_data(int sock, uint32_t id, uint32_t generation, uint64_t position_frames,
	       uint32_t frames)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_DATA, id);
	msg.stream_data.generation = generation;
	msg.stream_data.position_frames = position_frames;
	msg.stream_data.frames = frames;
	fake_send(sock, &msg, -1);
}

void fake_volume(int sock, uint32_t id, uint32_t generation, uint8_t channel, int32_t volume_mdb,
		 bool muted)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_VOLUME, id);
	msg.stream_volume.generation = generation;
	msg.stream_volume.first_channel = channel;
	msg.stream_volume.n_channels = 1;
	msg.stream_volume.muted = muted;
	msg.stream_volume.volume_mdb[0] = volume_mdb;
	fake_send(sock, &msg, -1);
}

void fake_moved(int sock, uint32_t id, uint32_t generation, uint64_t position_frames,
		uint64_t when_ns)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_MOVED, id);
	msg.stream_moved.generation = generation;
	msg.stream_moved.position_frames = position_frames;
	msg.stream_moved.when_ns = when_ns;
	fake_send(sock, &msg, -1);
}

void fake_closed(int sock, uint32_t id, uint32_t generation)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_CLOSED, id);
	msg.stream_closed.generation = generation;
	fake_send(sock, &msg, -1);
}

void fake_buffer(int sock, uint32_t id, uint32_t buffer, uint32_t size_bytes, int fd)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER, id);
	msg.frame_buffer.buffer = buffer;
	msg.frame_buffer.size_bytes = size_bytes;
	msg.frame_buffer.way = XENAV_WAY_COPY;
	fake_send(sock, &msg, fd);
}

void fake_buffer_way(int sock, uint32_t id, uint32_t buffer, uint32_t size_bytes, uint32_t way,
		     uint64_t offset_bytes, int fd)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER, id);
	msg.frame_buffer.buffer = buffer;
	msg.frame_buffer.size_bytes = size_bytes;
	msg.frame_buffer.way = way;
	msg.frame_buffer.offset_bytes = offset_bytes;
	fake_send(sock, &msg, fd);
}

void fake_gone(int sock, uint32_t id, uint32_t buffer)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER_GONE, id);
	msg.frame_buffer_gone.buffer = buffer;
	fake_send(sock, &msg, -1);
}

void fake_frame(int sock, uint32_t id, uint64_t serial, uint32_t buffer, uint32_t width,
		uint32_t height, uint32_t stride, const char *fourcc)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME, id);
	msg.frame.serial = serial;
	msg.frame.buffer = buffer;
	msg.frame.width_px = width;
	msg.frame.height_px = height;
	msg.frame.stride_bytes = stride;
	for (unsigned int i = 0; i < 4; i++)
		msg.frame.fourcc |= (uint32_t)(unsigned char)fourcc[i] << (8 * i);
	fake_send(sock, &msg, -1);
}

bool fake_recv(int sock, union xenav_msg *msg)
{
	int fd, rc;

	rc = wire_recv(sock, msg, &fd, false);
	if (rc == -EAGAIN)
		return false;
	assert_int_equal(rc, 0);
	return true;
}

void fake_next(int sock, union xenav_msg *msg)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};

	if (!fake_recv(sock, msg)) {
		assert_int_equal(poll(&p, 1, 30000), 1);
		assert_true(fake_recv(sock, msg));
	}
}

void fake_expect(int sock, union xenav_msg *msg, uint16_t opcode, uint32_t object)
{
	fake_next(sock, msg);
	/* STREAM_FILLED may come between any other messages. */
	while (msg->h.opcode == XENAV_OP_STREAM_FILLED && opcode != XENAV_OP_STREAM_FILLED)
		fake_next(sock, msg);
	assert_int_equal(msg->h.opcode, opcode);
	assert_int_equal(msg->h.object, object);
}
