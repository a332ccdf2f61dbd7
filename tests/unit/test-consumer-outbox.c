/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer/outbox.c alone, on a socket pair whose far end the test reads: stalled consumers
 * and broken connections.  Timers are fired by hand, so no test waits.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "consumer/outbox.h"
#include "test.h"
#include "wire/wire.h"

struct fixture {
	struct event_base *base;
	struct consumer_limits limits;
	struct outbox box;
	int far;
	unsigned n_rooms, n_lane_rooms, n_breaks;
	int rc;
};

static void on_room(void *data)
{
	((struct fixture *)data)->n_rooms++;
}

static void on_lane_room(void *data)
{
	((struct fixture *)data)->n_lane_rooms++;
}

static void on_broken(int rc, void *data)
{
	struct fixture *f = data;

	f->n_breaks++;
	f->rc = rc;
}

static int setup(void **state)
{
	const struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	struct fixture *f = calloc(1, sizeof *f);
	int socks[2];

	assert_non_null(f);
	alarm(TEST_HANG_SEC);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	f->far = socks[1];
	f->base = event_base_new();
	assert_non_null(f->base);
	f->limits = limits;
	f->limits.stall_ms = 3600000;
	assert_int_equal(outbox_init(&f->box, f->base, socks[0], &f->limits, on_room, on_broken, f),
			 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	outbox_finish(&f->box);
	assert_int_equal(f->box.n_unsent, 0);
	assert_int_equal(f->box.n_fds, 0);
	event_base_free(f->base);
	close(f->box.sock);
	if (f->far >= 0)
		close(f->far);
	free(f);
	return 0;
}

static void send_reply(struct fixture *f)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_REMOVED, 1);
	lane_send(&f->box.replies, &msg, -1);
}

/* Send until n replies are queued. */
static void fill(struct fixture *f, unsigned n)
{
	while (f->box.n_unsent < n && !f->box.broken)
		send_reply(f);
	assert_int_equal(f->box.n_unsent, n);
}

static int take(struct fixture *f)
{
	union xenav_msg msg;
	int fd;

	return wire_recv(f->far, &msg, &fd, true);
}

static void turn(struct fixture *f)
{
	assert_true(event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

static void stall(struct fixture *f)
{
	f->box.stall.ticks_left = 1;
	event_active(f->box.stall.tick, EV_TIMEOUT, 0);
	turn(f);
}

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(messages_that_the_socket_takes_are_not_queued)
{
	struct fixture *f = *state;

	send_reply(f);
	assert_int_equal(f->box.n_unsent, 0);
	assert_true(outbox_ready(&f->box));
	assert_int_equal(take(f), 0);
	assert_false(event_pending(f->box.writable, EV_WRITE, NULL));
	assert_false(patience_runs(&f->box.stall));
}

TEST(the_loop_is_asked_for_room_only_while_something_is_queued)
{
	struct fixture *f = *state;

	fill(f, 5);
	assert_false(outbox_ready(&f->box));
	assert_true(event_pending(f->box.writable, EV_WRITE, NULL));
	assert_true(patience_runs(&f->box.stall));
	while (take(f) == 0)
		;
	turn(f);
	assert_true(outbox_ready(&f->box));
	assert_int_equal(f->box.n_unsent, 0);
	assert_int_equal(f->n_rooms, 1);
	assert_false(event_pending(f->box.writable, EV_WRITE, NULL));
	assert_false(patience_runs(&f->box.stall));
	for (int i = 0; i < 5; i++)
		assert_int_equal(take(f), 0);
	assert_int_equal(take(f), -EAGAIN);
}

TEST(a_consumer_that_takes_a_little_is_not_stalled)
{
	struct fixture *f = *state;

	fill(f, 10);
	for (unsigned left = 10; left > 1; left--) {
		assert_int_equal(take(f), 0);
		stall(f);
		assert_int_equal(f->n_breaks, 0);
		assert_int_equal(f->box.n_unsent, left - 1);
		assert_true(patience_runs(&f->box.stall));
	}
	stall(f);
	assert_int_equal(f->n_breaks, 1);
	assert_int_equal(f->rc, -ETIMEDOUT);
	stall(f);
	assert_int_equal(f->n_breaks, 1);
}

/* The socket takes many messages but not all: the loop notices on its own. */
TEST(the_time_to_stall_starts_anew_when_something_is_taken)
{
	struct fixture *f = *state;
	struct timeval before, after;

	f->limits.unsent = 10000;
	fill(f, 2000);
	assert_true(event_pending(f->box.stall.tick, EV_TIMEOUT, &before));
	usleep(20000); /* the clock of the loop is a coarse one */
	turn(f);
	event_pending(f->box.stall.tick, EV_TIMEOUT, &after);
	assert_true(evutil_timercmp(&after, &before, ==));
	while (take(f) == 0)
		;
	turn(f);
	assert_false(outbox_ready(&f->box));
	event_pending(f->box.stall.tick, EV_TIMEOUT, &after);
	assert_true(evutil_timercmp(&after, &before, >));
}

TEST(descriptors_are_held_as_long_as_they_are_queued)
{
	struct fixture *f = *state;
	union xenav_msg msg;
	struct lane lane;

	lane_init(&lane, &f->box, on_lane_room, f);
	fill(f, 1);
	wire_init(&msg, XENAV_OP_FRAME_BUFFER, 1);
	lane_send(&lane, &msg, STDERR_FILENO);
	lane_send(&lane, &msg, STDERR_FILENO);
	assert_int_equal(f->box.n_fds, 2);
	lane_finish(&lane);
	assert_int_equal(f->box.n_fds, 0);
	lane_send(&lane, &msg, STDERR_FILENO);
	while (take(f) == 0)
		;
	turn(f);
	assert_int_equal(f->box.n_fds, 0);
	assert_int_equal(f->box.n_unsent, 0);
	/* A descriptor that cannot be duplicated. */
	fill(f, 1);
	lane_send(&lane, &msg, 1000000);
	assert_int_equal(f->rc, -EBADF);
	lane_finish(&lane);
}

TEST(messages_that_cannot_be_sent_anew_are_bounded_too)
{
	struct fixture *f = *state;

	f->limits.unsent = 10;
	fill(f, 20);
	assert_int_equal(f->n_breaks, 0);
	send_reply(f);
	assert_int_equal(f->n_breaks, 1);
	assert_int_equal(f->rc, -ENOBUFS);
	send_reply(f);
	assert_int_equal(f->box.n_unsent, 20);
}

TEST(a_far_end_that_is_gone_is_told_once)
{
	struct fixture *f = *state;

	close(f->far);
	f->far = -1;
	send_reply(f);
	send_reply(f);
	assert_int_equal(f->n_breaks, 1);
	assert_int_equal(f->rc, -EPIPE);
	assert_false(outbox_ready(&f->box));
}

TEST(lanes_wait_for_room_and_have_it_a_few_at_a_time)
{
	enum { N = 20 };
	struct fixture *f = *state;
	struct lane lanes[N];

	fill(f, 1);
	for (int i = 0; i < N; i++) {
		lane_init(&lanes[i], &f->box, on_lane_room, f);
		lane_await_room(&lanes[i]);
		lane_await_room(&lanes[i]);
	}
	turn(f);
	assert_int_equal(f->n_lane_rooms, 0);
	while (take(f) == 0)
		;
	turn(f);
	assert_in_range(f->n_lane_rooms, 1, N - 1);
	lane_finish(&lanes[N - 1]);
	for (int i = 0; i < N; i++)
		turn(f);
	assert_int_equal(f->n_lane_rooms, N - 1);
	assert_false(event_pending(f->box.writable, EV_WRITE, NULL));
	for (int i = 0; i < N; i++)
		lane_finish(&lanes[i]);
}
