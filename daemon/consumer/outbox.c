/* SPDX-License-Identifier: MIT */
/* See outbox.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consumer/outbox.h"
#include "wire/wire.h"

/* Sending the state of a stream anew may take a new ring, and time: a few streams in one turn. */
#define LANES_PER_TURN 8

struct unsent {
	struct lane *lane;
	union xenav_msg msg;
	int fd;                       /* a duplicate of our own, or -1 */
	TAILQ_ENTRY(unsent) in_queue; // outbox::queue
	TAILQ_ENTRY(unsent) in_lane;  // lane::unsent
};

static void unsent_free(struct unsent *u)
{
	struct outbox *box = u->lane->box;

	TAILQ_REMOVE(&box->queue, u, in_queue);
	TAILQ_REMOVE(&u->lane->unsent, u, in_lane);
	box->n_unsent--;
	u->lane->n_unsent--;
	if (u->fd >= 0) {
		close(u->fd);
		box->n_fds--;
	}
	free(u);
}

static void lane_clear(struct lane *lane)
{
	struct unsent *u;

	while ((u = TAILQ_FIRST(&lane->unsent)))
		unsent_free(u);
}

void outbox_break(struct outbox *box, int rc)
{
	if (box->broken)
		return;
	box->broken = true;
	event_del(box->writable);
	patience_stop(&box->stall);
	box->broke(rc, box->data);
}

/* The time to stall starts anew only when the consumer has taken something. */
static void block(struct outbox *box)
{
	int rc = 0;

	if (box->sent != box->sent_before_block || !patience_runs(&box->stall))
		rc = patience_start(&box->stall, box->limits->stall_ms);
	box->sent_before_block = box->sent;
	box->blocked = true;
	if (rc < 0 || event_add(box->writable, NULL) < 0)
		outbox_break(box, -ENOMEM);
}

/* @return 0, -EAGAIN when the message is to be queued, or another -errno. */
static int transmit(struct lane *lane, const union xenav_msg *msg, int fd)
{
	struct outbox *box = lane->box;
	const int rc = wire_send(box->sock, msg, fd);

	if (rc == -EAGAIN) {
		block(box);
		return rc;
	}
	if (rc < 0) {
		outbox_break(box, rc);
		return rc;
	}
	box->sent++;
	if (msg->h.opcode == XENAV_OP_STREAM_OPENED)
		lane->told_generation = msg->stream_opened.generation;
	else if (msg->h.opcode == XENAV_OP_STREAM_CLOSED)
		lane->told_generation = 0;
	return 0;
}

/* Adjacent ranges are one range, as long as it fits into the ring. */
static bool merge_data(const struct lane *lane, struct xenav_msg_stream_data *last,
		       const struct xenav_msg_stream_data *next)
{
	const uint64_t frames = (uint64_t)last->frames + next->frames;

	if (last->generation != next->generation || frames > lane->ring_frames ||
	    last->position_frames + last->frames != next->position_frames)
		return false;
	last->frames = (uint32_t)frames;
	return true;
}

/* Only the last state counts, except that STOPPED voids what was written before it. */
static bool merge_state(struct xenav_msg_stream_state *last,
			const struct xenav_msg_stream_state *next)
{
	if (last->generation != next->generation)
		return false;
	if (last->state == XENAV_STREAM_STOPPED && next->state != XENAV_STREAM_STOPPED)
		return false;
	*last = *next;
	return true;
}

/* Of the same channels only the newest counts. */
static bool merge_volume(struct xenav_msg_stream_volume *last,
			 const struct xenav_msg_stream_volume *next)
{
	if (last->generation != next->generation || last->first_channel != next->first_channel)
		return false;
	*last = *next;
	return true;
}

/* The clock goes on in real time from either. */
static bool merge_moved(struct xenav_msg_stream_moved *last,
			const struct xenav_msg_stream_moved *next)
{
	if (last->generation != next->generation)
		return false;
	*last = *next;
	return true;
}

static bool merge(struct lane *lane, const union xenav_msg *msg)
{
	struct unsent *last = TAILQ_LAST(&lane->unsent, unsent_list);

	if (!last || last->msg.h.opcode != msg->h.opcode)
		return false;
	if (msg->h.opcode == XENAV_OP_STREAM_DATA)
		return merge_data(lane, &last->msg.stream_data, &msg->stream_data);
	if (msg->h.opcode == XENAV_OP_STREAM_STATE)
		return merge_state(&last->msg.stream_state, &msg->stream_state);
	if (msg->h.opcode == XENAV_OP_STREAM_VOLUME)
		return merge_volume(&last->msg.stream_volume, &msg->stream_volume);
	if (msg->h.opcode == XENAV_OP_STREAM_MOVED)
		return merge_moved(&last->msg.stream_moved, &msg->stream_moved);
	if (msg->h.opcode != XENAV_OP_INPUT_TAKEN && msg->h.opcode != XENAV_OP_BLANK)
		return false;
	last->msg = *msg;
	return true;
}

static int enqueue(struct lane *lane, const union xenav_msg *msg, int fd)
{
	struct outbox *box = lane->box;
	struct unsent *u = malloc(sizeof *u);

	if (!u)
		return -ENOMEM;
	u->lane = lane;
	u->msg = *msg;
	u->fd = -1;
	if (fd >= 0) {
		u->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (u->fd < 0) {
			const int rc = -errno;

			free(u);
			return rc;
		}
		box->n_fds++;
	}
	TAILQ_INSERT_TAIL(&box->queue, u, in_queue);
	TAILQ_INSERT_TAIL(&lane->unsent, u, in_lane);
	box->n_unsent++;
	lane->n_unsent++;
	return 0;
}

static bool is_stream(const union xenav_msg *msg)
{
	return msg->h.opcode >= XENAV_OP_STREAM_OPENED && msg->h.opcode <= XENAV_OP_STREAM_MOVED;
}

/* A stream can be sent anew.  The other lanes are bounded by the consumer's own requests. */
static bool stream_full(const struct lane *lane, int fd)
{
	const struct outbox *box = lane->box;

	return lane->n_unsent >= box->limits->unsent_per_stream ||
	       box->n_unsent >= box->limits->unsent ||
	       (fd >= 0 && box->n_fds >= box->limits->unsent_fds);
}

static void go_stale(struct lane *lane)
{
	lane_clear(lane);
	lane->stale = true;
	lane_await_room(lane);
}

void lane_send(struct lane *lane, const union xenav_msg *msg, int fd)
{
	struct outbox *box = lane->box;
	int rc;

	if (box->broken || lane->stale)
		return;
	if (msg->h.opcode == XENAV_OP_STREAM_OPENED)
		lane->ring_frames =
			msg->stream_opened.buffer_bytes / msg->stream_opened.frame_bytes;
	if (!box->blocked && transmit(lane, msg, fd) != -EAGAIN)
		return;
	if (box->broken || merge(lane, msg))
		return;
	if (is_stream(msg)) {
		if (stream_full(lane, fd) || enqueue(lane, msg, fd) < 0)
			go_stale(lane);
		return;
	}
	rc = box->n_unsent >= 2 * box->limits->unsent ? -ENOBUFS : enqueue(lane, msg, fd);
	if (rc < 0)
		outbox_break(box, rc);
}

void lane_await_room(struct lane *lane)
{
	if (lane->waiting)
		return;
	lane->waiting = true;
	TAILQ_INSERT_TAIL(&lane->box->waiting, lane, link);
}

static void stop_waiting(struct lane *lane)
{
	if (!lane->waiting)
		return;
	lane->waiting = false;
	TAILQ_REMOVE(&lane->box->waiting, lane, link);
}

static void drain(struct outbox *box)
{
	struct unsent *u;

	while ((u = TAILQ_FIRST(&box->queue))) {
		if (transmit(u->lane, &u->msg, u->fd) < 0)
			return;
		unsent_free(u);
	}
}

/* A lane that gets room may fill it again: then the others go on waiting. */
static void serve_waiting(struct outbox *box)
{
	struct lane *lane;

	for (int i = 0; i < LANES_PER_TURN && outbox_ready(box); i++) {
		lane = TAILQ_FIRST(&box->waiting);
		if (!lane)
			return;
		stop_waiting(lane);
		lane->stale = false;
		lane->room(lane->data);
	}
}

static void on_writable(evutil_socket_t, short, void *arg)
{
	struct outbox *box = arg;

	if (box->broken)
		return;
	box->blocked = false;
	drain(box);
	if (outbox_ready(box))
		box->room(box->data);
	serve_waiting(box);
	if (!outbox_ready(box))
		return;
	patience_stop(&box->stall);
	if (TAILQ_EMPTY(&box->waiting))
		event_del(box->writable);
}

/* A socket that is not writable may have room for one more message: then the consumer has read. */
static void on_stall(void *data)
{
	struct outbox *box = data;
	const uint64_t sent = box->sent;

	on_writable(box->sock, EV_TIMEOUT, box);
	if (box->blocked && box->sent == sent)
		outbox_break(box, -ETIMEDOUT);
}

int outbox_init(struct outbox *box, struct event_base *base, int sock,
		const struct consumer_limits *limits, void (*room)(void *data),
		void (*broke)(int rc, void *data), void *data)
{
	memset(box, 0, sizeof *box);
	box->sock = sock;
	box->limits = limits;
	box->room = room;
	box->broke = broke;
	box->data = data;
	TAILQ_INIT(&box->queue);
	TAILQ_INIT(&box->waiting);
	lane_init(&box->replies, box, NULL, NULL);
	box->writable = event_new(base, sock, EV_WRITE | EV_PERSIST, on_writable, box);
	return box->writable ? patience_init(&box->stall, base, on_stall, box) : -ENOMEM;
}

void outbox_finish(struct outbox *box)
{
	lane_finish(&box->replies);
	if (box->writable)
		event_free(box->writable);
	patience_finish(&box->stall);
	box->writable = NULL;
}

bool outbox_ready(const struct outbox *box)
{
	return !box->blocked && !box->broken;
}

void lane_init(struct lane *lane, struct outbox *box, void (*room)(void *data), void *data)
{
	memset(lane, 0, sizeof *lane);
	lane->box = box;
	lane->room = room;
	lane->data = data;
	TAILQ_INIT(&lane->unsent);
}

void lane_finish(struct lane *lane)
{
	stop_waiting(lane);
	lane_clear(lane);
}
