/* SPDX-License-Identifier: MIT */
/* See fake-status.h. */
#include <config.h>

#include <string.h>

#include "fake-status.h"
#include "wire/wire.h"

#define SECOND 1000000000ull

static uint64_t when(unsigned turn)
{
	return (100 + turn) * SECOND;
}

static void make_daemon(union xenav_msg *msg, unsigned turn)
{
	struct xenav_msg_status_daemon *m = &msg->status_daemon;

	wire_init(msg, XENAV_OP_STATUS_DAEMON, 0);
	m->pid = 4711;
	m->uptime_ns = when(turn);
	m->accepted = 12;
	m->refused = 1;
	m->mapped_pages = 1000;
	m->lent_pages = 10;
	m->supplied_pages = 2025;
	m->consumers = 4;
	m->objects = 5;
	m->log_level = XENAV_LEVEL_INFO;
	m->flags = XENAV_STATUS_CONTROLS;
	strcpy(m->version, "0.1.0");
}

static void make_guest(union xenav_msg *msg, unsigned turn, uint32_t domid, const char *name)
{
	struct xenav_msg_status_guest *m = &msg->status_guest;

	wire_init(msg, XENAV_OP_STATUS_GUEST, 0);
	m->domid = domid;
	m->tokens_per_sec = 16000;
	m->when_ns = when(turn);
	m->tokens = 5000 + 800 * turn;
	m->waits = domid + turn;
	m->mapped_pages = 600;
	m->copied_pages = 4096;
	m->supplied_pages = 2025;
	m->max_mapped_pages = 32768;
	m->max_copied_pages = 65536;
	m->max_supplied_pages = 16384;
	strcpy(m->name, name);
	strcpy(m->uuid, domid == 1 ? "12345678-abcd-4abc-8def-123456789abc" : "");
}

static void make_device(union xenav_msg *msg, uint32_t domid, uint32_t kind, uint32_t state)
{
	struct xenav_msg_status_device *m = &msg->status_device;

	wire_init(msg, XENAV_OP_STATUS_DEVICE, 0);
	m->domid = domid;
	m->kind = kind;
	m->backend_state = state;
	m->frontend_state = state == 4 ? 4 : 1;
	m->objects = state == 4;
}

static void make_stream(union xenav_msg *msg, unsigned turn, uint32_t id, uint8_t direction)
{
	struct xenav_msg_status_stream *m = &msg->status_stream;

	wire_init(msg, XENAV_OP_STATUS_STREAM, id);
	m->domid = 1;
	m->stream = direction;
	m->direction = direction;
	m->drift_ppm = XENAV_DRIFT_UNKNOWN;
	m->when_ns = when(turn);
	m->requests = 40 + 10 * turn;
	strcpy(m->unique_id, direction == XENAV_PLAYBACK ? "out" : "in");
	if (direction == XENAV_CAPTURE)
		return;
	m->state = 1 + XENAV_STREAM_STARTED;
	m->format = 2; /* s16_le */
	m->channels = 2;
	m->driven = 1;
	m->watchers = 1;
	m->rate_hz = 48000;
	m->buffer_frames = 16384;
	m->period_frames = 1024;
	m->fill_frames = 4800;
	m->drift_ppm = -37;
	m->position_frames = 480000 + 48000 * turn;
	m->openings = 3;
	m->late_reports = 2;
	m->underruns = 1 + turn;
	m->frames = 500000 + 48000 * turn;
}

static void make_connector(union xenav_msg *msg, unsigned turn, uint32_t id, uint16_t index)
{
	struct xenav_msg_status_connector *m = &msg->status_connector;

	wire_init(msg, XENAV_OP_STATUS_CONNECTOR, id);
	m->domid = 1;
	m->connector = index;
	m->width_px = 1920;
	m->height_px = 1080;
	m->refresh_ns = 16666666;
	m->when_ns = when(turn);
	strcpy(m->unique_id, index == 0 ? "left" : "right");
	if (index > 0)
		return;
	m->driven = 1;
	m->shown_width_px = 1920;
	m->shown_height_px = 1080;
	m->fourcc = 0x34325258; /* XR24 */
	m->requests = 100 + 60 * turn;
	m->flips = 90 + 60 * turn;
	m->events = 89 + 60 * turn;
	m->frames[0] = 30 + 30 * turn;
	m->frames[1] = 20 + 20 * turn;
	m->frames[2] = 10 + 10 * turn;
	m->copied_bytes = 8294400ull * m->frames[0];
}

/* The name of a guest may be anything, also an order to a terminal or a quotation mark. */
static void make_input(union xenav_msg *msg, unsigned turn)
{
	struct xenav_msg_status_input *m = &msg->status_input;

	wire_init(msg, XENAV_OP_STATUS_INPUT, 9);
	m->domid = 2;
	m->caps = XENAV_INPUT_KEYBOARD | XENAV_INPUT_POINTER | XENAV_INPUT_ABSOLUTE;
	m->feeders = 1;
	m->waiting = 4;
	m->when_ns = when(turn);
	m->events = 77 + turn;
	m->dropped = 2;
	strcpy(m->unique_id, "K:left;\"\\");
}

static void make_claim(union xenav_msg *msg, uint32_t object, uint32_t consumer, uint32_t mode,
		       uint32_t flags)
{
	wire_init(msg, XENAV_OP_STATUS_CLAIM, object);
	msg->status_claim.consumer = consumer;
	msg->status_claim.mode = mode;
	msg->status_claim.ways = XENAV_WAY_COPY;
	msg->status_claim.flags = flags;
}

static void make_consumer(union xenav_msg *msg, uint32_t consumer, const char *name)
{
	struct xenav_msg_status_consumer *m = &msg->status_consumer;

	wire_init(msg, XENAV_OP_STATUS_CONSUMER, 0);
	m->consumer = consumer;
	m->pid = 1000 + consumer;
	m->uid = 1000;
	m->gid = 100;
	m->claims = consumer == 5 ? 0 : 1;
	m->flags = consumer == 5 ? XENAV_STATUS_SELF : 0;
	m->connected_ns = 50 * SECOND;
	m->received = 100;
	m->sent = 200;
	m->work_us = 300;
	strcpy(m->name, name);
	strcpy(m->section, "group xenav");
}

static void send_objects(int sock, fake_sender send_msg, unsigned turn)
{
	union xenav_msg msg;

	make_stream(&msg, turn, 4, XENAV_PLAYBACK);
	send_msg(sock, &msg);
	make_claim(&msg, 4, 2, XENAV_MODE_DRIVE, 0);
	send_msg(sock, &msg);
	make_claim(&msg, 4, 3, XENAV_MODE_WATCH, 0);
	send_msg(sock, &msg);
	make_claim(&msg, 4, 4, XENAV_MODE_DRIVE, XENAV_STATUS_WAITS);
	send_msg(sock, &msg);
	make_stream(&msg, turn, 5, XENAV_CAPTURE);
	send_msg(sock, &msg);
	/* In no order. */
	make_connector(&msg, turn, 7, 1);
	send_msg(sock, &msg);
	make_connector(&msg, turn, 8, 0);
	send_msg(sock, &msg);
	make_claim(&msg, 8, 99, XENAV_MODE_DRIVE, 0);
	send_msg(sock, &msg);
	make_input(&msg, turn);
	send_msg(sock, &msg);
}

void fake_status_send(int sock, fake_sender send_msg, unsigned turn, uint32_t serial)
{
	union xenav_msg msg;

	make_daemon(&msg, turn);
	send_msg(sock, &msg);
	make_guest(&msg, turn, 1, "desktop");
	send_msg(sock, &msg);
	make_device(&msg, 1, XENAV_DEVICE_SOUND, 4);
	send_msg(sock, &msg);
	make_device(&msg, 1, XENAV_DEVICE_DISPLAY, 4);
	send_msg(sock, &msg);
	make_guest(&msg, turn, 2,
		   "b\xc3\xbc"
		   "ro\033[31m\xff");
	send_msg(sock, &msg);
	make_device(&msg, 2, XENAV_DEVICE_INPUT, 4);
	send_msg(sock, &msg);
	make_device(&msg, 2, XENAV_DEVICE_SOUND, 2);
	send_msg(sock, &msg);
	send_objects(sock, send_msg, turn);
	for (uint32_t i = 2; i <= 5; i++) {
		make_consumer(&msg, i, i == 2 ? "xenav-alsa" : i == 3 ? "xenav-record" : "other");
		send_msg(sock, &msg);
	}
	wire_init(&msg, XENAV_OP_STATUS_END, 0);
	msg.status_end.serial = serial;
	send_msg(sock, &msg);
}

/* -------- events -------- */

void fake_events_send(int sock, fake_sender send_msg)
{
	union xenav_msg msg;
	struct xenav_msg_status_event *m = &msg.status_event;

	for (uint32_t kind = XENAV_EVENT_ADDED; kind <= XENAV_EVENT_LOG_LEVEL + 1; kind++) {
		const int of_consumer = kind >= XENAV_EVENT_CLAIMED;
		const int of_object = kind <= XENAV_EVENT_RELEASED;

		wire_init(&msg, XENAV_OP_STATUS_EVENT, of_object ? kind : 0);
		m->wall_ns = 1700000000 * SECOND + kind * 1000000ull;
		m->kind = kind;
		m->lost = kind == XENAV_EVENT_STATE ? 17 : 0;
		m->value = kind == XENAV_EVENT_KICKED ? 8 : 1;
		if (of_object) {
			m->object_kind = 1 + kind % 3;
			m->domid = 1;
			m->devid = 3;
			m->index = 4;
			m->stream = 5;
			strcpy(m->domain_name, "desktop");
		}
		if (of_consumer) {
			m->consumer = 2;
			m->uid = 1000;
			strcpy(m->consumer_name, "xenav-alsa");
		}
		send_msg(sock, &msg);
	}
}
