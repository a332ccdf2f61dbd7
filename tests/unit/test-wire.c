/* SPDX-License-Identifier: MIT */
/*
 * lib/wire: well-formed and malformed messages.
 *
 * Every opcode of the table goes through every malformation, so a new one is covered as soon as
 * it has an example in well_formed().
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "test.h"
#include "wire/wire.h"

#include "wire-pair.h"

static bool from_daemon(const struct wire_op *op)
{
	return op->opcode & XENAV_FROM_DAEMON;
}

/* Is the object of such a message always 0? */
static bool is_about_all(uint16_t opcode)
{
	switch (opcode) {
	case XENAV_OP_ANNOUNCED:
	case XENAV_OP_TOKEN:
	case XENAV_OP_RESUME:
	case XENAV_OP_STATUS_GET:
	case XENAV_OP_STATUS_MONITOR:
	case XENAV_OP_STATUS_LOG_LEVEL:
	case XENAV_OP_STATUS_KICK:
	case XENAV_OP_STATUS_DAEMON:
	case XENAV_OP_STATUS_GUEST:
	case XENAV_OP_STATUS_DEVICE:
	case XENAV_OP_STATUS_CONSUMER:
	case XENAV_OP_STATUS_END:
	case XENAV_OP_STATUS_DONE:
		return true;
	default:
		return false;
	}
}

/* An example of every message. */
static void well_formed(union xenav_msg *m, uint16_t opcode)
{
	const bool greeting = opcode == XENAV_OP_HELLO || opcode == XENAV_OP_WELCOME;

	wire_init(m, opcode, greeting || is_about_all(opcode) ? 0 : 5);
	if (greeting) {
		m->hello.magic = XENAV_PROTO_MAGIC;
		m->hello.major = XENAV_PROTO_MAJOR;
		strcpy(m->hello.name, "name");
	} else if (opcode == XENAV_OP_CLAIM || opcode == XENAV_OP_CLAIM_WAIT ||
		   opcode == XENAV_OP_CLAIMED) {
		m->claim.ways = XENAV_WAY_COPY;
	} else if (opcode == XENAV_OP_FRAME_BUFFER) {
		m->frame_buffer.buffer = 15;
		m->frame_buffer.way = XENAV_WAY_DIRECT;
		m->frame_buffer.offset_bytes = 1ull << 40;
	} else if (opcode == XENAV_OP_ERROR) {
		m->error.error = -EBUSY;
	} else if (opcode == XENAV_OP_STREAM_VOLUME) {
		m->stream_volume.n_channels = 2;
		m->stream_volume.muted = 3;
	} else if (opcode == XENAV_OP_CONNECTOR_EDID) {
		m->connector_edid.index = 3;
		m->connector_edid.n_blocks = 4;
		m->connector_edid.block[127] = 0xff;
	} else if (opcode == XENAV_OP_INPUT_EVENTS) {
		m->input_events.n = XENAV_INPUT_EVENTS_MAX;
		for (unsigned i = 0; i < XENAV_INPUT_EVENTS_MAX; i++)
			m->input_events.events[i].kind = XENAV_INPUT_KEY;
	} else if (opcode == XENAV_OP_STATUS_DEVICE) {
		m->status_device.kind = XENAV_DEVICE_INPUT;
	} else if (opcode == XENAV_OP_STATUS_EVENT) {
		m->status_event.kind = XENAV_EVENT_LOG_LEVEL;
	}
}

TEST_ALONE(every_opcode_is_in_the_table_once)
{
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(wire_op_find(ops[i].opcode), &ops[i]);
		assert_non_null(ops[i].name);
		assert_in_range(ops[i].n_fds, 0, WIRE_MAX_FDS);
		assert_in_range(ops[i].size_bytes, 8, XENAV_PROTO_MSG_MAX);
	}
	assert_null(wire_op_find(0));
	assert_null(wire_op_find(0xffff));
}

TEST_ALONE(every_message_passes_in_its_direction_only)
{
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (size_t i = 0; i < n; i++) {
		const bool down = from_daemon(&ops[i]);
		union xenav_msg m;

		well_formed(&m, ops[i].opcode);
		assert_int_equal(wire_check(&m, m.h.size, ops[i].n_fds, down), 0);
		assert_int_equal(wire_check(&m, m.h.size, ops[i].n_fds, !down), -EOPNOTSUPP);
	}
}

TEST_ALONE(a_size_that_is_off_by_one_is_refused)
{
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (size_t i = 0; i < n; i++) {
		const bool down = from_daemon(&ops[i]);
		const uint16_t size = ops[i].size_bytes;
		const uint16_t wrong[] = {0, 1, 7, (uint16_t)(size - 1), (uint16_t)(size + 1), 256};
		union xenav_msg m;

		for (size_t j = 0; j < sizeof wrong / sizeof wrong[0]; j++) {
			well_formed(&m, ops[i].opcode);
			/* The packet is longer or shorter than its size field. */
			assert_int_equal(wire_check(&m, wrong[j], ops[i].n_fds, down), -EPROTO);
			/* The size field is wrong. */
			m.h.size = wrong[j];
			assert_int_equal(wire_check(&m, size, ops[i].n_fds, down), -EPROTO);
			/* Packet and size field agree, but not with the opcode. */
			assert_int_equal(wire_check(&m, wrong[j], ops[i].n_fds, down), -EPROTO);
		}
	}
}

TEST_ALONE(a_wrong_number_of_descriptors_is_refused)
{
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (size_t i = 0; i < n; i++) {
		union xenav_msg m;

		well_formed(&m, ops[i].opcode);
		for (size_t fds = 0; fds < 4; fds++)
			assert_int_equal(wire_check(&m, m.h.size, fds, from_daemon(&ops[i])),
					 fds == ops[i].n_fds ? 0 : -EPROTO);
	}
}

/* Check a message with one field changed. */
#define REFUSES(op, field, value)                                                                  \
	do {                                                                                       \
		union xenav_msg m_;                                                                \
		const struct wire_op *op_ = wire_op_find(op);                                      \
		well_formed(&m_, (op));                                                            \
		m_.field = (value);                                                                \
		assert_int_equal(wire_check(&m_, m_.h.size, op_->n_fds, from_daemon(op_)),         \
				 -EPROTO);                                                         \
	} while (0)

TEST_ALONE(values_outside_their_enumeration_are_refused)
{
	REFUSES(XENAV_OP_HELLO, hello.magic, XENAV_PROTO_MAGIC + 1);
	REFUSES(XENAV_OP_HELLO, h.object, 1);
	REFUSES(XENAV_OP_WELCOME, hello.magic, 0);
	REFUSES(XENAV_OP_CLAIM, claim.ways, 0);
	REFUSES(XENAV_OP_CLAIMED, claim.ways, 0);
	REFUSES(XENAV_OP_CLAIMED, claim.ways, 8);
	REFUSES(XENAV_OP_CLAIMED, claim.ways, 0x80000001u);
	REFUSES(XENAV_OP_CLAIM, claim.mode, 3);
	REFUSES(XENAV_OP_CLAIM_WAIT, claim.ways, 0);
	REFUSES(XENAV_OP_CLAIM_WAIT, claim.mode, 3);
	REFUSES(XENAV_OP_ANNOUNCED, h.object, 1);
	REFUSES(XENAV_OP_TOKEN, h.object, 1);
	REFUSES(XENAV_OP_RESUME, h.object, 1);
	REFUSES(XENAV_OP_CLAIMED, claim.mode, 3);
	REFUSES(XENAV_OP_ERROR, error.error, 0);
	REFUSES(XENAV_OP_ERROR, error.error, 1);
	REFUSES(XENAV_OP_ERROR, error.error, -4096);
	REFUSES(XENAV_OP_ERROR, error.error, INT32_MIN);
	REFUSES(XENAV_OP_STREAM_ADDED, stream_added.direction, 2);
	REFUSES(XENAV_OP_STREAM_OPENED, stream_opened.format, 25);
	REFUSES(XENAV_OP_STREAM_STATE, stream_state.state, 3);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.n_channels, 0);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.n_channels, 1); /* but two are muted */
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.n_channels, 33);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.n_channels, 255);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.first_channel, 254);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.muted, 4);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.muted, 1u << 31);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.volume_mdb[1], XENAV_VOLUME_MAX_MDB + 1);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.volume_mdb[1], XENAV_VOLUME_MIN_MDB - 1);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.volume_mdb[0], INT32_MIN);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.volume_mdb[2], 1);
	REFUSES(XENAV_OP_FRAME_READY, frame_ready.flags, 2);
	REFUSES(XENAV_OP_FRAME_READY, frame_ready.flags, 0x80000001u);
	REFUSES(XENAV_OP_FRAME_BUFFER, frame_buffer.buffer, 16);
	REFUSES(XENAV_OP_FRAME_BUFFER, frame_buffer.way, 0);
	REFUSES(XENAV_OP_FRAME_BUFFER, frame_buffer.way, 3);
	REFUSES(XENAV_OP_FRAME_BUFFER, frame_buffer.way, 8);
	REFUSES(XENAV_OP_FRAME_BUFFER, frame_buffer.way, XENAV_WAY_COPY);   /* from no offset */
	REFUSES(XENAV_OP_FRAME_BUFFER, frame_buffer.way, XENAV_WAY_DMABUF); /* nor this */
	REFUSES(XENAV_OP_FRAME_BUFFER_GONE, frame_buffer_gone.buffer, 16);
	REFUSES(XENAV_OP_FRAME_BUFFER_FREED, frame_buffer_gone.buffer, UINT32_MAX);
	REFUSES(XENAV_OP_CONNECTOR_EDID, connector_edid.index, 4);
	REFUSES(XENAV_OP_CONNECTOR_EDID, connector_edid.n_blocks, 3);
	REFUSES(XENAV_OP_CONNECTOR_EDID, connector_edid.n_blocks, 5);
	REFUSES(XENAV_OP_CONNECTOR_EDID, connector_edid.n_blocks, 255);
}

TEST_ALONE(padding_that_is_not_zero_is_refused)
{
	REFUSES(XENAV_OP_ERROR, error.pad, 1);
	for (size_t i = 0; i < 5; i++)
		REFUSES(XENAV_OP_STREAM_ADDED, stream_added.pad[i], 1);
	REFUSES(XENAV_OP_CONNECTOR_ADDED, connector_added.pad, 1);
	REFUSES(XENAV_OP_STREAM_OPENED, stream_opened.pad[0], 1);
	REFUSES(XENAV_OP_STREAM_OPENED, stream_opened.pad[1], 1);
	REFUSES(XENAV_OP_STREAM_CLOSED, stream_closed.pad, 1);
	REFUSES(XENAV_OP_STREAM_FILLED, stream_filled.pad, 1);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.pad[0], 1);
	REFUSES(XENAV_OP_STREAM_VOLUME, stream_volume.pad[1], 1);
	REFUSES(XENAV_OP_STREAM_MOVED, stream_moved.pad, 1);
	REFUSES(XENAV_OP_FRAME_READY, frame_ready.pad, 1);
	REFUSES(XENAV_OP_FRAME_BUFFER, frame_buffer.offered, 1); /* of a way that is not DMABUF */
	REFUSES(XENAV_OP_FRAME_BUFFER_GONE, frame_buffer_gone.pad, 1);
	REFUSES(XENAV_OP_FRAME_BUFFER_FREED, frame_buffer_gone.pad, 1);
	for (size_t i = 0; i < 6; i++)
		REFUSES(XENAV_OP_CONNECTOR_EDID, connector_edid.pad[i], 1);
	REFUSES(XENAV_OP_CONNECTOR_REFRESH, connector_refresh.pad, 1);
}

TEST_ALONE(input_events_are_of_known_kinds_and_nothing_follows_them)
{
	union xenav_msg m;

	for (unsigned i = 0; i < XENAV_INPUT_EVENTS_MAX; i++) {
		REFUSES(XENAV_OP_INPUT_EVENTS, input_events.events[i].kind, XENAV_INPUT_NONE);
		REFUSES(XENAV_OP_INPUT_EVENTS, input_events.events[i].kind, XENAV_INPUT_LIFT + 1);
		REFUSES(XENAV_OP_INPUT_EVENTS, input_events.events[i].value, 2);
	}
	REFUSES(XENAV_OP_INPUT_EVENTS, input_events.n, 0);
	REFUSES(XENAV_OP_INPUT_EVENTS, input_events.n, XENAV_INPUT_EVENTS_MAX + 1);
	REFUSES(XENAV_OP_INPUT_EVENTS, input_events.n, UINT32_MAX);
	/* The last one is still there. */
	REFUSES(XENAV_OP_INPUT_EVENTS, input_events.n, XENAV_INPUT_EVENTS_MAX - 1);
	well_formed(&m, XENAV_OP_INPUT_EVENTS);
	assert_int_equal(wire_check(&m, m.h.size, 0, false), 0);
}

TEST_ALONE(an_edid_is_withdrawn_with_nothing_else)
{
	union xenav_msg m;

	wire_init(&m, XENAV_OP_CONNECTOR_EDID, 5);
	assert_int_equal(wire_check(&m, m.h.size, 0, false), 0);
	m.connector_edid.index = 1;
	assert_int_equal(wire_check(&m, m.h.size, 0, false), -EPROTO);
	m.connector_edid.index = 0;
	m.connector_edid.block[64] = 1;
	assert_int_equal(wire_check(&m, m.h.size, 0, false), -EPROTO);
	m.connector_edid.n_blocks = 1;
	assert_int_equal(wire_check(&m, m.h.size, 0, false), 0);
}

TEST_ALONE(a_volume_may_fill_its_message_and_any_limits_may_be_wished_for)
{
	union xenav_msg m;

	wire_init(&m, XENAV_OP_STREAM_VOLUME, 5);
	m.stream_volume.first_channel = 255 - 32;
	m.stream_volume.n_channels = 32;
	m.stream_volume.muted = UINT32_MAX;
	for (unsigned i = 0; i < 32; i++)
		m.stream_volume.volume_mdb[i] = i % 2 ? XENAV_VOLUME_MIN_MDB : XENAV_VOLUME_MAX_MDB;
	assert_int_equal(wire_check(&m, m.h.size, 0, true), 0);
	wire_init(&m, XENAV_OP_STREAM_LIMITS, 5);
	memset(m.bytes + sizeof m.h, 0xff, m.h.size - sizeof m.h);
	assert_int_equal(wire_check(&m, m.h.size, 0, false), 0);
}

static void check_string(uint16_t opcode, size_t offset, size_t size)
{
	const struct wire_op *op = wire_op_find(opcode);
	union xenav_msg m;

	/* The string fills its field. */
	well_formed(&m, opcode);
	memset(m.bytes + offset, 'x', size - 1);
	assert_int_equal(wire_check(&m, m.h.size, op->n_fds, from_daemon(op)), 0);
	/* The string is not terminated. */
	m.bytes[offset + size - 1] = 'x';
	assert_int_equal(wire_check(&m, m.h.size, op->n_fds, from_daemon(op)), -EPROTO);
	/* A byte behind the terminator is not zero. */
	m.bytes[offset + size - 1] = 0;
	m.bytes[offset] = 0;
	assert_int_equal(wire_check(&m, m.h.size, op->n_fds, from_daemon(op)), -EPROTO);
}

#define STRING(op, type, field)                                                                    \
	check_string((op), offsetof(struct type, field), sizeof(((struct type *)0)->field))

TEST_ALONE(strings_end_inside_their_field_and_are_zero_filled)
{
	STRING(XENAV_OP_HELLO, xenav_msg_hello, name);
	STRING(XENAV_OP_WELCOME, xenav_msg_hello, name);
	STRING(XENAV_OP_STREAM_ADDED, xenav_msg_stream_added, domain_name);
	STRING(XENAV_OP_STREAM_ADDED, xenav_msg_stream_added, unique_id);
	STRING(XENAV_OP_STREAM_ADDED, xenav_msg_stream_added, pcm_name);
	STRING(XENAV_OP_CONNECTOR_ADDED, xenav_msg_connector_added, domain_name);
	STRING(XENAV_OP_CONNECTOR_ADDED, xenav_msg_connector_added, unique_id);
}

TEST_ALONE(a_consumer_may_offer_ways_unknown_here)
{
	union xenav_msg m;

	well_formed(&m, XENAV_OP_CLAIM);
	m.claim.ways = UINT32_MAX;
	assert_int_equal(wire_check(&m, m.h.size, 0, false), 0);
}

/* A fixed sequence that looks random. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

TEST_ALONE(random_bytes_are_judged_without_harm)
{
	uint32_t seed = 20240501;
	unsigned int passed = 0;
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (unsigned int i = 0; i < 200000; i++) {
		const struct wire_op *op = &ops[next_random(&seed) % n];
		union xenav_msg m;
		int rc;

		for (size_t j = 0; j < sizeof m; j++)
			m.bytes[j] = (unsigned char)next_random(&seed);
		/* Most messages have a good header, so that the fields are checked. */
		if (next_random(&seed) % 8) {
			m.h.opcode = op->opcode;
			m.h.size = op->size_bytes;
		}
		rc = wire_check(&m, m.h.size, op->n_fds, from_daemon(op));
		assert_true(rc == 0 || rc == -EPROTO || rc == -EOPNOTSUPP);
		passed += rc == 0;
	}
	assert_true(passed > 0);
}

PAIR_TEST(a_message_and_its_descriptor_arrive)
{
	struct pair *p = *state;
	size_t n;
	const struct wire_op *ops = wire_ops(&n);

	for (size_t i = 0; i < n; i++) {
		union xenav_msg sent, got;
		int mem = -1, fd = -2;

		well_formed(&sent, ops[i].opcode);
		if (ops[i].n_fds)
			mem = fake_memfd(100);
		assert_int_equal(wire_send(p->a, &sent, mem), 0);
		assert_int_equal(wire_recv(p->b, &got, &fd, from_daemon(&ops[i])), 0);
		assert_memory_equal(&sent, &got, sizeof sent);
		assert_int_equal(fd >= 0, ops[i].n_fds);
		if (fd >= 0) {
			assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			close(fd);
			close(mem);
		}
	}
	{
		union xenav_msg got;
		int fd;

		assert_int_equal(wire_recv(p->b, &got, &fd, true), -EAGAIN);
		assert_int_equal(fd, -1);
	}
}
