/* SPDX-License-Identifier: MIT */
/*
 * See messages.h.
 *
 * The check of a field needs no state: sizes, descriptors, padding, strings, enumerations, flags.
 * The two ends check that an object exists, that a generation is the present one, and that an
 * offset lies inside its buffer.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Every byte of padding in a message must have a name, or it would carry contents of the stack. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#include "xenav-proto.h"
#pragma GCC diagnostic pop

#include "wire/formats.h"
#include "wire/messages.h"

static bool all_zero(const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++)
		if (b[i])
			return false;
	return true;
}

/* A string is terminated within its field, and filled up with zeros. */
static bool string_ok(const char *s, size_t n)
{
	const size_t len = strnlen(s, n);

	return len < n && all_zero(s + len, n - len);
}

#define ZERO(field)   all_zero(&(field), sizeof(field))
#define STRING(field) string_ok((field), sizeof(field))

static bool hello_ok(const union xenav_msg *msg)
{
	return msg->h.object == 0 && msg->hello.magic == XENAV_PROTO_MAGIC &&
	       STRING(msg->hello.name);
}

static bool token_ok(const union xenav_msg *msg)
{
	return msg->h.object == 0;
}

static bool guest_ok(const union xenav_msg *msg)
{
	return STRING(msg->guest.uuid);
}

static bool error_ok(const union xenav_msg *msg)
{
	return msg->error.error < 0 && msg->error.error >= -4095;
}

/* A consumer may offer ways that this daemon does not know. */
static bool claim_ok(const union xenav_msg *msg)
{
	return msg->claim.mode <= XENAV_MODE_FEED && msg->claim.ways != 0;
}

/* The daemon grants only ways that it knows. */
static bool claimed_ok(const union xenav_msg *msg)
{
	return claim_ok(msg) && !(msg->claim.ways & ~XENAV_WAYS);
}

static bool stream_added_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_stream_added *m = &msg->stream_added;

	return m->direction <= XENAV_CAPTURE && STRING(m->domain_name) && STRING(m->unique_id) &&
	       STRING(m->pcm_name);
}

static bool announced_ok(const union xenav_msg *msg)
{
	return msg->h.object == 0;
}

static bool connector_added_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_connector_added *m = &msg->connector_added;

	return STRING(m->domain_name) && STRING(m->unique_id);
}

static bool stream_opened_ok(const union xenav_msg *msg)
{
	return msg->stream_opened.format < SAMPLE_FORMATS;
}

static bool stream_state_ok(const union xenav_msg *msg)
{
	return msg->stream_state.state <= XENAV_STREAM_PAUSED;
}

/* Volumes are within bounds, and the fields behind the last channel are zero. */
static bool stream_volume_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_stream_volume *m = &msg->stream_volume;
	const unsigned n = m->n_channels;

	if (n == 0 || n > XENAV_VOLUME_CHANNELS || m->first_channel + n > UINT8_MAX)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (m->volume_mdb[i] < XENAV_VOLUME_MIN_MDB ||
		    m->volume_mdb[i] > XENAV_VOLUME_MAX_MDB)
			return false;
	return (uint64_t)m->muted >> n == 0 &&
	       all_zero(&m->volume_mdb[n], (XENAV_VOLUME_CHANNELS - n) * sizeof m->volume_mdb[0]);
}

static bool frame_ready_ok(const union xenav_msg *msg)
{
	return !(msg->frame_ready.flags & ~XENAV_FRAME_AGAIN);
}

/* A buffer has one way, and only a direct one an offset: it is part of a larger mapping. */
static bool frame_buffer_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_frame_buffer *m = &msg->frame_buffer;

	if (m->way != XENAV_WAY_DIRECT && m->offset_bytes != 0)
		return false;
	if (m->offered > (m->way == XENAV_WAY_DMABUF ? XENAV_MAX_OFFERS : 0))
		return false;
	return m->buffer < XENAV_MAX_BUFFERS &&
	       (m->way == XENAV_WAY_COPY || m->way == XENAV_WAY_DIRECT ||
		m->way == XENAV_WAY_DMABUF);
}

static bool frame_buffer_gone_ok(const union xenav_msg *msg)
{
	return msg->frame_buffer_gone.buffer < XENAV_MAX_BUFFERS;
}

static bool connector_edid_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_connector_edid *m = &msg->connector_edid;

	if (m->n_blocks > XENAV_EDID_MAX_BLOCKS)
		return false;
	return m->n_blocks ? m->index < m->n_blocks : m->index == 0 && ZERO(m->block);
}

static bool input_added_ok(const union xenav_msg *msg)
{
	return STRING(msg->input_added.domain_name) && STRING(msg->input_added.unique_id);
}

/* Known kinds, and nothing behind the last event. */
static bool input_events_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_input_events *m = &msg->input_events;

	if (m->n == 0 || m->n > XENAV_INPUT_EVENTS_MAX)
		return false;
	for (uint32_t i = 0; i < m->n; i++)
		if (m->events[i].kind == XENAV_INPUT_NONE || m->events[i].kind > XENAV_INPUT_LIFT ||
		    m->events[i].value > 1)
			return false;
	return all_zero(&m->events[m->n], (XENAV_INPUT_EVENTS_MAX - m->n) * sizeof m->events[0]);
}

/* -------- the status -------- */

static bool about_all(const union xenav_msg *msg)
{
	return msg->h.object == 0;
}

static bool status_monitor_ok(const union xenav_msg *msg)
{
	return about_all(msg) && msg->status_monitor.on <= 1;
}

static bool status_log_level_ok(const union xenav_msg *msg)
{
	return about_all(msg) && msg->status_log_level.level <= XENAV_LEVEL_DEBUG;
}

static bool status_daemon_ok(const union xenav_msg *msg)
{
	return about_all(msg) && msg->status_daemon.log_level <= XENAV_LEVEL_DEBUG &&
	       STRING(msg->status_daemon.version);
}

static bool status_guest_ok(const union xenav_msg *msg)
{
	return about_all(msg) && STRING(msg->status_guest.name) && STRING(msg->status_guest.uuid);
}

static bool status_device_ok(const union xenav_msg *msg)
{
	return about_all(msg) && msg->status_device.kind >= XENAV_DEVICE_SOUND &&
	       msg->status_device.kind <= XENAV_DEVICE_INPUT;
}

static bool status_stream_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_status_stream *m = &msg->status_stream;

	return m->direction <= XENAV_CAPTURE && m->state <= 1 + XENAV_STREAM_PAUSED &&
	       m->format < SAMPLE_FORMATS && m->driven <= 1 && STRING(m->unique_id);
}

static bool status_connector_ok(const union xenav_msg *msg)
{
	return msg->status_connector.driven <= 1 && STRING(msg->status_connector.unique_id);
}

static bool status_input_ok(const union xenav_msg *msg)
{
	return STRING(msg->status_input.unique_id);
}

static bool status_claim_ok(const union xenav_msg *msg)
{
	return msg->status_claim.mode <= XENAV_MODE_FEED;
}

static bool status_consumer_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_status_consumer *m = &msg->status_consumer;

	return about_all(msg) && STRING(m->name) && STRING(m->section);
}

static bool status_event_ok(const union xenav_msg *msg)
{
	const struct xenav_msg_status_event *m = &msg->status_event;

	return m->kind != XENAV_EVENT_NONE && m->object_kind <= XENAV_OBJECT_INPUT &&
	       STRING(m->consumer_name) && STRING(m->domain_name);
}

/* -------- the table -------- */

_Static_assert(sizeof(struct xenav_msg_header) == 8, "the size on the wire");
_Static_assert(sizeof(struct xenav_ring_tail) == 8, "shared with consumers");
_Static_assert(sizeof(union xenav_msg) == XENAV_PROTO_MSG_MAX, "no message is longer than this");

/* The size of a structure on the wire, checked: a released message never changes. */
#define SIZE(type, bytes)                                                                          \
	((bytes) + 0 * sizeof(struct {                                                             \
			   _Static_assert(sizeof(struct xenav_msg_##type) == (bytes),              \
					  "the size on the wire");                                 \
			   char none;                                                              \
		   }))

#define PLAIN(op, type, bytes, fds, ok)                                                            \
	{                                                                                          \
		XENAV_OP_##op, SIZE(type, bytes), (fds), #op, 0, 0, ok                             \
	}

#define PADDED(op, type, bytes, fds, ok)                                                           \
	{                                                                                          \
		XENAV_OP_##op, SIZE(type, bytes), (fds), #op,                                      \
			offsetof(struct xenav_msg_##type, pad),                                    \
			sizeof(((union xenav_msg *)NULL)->type.pad), ok                            \
	}

static const struct wire_op ops[] = {
	PLAIN(HELLO, hello, 88, 0, hello_ok),
	PLAIN(CLAIM, claim, 16, 0, claim_ok),
	PLAIN(CLAIM_WAIT, claim, 16, 0, claim_ok),
	PLAIN(RELEASE, plain, 8, 0, NULL),
	PLAIN(RESUME, token, 24, 0, token_ok),
	PLAIN(STREAM_POSITION, stream_position, 32, 0, NULL),
	PADDED(STREAM_FILLED, stream_filled, 24, 0, NULL),
	PLAIN(STREAM_LIMITS, stream_limits, 48, 0, NULL),
	PADDED(FRAME_READY, frame_ready, 16, 0, frame_ready_ok),
	PLAIN(FRAME_DONE, frame_done, 16, 0, NULL),
	PADDED(CONNECTOR_EDID, connector_edid, 144, 0, connector_edid_ok),
	PADDED(FRAME_BUFFER_FREED, frame_buffer_gone, 16, 0, frame_buffer_gone_ok),
	PLAIN(CONNECTOR_BUFFER, connector_buffer, 16, 1, NULL),
	PADDED(CONNECTOR_REFRESH, connector_refresh, 16, 0, NULL),
	PADDED(INPUT_EVENTS, input_events, 236, 0, input_events_ok),
	PLAIN(INPUT_RESET, plain, 8, 0, NULL),
	PLAIN(WELCOME, hello, 88, 0, hello_ok),
	PADDED(ERROR, error, 16, 0, error_ok),
	PADDED(STREAM_ADDED, stream_added, 248, 0, stream_added_ok),
	PADDED(CONNECTOR_ADDED, connector_added, 192, 0, connector_added_ok),
	PLAIN(INPUT_ADDED, input_added, 200, 0, input_added_ok),
	PLAIN(ANNOUNCED, plain, 8, 0, announced_ok),
	PLAIN(TOKEN, token, 24, 0, token_ok),
	PLAIN(GUEST, guest, 48, 0, guest_ok),
	PLAIN(TOLD, plain, 8, 0, NULL),
	PLAIN(REMOVED, plain, 8, 0, NULL),
	PLAIN(CLAIMED, claim, 16, 0, claimed_ok),
	PADDED(STREAM_OPENED, stream_opened, 32, 1, stream_opened_ok),
	PLAIN(STREAM_STATE, stream_state, 32, 0, stream_state_ok),
	PLAIN(STREAM_DATA, stream_data, 24, 0, NULL),
	PADDED(STREAM_CLOSED, stream_closed, 16, 0, NULL),
	PADDED(STREAM_VOLUME, stream_volume, 148, 0, stream_volume_ok),
	PADDED(STREAM_MOVED, stream_moved, 32, 0, NULL),
	PLAIN(FRAME_BUFFER, frame_buffer, 32, 1, frame_buffer_ok),
	PLAIN(FRAME, frame, 40, 0, NULL),
	PLAIN(BLANK, plain, 8, 0, NULL),
	PADDED(FRAME_BUFFER_GONE, frame_buffer_gone, 16, 0, frame_buffer_gone_ok),
	PADDED(INPUT_TAKEN, input_taken, 16, 0, NULL),
	PADDED(STATUS_GET, status_get, 16, 0, about_all),
	PADDED(STATUS_MONITOR, status_monitor, 16, 0, status_monitor_ok),
	PADDED(STATUS_LOG_LEVEL, status_log_level, 16, 0, status_log_level_ok),
	PADDED(STATUS_KICK, status_kick, 16, 0, about_all),
	PADDED(STATUS_DAEMON, status_daemon, 104, 0, status_daemon_ok),
	PLAIN(STATUS_GUEST, status_guest, 168, 0, status_guest_ok),
	PLAIN(STATUS_DEVICE, status_device, 32, 0, status_device_ok),
	PADDED(STATUS_STREAM, status_stream, 200, 0, status_stream_ok),
	PADDED(STATUS_CONNECTOR, status_connector, 208, 0, status_connector_ok),
	PLAIN(STATUS_INPUT, status_input, 152, 0, status_input_ok),
	PLAIN(STATUS_CLAIM, status_claim, 24, 0, status_claim_ok),
	PADDED(STATUS_CONSUMER, status_consumer, 216, 0, status_consumer_ok),
	PADDED(STATUS_END, status_end, 16, 0, about_all),
	PADDED(STATUS_DONE, status_done, 16, 0, about_all),
	PADDED(STATUS_EVENT, status_event, 184, 0, status_event_ok),
};

const struct wire_op *wire_ops(size_t *n)
{
	*n = sizeof ops / sizeof ops[0];
	return ops;
}

const struct wire_op *wire_op_find(uint16_t opcode)
{
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (ops[i].opcode == opcode)
			return &ops[i];
	return NULL;
}

const char *wire_op_name(uint16_t opcode, char text[WIRE_NAME_SIZE])
{
	const struct wire_op *op = wire_op_find(opcode);

	if (op)
		return op->name;
	snprintf(text, WIRE_NAME_SIZE, "0x%04x", opcode);
	return text;
}

void wire_init(union xenav_msg *msg, uint16_t opcode, uint32_t object)
{
	const struct wire_op *op = wire_op_find(opcode);

	memset(msg, 0, sizeof *msg);
	msg->h.opcode = opcode;
	msg->h.size = op->size_bytes;
	msg->h.object = object;
}

int wire_check(const union xenav_msg *msg, size_t len_bytes, size_t n_fds, bool from_daemon)
{
	const struct wire_op *op;

	if (len_bytes < sizeof msg->h || len_bytes > sizeof *msg || msg->h.size != len_bytes)
		return -EPROTO;
	op = wire_op_find(msg->h.opcode);
	if (!op || !!(msg->h.opcode & XENAV_FROM_DAEMON) != from_daemon)
		return -EOPNOTSUPP;
	if (len_bytes != op->size_bytes || n_fds != op->n_fds ||
	    !all_zero(msg->bytes + op->pad_offset, op->pad_bytes) || (op->ok && !op->ok(msg)))
		return -EPROTO;
	return 0;
}
