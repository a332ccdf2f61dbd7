/* SPDX-License-Identifier: MIT */
/* The closer's threads: a descriptor that holds one thread delays no other descriptor. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/closer.h"
#include "count-fds.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)
#define MANY       64

/* The closer gets the reading end of each pipe; the writing end shows when it is closed. */
struct pipe_ends {
	int given;
	int kept;
};

static int fds_before;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_held[4096]; /* descriptors whose close() does not return */
static unsigned n_held;    /* threads in such a close() now */

int close(int fd)
{
	pthread_mutex_lock(&lock);
	while (fd >= 0 && fd < (int)sizeof is_held && is_held[fd]) {
		n_held++;
		pthread_cond_broadcast(&changed);
		pthread_cond_wait(&changed, &lock);
		n_held--;
	}
	pthread_mutex_unlock(&lock);
	return (int)syscall(SYS_close, fd);
}

static struct pipe_ends make(bool held)
{
	struct pipe_ends ends;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	ends.given = fds[0];
	ends.kept = fds[1];
	pthread_mutex_lock(&lock);
	is_held[ends.given] = held;
	pthread_mutex_unlock(&lock);
	return ends;
}

static void await_held(unsigned n)
{
	pthread_mutex_lock(&lock);
	while (n_held != n)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void let_go(void)
{
	pthread_mutex_lock(&lock);
	memset(is_held, 0, sizeof is_held);
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void await_closed(const struct pipe_ends *ends)
{
	struct pollfd pfd = {.fd = ends->kept};

	assert_int_equal(poll(&pfd, 1, -1), 1);
	assert_true(pfd.revents & POLLERR);
	close(ends->kept);
}

static int setup(void **)
{
	alarm(TEST_HANG_SEC);
	fds_before = count_fds();
	return closer_start();
}

static int teardown(void **)
{
	let_go();
	closer_stop();
	assert_int_equal(closer_waiting(), 0);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

TEST(what_it_is_given_is_closed)
{
	struct pipe_ends ends[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		ends[i] = make(false);
		closer_close(ends[i].given, i);
	}
	for (unsigned i = 0; i < MANY; i++)
		await_closed(&ends[i]);
}

TEST(what_holds_one_thread_keeps_nobody_waiting)
{
	struct pipe_ends held = make(true), other;

	closer_close(held.given, 1);
	await_held(1);
	for (unsigned i = 0; i < MANY; i++) {
		other = make(false);
		closer_close(other.given, 1);
		await_closed(&other);
	}
	let_go();
	await_closed(&held);
}

TEST(one_user_holds_no_more_than_two)
{
	struct pipe_ends held[3], waits, others;

	for (unsigned i = 0; i < 3; i++) {
		held[i] = make(true);
		closer_close(held[i].given, 1);
	}
	await_held(CLOSER_THREADS_PER_USER);
	waits = make(false);
	closer_close(waits.given, 1);
	others = make(false);
	closer_close(others.given, 2);
	await_closed(&others);
	assert_int_equal(closer_waiting(), 2);
	let_go();
	for (unsigned i = 0; i < 3; i++)
		await_closed(&held[i]);
	await_closed(&waits);
}

TEST(when_all_are_held_it_says_that_it_is_full)
{
	struct pipe_ends held[CLOSER_THREADS], waits[CLOSER_FULL];

	for (unsigned i = 0; i < CLOSER_THREADS; i++) {
		held[i] = make(true);
		closer_close(held[i].given, i);
	}
	await_held(CLOSER_THREADS);
	for (unsigned i = 0; i < CLOSER_FULL; i++) {
		assert_false(closer_is_full());
		waits[i] = make(false);
		closer_close(waits[i].given, 100 + i);
	}
	assert_true(closer_is_full());
	let_go();
	for (unsigned i = 0; i < CLOSER_THREADS; i++)
		await_closed(&held[i]);
	for (unsigned i = 0; i < CLOSER_FULL; i++)
		await_closed(&waits[i]);
	assert_false(closer_is_full());
}

TEST(the_other_end_reads_its_last_words)
{
	int fds[2];
	char text[8];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(send(fds[1], "unread", 6, 0), 6);
	assert_int_equal(send(fds[0], "bye", 3, 0), 3);
	closer_part(fds[0], 1);
	/* Closing ends the connection at once, at any time. */
	assert_int_equal(send(fds[1], "more", 4, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, EPIPE);
	closer_stop();
	assert_int_equal(recv(fds[1], text, sizeof text, 0), 3);
	assert_int_equal(recv(fds[1], text, sizeof text, 0), 0);
	close(fds[1]);
}

TEST(without_it_everything_is_closed_at_once)
{
	struct pipe_ends ends = make(false);

	closer_stop();
	closer_close(ends.given, 1);
	assert_int_equal(fcntl(ends.given, F_GETFD), -1);
	close(ends.kept);
}
