/* SPDX-License-Identifier: MIT */
/* backends/common/link.c, with the fake daemon at its socket. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/link.h"
#include "test.h"
#include "wire/wire.h"

#include "fake-daemon.h"

struct rig {
	struct leaks leaks;
	char folder[64];
	char socket[96];
	int listener; /* or -1 */
	int sock;     /* accepted, or -1 */
	struct link *link;
	struct link_config config;
	union xenav_msg msg;
	char said[4096];            /* lines */
	struct xenav_stream *s;     /* the newest added */
	struct xenav_input *in;     /* the newest added */
	int lost;                   /* the last error */
	unsigned int lost_streams;  /* that could be looked at when the connection was lost */
	unsigned int works;         /* calls of work() */
	uint64_t next_ns;           /* what work() returns */
	unsigned int works_at_data; /* works when the last object was added */
};

static void on_stream_added(void *data, struct xenav_stream *s)
{
	struct rig *t = data;

	t->s = s;
	t->works_at_data = t->works;
}

static void on_input_added(void *data, struct xenav_input *in)
{
	struct rig *t = data;

	t->in = in;
	xenav_input_feed(in);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_stream_added,
	.input_added = on_input_added,
};

static uint64_t work(void *data, uint64_t now_ns)
{
	struct rig *t = data;

	assert_true(now_ns > 0);
	assert_non_null(link_get(t->link));
	t->works++;
	return t->next_ns;
}

static void lost(void *data, int error)
{
	struct rig *t = data;

	t->lost = error;
	if (t->s && strcmp(xenav_stream_get_info(t->s)->unique_id, "front") == 0)
		t->lost_streams++;
	t->s = NULL;
}

static void say(void *data, const char *line)
{
	struct rig *t = data;
	const size_t len = strlen(t->said);

	snprintf(t->said + len, sizeof t->said - len, "%s\n", line);
}

static void begin_listening(struct rig *t)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	t->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(t->listener >= 0);
	memcpy(addr.sun_path, t->socket, strlen(t->socket));
	assert_int_equal(bind(t->listener, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(t->listener, 4), 0);
}

static void end_listening(struct rig *t)
{
	close(t->listener);
	t->listener = -1;
	unlink(t->socket);
}

static int setup(void **state)
{
	struct rig *t = calloc(1, sizeof *t);

	assert_non_null(t);
	leaks_before(&t->leaks);
	strcpy(t->folder, "/tmp/test-link-XXXXXX");
	assert_non_null(mkdtemp(t->folder));
	snprintf(t->socket, sizeof t->socket, "%s/socket", t->folder);
	t->sock = t->listener = -1;
	t->next_ns = UINT64_MAX;
	t->config = (struct link_config){
		.program = "test-link",
		.socket = t->socket,
		.listener = &listener,
		.data = t,
		.work = work,
		.lost = lost,
		.say = say,
	};
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct rig *t = *state;

	link_close(t->link);
	if (t->sock >= 0)
		close(t->sock);
	if (t->listener >= 0)
		end_listening(t);
	assert_int_equal(rmdir(t->folder), 0);
	leaks_after(&t->leaks);
	free(t);
	return 0;
}

#define TEST(f) TEST_WITH(f, setup, teardown)

/* Wait until the link has something to do, and let it. @return what the turn did. */
static int turn(struct rig *t)
{
	struct pollfd p = {.fd = link_get_fd(t->link), .events = POLLIN};

	assert_int_equal(poll(&p, 1, 30000), 1);
	return link_turn(t->link);
}

static bool is_idle(struct rig *t)
{
	struct pollfd p = {.fd = link_get_fd(t->link), .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

/* Turn until the link has connected, and take its HELLO. */
static void meet(struct rig *t)
{
	struct pollfd p = {.fd = t->listener, .events = POLLIN};

	while (poll(&p, 1, 0) == 0)
		assert_int_equal(turn(t), 0);
	t->sock = accept4(t->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(t->sock >= 0);
	fake_expect(t->sock, &t->msg, XENAV_OP_HELLO, 0);
	assert_string_equal(t->msg.hello.name, "test-link");
}

static void greet(struct rig *t)
{
	meet(t);
	fake_welcome(t->sock);
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "front");
	while (!t->s)
		assert_int_equal(turn(t), 0);
}

static void open_and_greet(struct rig *t)
{
	begin_listening(t);
	assert_int_equal(link_open(&t->link, &t->config), 0);
	greet(t);
}

static void hang_up(struct rig *t)
{
	close(t->sock);
	t->sock = -1;
}

static void expect_said(struct rig *t, const char *what, const char *why)
{
	char line[256];

	snprintf(line, sizeof line, "%s xenavd at %s%s\n", what, t->socket, why);
	assert_string_equal(t->said, line);
	t->said[0] = 0;
}

TEST(messages_are_handled_and_work_is_done_after_them)
{
	struct rig *t = *state;

	open_and_greet(t);
	assert_true(t->works > t->works_at_data);
	assert_true(is_idle(t));
	assert_string_equal(t->said, "");
}

TEST(work_is_done_when_it_is_due_and_not_before)
{
	struct rig *t = *state;
	unsigned int before;

	open_and_greet(t);
	before = t->works;
	t->next_ns = 1; /* long ago */
	link_work_soon(t->link);
	assert_int_equal(turn(t), 0);
	assert_false(is_idle(t));
	t->next_ns = UINT64_MAX - 1; /* in centuries */
	assert_int_equal(turn(t), 0);
	assert_int_equal(t->works, before + 2);
	assert_true(is_idle(t));
	link_work_soon(t->link);
	assert_int_equal(turn(t), 0);
	assert_int_equal(t->works, before + 3);
}

TEST(without_reconnect_a_daemon_that_is_not_there_is_an_error)
{
	struct rig *t = *state;

	assert_int_equal(link_open(&t->link, &t->config), -ENOENT);
	assert_null(t->link);
	expect_said(t, "Cannot connect to", ": No such file or directory");
}

TEST(without_reconnect_a_lost_connection_ends_the_link)
{
	struct rig *t = *state;

	open_and_greet(t);
	hang_up(t);
	assert_int_equal(turn(t), -EPIPE);
	assert_int_equal(link_turn(t->link), -EPIPE);
	assert_null(link_get(t->link));
	assert_int_equal(t->lost, -EPIPE);
	assert_int_equal(t->lost_streams, 1);
	expect_said(t, "Lost the connection to", ": Broken pipe");
}

TEST(with_reconnect_a_daemon_that_comes_late_is_found_and_absence_told_once)
{
	struct rig *t = *state;

	t->config.reconnect = true;
	assert_int_equal(link_open(&t->link, &t->config), 0);
	assert_null(link_get(t->link));
	/* Two more attempts. */
	assert_int_equal(turn(t), 0);
	assert_int_equal(turn(t), 0);
	expect_said(t, "Cannot connect to", ": No such file or directory");
	assert_int_equal(t->works, 0);
	begin_listening(t);
	greet(t);
	expect_said(t, "Connected to", "");
	assert_int_equal(t->lost, 0);
}

TEST(with_reconnect_a_link_outlives_its_daemon)
{
	struct rig *t = *state;

	t->config.reconnect = true;
	open_and_greet(t);
	for (unsigned int i = 1; i <= 2; i++) {
		hang_up(t);
		assert_int_equal(turn(t), 0);
		assert_null(link_get(t->link));
		assert_int_equal(t->lost_streams, i);
		expect_said(t, "Lost the connection to", ": Broken pipe");
		greet(t);
		expect_said(t, "Connected to", "");
	}
}

TEST(a_refusal_is_told_as_one_and_once)
{
	struct rig *t = *state;

	t->config.reconnect = true;
	begin_listening(t);
	assert_int_equal(link_open(&t->link, &t->config), 0);
	for (unsigned int i = 0; i < 2; i++) {
		meet(t);
		fake_error(t->sock, 0, XENAV_OP_HELLO, -EACCES);
		while (link_get(t->link))
			assert_int_equal(turn(t), 0);
		hang_up(t);
		assert_int_equal(t->lost, -EACCES);
	}
	expect_said(t, "Cannot connect to", ": Permission denied");
}

TEST(a_quiet_link_tells_of_losses_only)
{
	struct rig *t = *state;

	t->config.reconnect = t->config.quiet = true;
	open_and_greet(t);
	hang_up(t);
	assert_int_equal(turn(t), 0);
	greet(t);
	expect_said(t, "Lost the connection to", ": Broken pipe");
}

/* Queue keys until the daemon's socket takes no more. @return their number. */
static unsigned int press_until_full(struct rig *t)
{
	unsigned int n = 0;

	while (xenav_input_key(t->in, 30, n % 2 == 0) == 0)
		n++;
	assert_true(xenav_get_events(link_get(t->link)) & POLLOUT);
	return n;
}

TEST(messages_that_had_to_wait_are_sent_when_there_is_room)
{
	struct rig *t = *state;
	unsigned int n, got = 0;

	open_and_greet(t);
	wire_init(&t->msg, XENAV_OP_INPUT_ADDED, 2);
	t->msg.input_added.caps = XENAV_INPUT_KEYBOARD;
	fake_send(t->sock, &t->msg, -1);
	while (!t->in)
		assert_int_equal(turn(t), 0);
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, 2);
	fake_fed(t->sock, 2);
	assert_int_equal(turn(t), 0);
	n = press_until_full(t);
	assert_int_equal(xenav_input_flush(t->in), 0);
	link_work_soon(t->link);
	while (got < n) {
		while (fake_recv(t->sock, &t->msg))
			got += t->msg.input_events.n;
		if (got < n)
			assert_int_equal(turn(t), 0);
	}
	assert_int_equal(got, n);
	/* There is room, and nobody watches for more of it. */
	assert_int_equal(link_turn(t->link), 0);
	assert_true(is_idle(t));
}

TEST(a_link_is_closed_at_any_time)
{
	struct rig *t = *state;

	link_close(NULL);
	t->config.reconnect = true;
	assert_int_equal(link_open(&t->link, &t->config), 0);
	link_close(t->link);
	begin_listening(t);
	assert_int_equal(link_open(&t->link, &t->config), 0);
	greet(t);
	link_close(t->link);
	t->link = NULL;
	assert_int_equal(t->lost, 0);
}
