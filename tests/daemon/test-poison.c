/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that strangers pass to xenavd: sockets with SO_LINGER and something unsent, of which
 * the stranger keeps no copy.  Whoever drops the last reference to one waits for ten seconds.  A
 * guest that has nothing to do with it has its answers within a second all the same.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "poison.h"
#include "rig.h"
#include "wire/wire.h"

#define LINGER_SEC  60
#define PER_MESSAGE 4
#define MESSAGES    3
#define STRIKES     4
#define SLOWEST_MS  30000 /* half of what a close of ours would take */

static struct rig_guest rg;
static struct dbuf dbuf;
static char text[512];
static int far_ends[2 * STRIKES * MESSAGES * PER_MESSAGE];
static unsigned n_far_ends;

/* -------- the poison -------- */

static int make_poison(void)
{
	int sock;

	assert_true(n_far_ends < sizeof far_ends / sizeof far_ends[0]);
	sock = poison_make(LINGER_SEC, &far_ends[n_far_ends]);
	assert_true(sock >= 0);
	n_far_ends++;
	return sock;
}

static void close_far_ends(void)
{
	while (n_far_ends > 0)
		close(far_ends[--n_far_ends]);
}

/* Send it with poison, and keep no copy of that. */
static int poison(int sock, const union xenav_msg *msg)
{
	int fds[PER_MESSAGE];
	int rc;

	for (unsigned i = 0; i < PER_MESSAGE; i++)
		fds[i] = make_poison();
	rc = poison_pass(sock, msg, fds, PER_MESSAGE);
	if (rc < 0)
		close_far_ends(); /* else the test would wait */
	for (unsigned i = 0; i < PER_MESSAGE; i++)
		close(fds[i]);
	return rc;
}

/* -------- who passes it -------- */

/* Until thaw() xenavd does nothing, so that the stranger's copies are the first to be closed. */
static void freeze(void)
{
	assert_int_equal(lab_freeze(lab.xenavd), 0);
}

static void thaw(void)
{
	assert_int_equal(kill(lab.xenavd, SIGCONT), 0);
}

static int connect_to_xenavd(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, lab.socket, strlen(lab.socket));
	assert_int_equal(connect(sock, (struct sockaddr *)&addr, sizeof addr), 0);
	return sock;
}

static void make_hello(union xenav_msg *msg)
{
	wire_init(msg, XENAV_OP_HELLO, 0);
	msg->hello.magic = XENAV_PROTO_MAGIC;
	msg->hello.major = XENAV_PROTO_MAJOR;
	strcpy(msg->hello.name, "stranger");
}

/* Everything is in the socket before xenavd has even accepted it. */
static void strike_before_it_is_accepted(void)
{
	union xenav_msg msg;
	int sock;

	freeze();
	sock = connect_to_xenavd();
	make_hello(&msg);
	for (unsigned i = 0; i < MESSAGES; i++)
		assert_int_equal(poison(sock, &msg), 0);
	close(sock);
	thaw();
}

struct wanted {
	int sock;
	uint16_t opcode;
};

static bool has_come(void *data)
{
	const struct wanted *wanted = data;
	union xenav_msg msg;
	int fd;

	return wire_recv(wanted->sock, &msg, &fd, true) == 0 && msg.h.opcode == wanted->opcode;
}

static void await(int sock, uint16_t opcode)
{
	struct wanted wanted = {sock, opcode};

	assert_true(guest_run_until(&rg.guest, has_come, &wanted, WAIT_MS));
}

static int greet(void)
{
	const int sock = connect_to_xenavd();
	union xenav_msg msg;

	make_hello(&msg);
	assert_int_equal(wire_send(sock, &msg, -1), 0);
	await(sock, XENAV_OP_WELCOME);
	return sock;
}

/* With messages that have none; the first is the end of it. */
static void strike_once_it_is_connected(void)
{
	const int sock = greet();
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_RELEASE, 1);
	freeze();
	for (unsigned i = 0; i < MESSAGES; i++)
		assert_int_equal(poison(sock, &msg), 0);
	thaw();
	await(sock, XENAV_OP_ERROR);
	close(sock);
}

/* With a message that has one: all are taken. */
static void strike_as_one_that_may_pass_them(void)
{
	const int sock = greet();
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CONNECTOR_BUFFER, 1);
	msg.connector_buffer.size_bytes = 4096;
	freeze();
	assert_int_equal(poison(sock, &msg), 0);
	thaw();
	await(sock, XENAV_OP_ERROR);
	close(sock);
}

/* -------- what the guest notices -------- */

static unsigned slowest_answer_ms(void)
{
	uint64_t slowest = 0;

	for (unsigned i = 0; i < 50; i++) {
		const uint64_t before = now_ns();

		assert_int_equal(crtc_config(CRTC(&rg, 0), 7, &dbuf), 0);
		if (now_ns() - before > slowest)
			slowest = now_ns() - before;
		guest_run(&rg.guest, 1);
	}
	return (unsigned)(slowest / NS_PER_MS);
}

static void start(const char *keys, const char *more, uint16_t domid)
{
	snprintf(text, sizeof text, "[consumer user %u]\n%s\n%s", (unsigned)geteuid(), keys, more);
	rig_restart(text);
	rig_start(&rg, domid);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
}

static void stop(void)
{
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	rig_stop(&rg);
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	close_far_ends();
}

static void strike(void (*how)(void))
{
	for (unsigned i = 0; i < STRIKES; i++) {
		how();
		assert_in_range(slowest_answer_ms(), 0, SLOWEST_MS);
	}
}

#undef TEST
#define TEST(name) TEST_WITH(name, rig_begin, rig_end_as_usual)

TEST(a_stranger_without_rights_stops_nobody)
{
	start("", "[consumer user 4294967294]\ndisplay = claim\n", 110);
	strike(strike_before_it_is_accepted);
	assert_true(lab_log_has(&lab, "the configuration gives it no rights"));
	stop();
}

TEST(a_consumer_that_passes_what_it_may_not_stops_nobody)
{
	start("display = claim\n", "", 111);
	strike(strike_before_it_is_accepted);
	strike(strike_once_it_is_connected);
	assert_true(lab_log_has(&lab, "sent a malformed message of type RELEASE"));
	stop();
}

TEST(a_consumer_that_passes_too_much_stops_nobody)
{
	start("display = claim\ndirect = yes\n", "", 112);
	strike(strike_as_one_that_may_pass_them);
	assert_true(lab_log_has(&lab, "sent a malformed message of type CONNECTOR_BUFFER"));
	stop();
}

/* -------- kernels that can refuse them -------- */

TEST(what_may_not_be_passed_is_refused_by_the_kernel)
{
	union xenav_msg msg;
	int sock;

	unsetenv("XENAV_FAKE_OLD_SOCKETS");
	start("display = claim\n", "", 113);
	sock = greet();
	wire_init(&msg, XENAV_OP_RELEASE, 1);
	assert_int_equal(poison(sock, &msg), -EPERM);
	wire_init(&msg, XENAV_OP_CONNECTOR_BUFFER, 1);
	assert_int_equal(poison(sock, &msg), -EPERM);
	close(sock);
	stop();
	start("display = claim\ndirect = yes\n", "", 114);
	strike(strike_as_one_that_may_pass_them);
	stop();
	setenv("XENAV_FAKE_OLD_SOCKETS", "1", 1);
}

static bool kernel_can_refuse(void)
{
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const int rc = setsockopt(sock, SOL_SOCKET, 83, &(int){0}, sizeof(int));

	close(sock);
	return rc == 0;
}

int main(void)
{
	if (!kernel_can_refuse())
		test_leave_out("what_may_not_be_passed_is_refused_by_the_kernel", "Linux 6.16");
	setenv("XENAV_FAKE_OLD_SOCKETS", "1", 1);
	return rig_main();
}
