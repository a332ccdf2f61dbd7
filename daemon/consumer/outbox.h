/* SPDX-License-Identifier: MIT */
/*
 * The bounded queue of messages to one consumer.  Sending never blocks: messages that the socket
 * does not take are queued, in order, within limits.
 *
 * Every message belongs to a lane, one for each claimed object and one for the replies.  Queued
 * messages of a lane are merged where a consumer that comes late could not tell the difference.
 * When the lane of a stream is full all the same, it goes stale: its unsent messages are dropped,
 * and it takes no more until there is room and its owner sends the present state anew.
 */
#ifndef XENAVD_OUTBOX_H
#define XENAVD_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/patience.h"
#include "consumer/limits.h"
#include "xenav-proto.h"

struct event;
struct event_base;
struct outbox;
struct unsent;

TAILQ_HEAD(unsent_list, unsent);

/* Private to outbox.c, but for the readable fields. */
struct lane {
	struct outbox *box;
	struct unsent_list unsent;
	unsigned n_unsent;        /* readable */
	uint32_t told_generation; /* readable: of the opening that the consumer knows; 0: closed */
	uint32_t ring_frames;     /* of the stream's last opening */
	bool stale;
	bool waiting;
	void (*room)(void *data);
	void *data;
	TAILQ_ENTRY(lane) link; // outbox::waiting
};

struct outbox {
	int sock;
	const struct consumer_limits *limits;
	struct unsent_list queue;
	unsigned n_unsent;
	unsigned n_fds;
	struct lane replies; /* to be sent on */
	TAILQ_HEAD(, lane) waiting;
	struct event *writable;
	struct patience stall; /* the time until the consumer takes something */
	uint64_t sent;
	uint64_t sent_before_block;
	bool blocked; /* the socket is full; else the queue is empty */
	bool broken;
	void (*room)(void *data);
	void (*broke)(int rc, void *data);
	void *data;
};

/*
 * The callback `room` is called whenever the socket has taken the whole queue.  The callback
 * `broke` is called once, also from within lane_send(), when nothing more can be sent: with -EPIPE
 * when the consumer is gone, -ETIMEDOUT when it takes nothing, -ENOBUFS when it is hopelessly late,
 * or another -errno.  The socket and the limits stay the caller's.
 *
 * @return 0 or -ENOMEM; outbox_finish() is right in both cases.
 */
int outbox_init(struct outbox *box, struct event_base *base, int sock,
		const struct consumer_limits *limits, void (*room)(void *data),
		void (*broke)(int rc, void *data), void *data);

/* Send nothing more, because of rc: call `broke`, unless it has been called. */
void outbox_break(struct outbox *box, int rc);

/* Drop all unsent messages and close their descriptors.  All other lanes are finished before. */
void outbox_finish(struct outbox *box);

/* Can the next message be sent right away? */
bool outbox_ready(const struct outbox *box);

/* Start a lane, whose callback `room` is called when there is room and the lane is stale or has
 * asked for it. */
void lane_init(struct lane *lane, struct outbox *box, void (*room)(void *data), void *data);

/* Drop the unsent messages of the lane. */
void lane_finish(struct lane *lane);

/* Ask for a call of `room` once the queue is sent.  The lane does not go stale. */
void lane_await_room(struct lane *lane);

/* Send or queue a message; fd is -1 or the descriptor that goes with it (stays the caller's). */
void lane_send(struct lane *lane, const union xenav_msg *msg, int fd);

#endif
