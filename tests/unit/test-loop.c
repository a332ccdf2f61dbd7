/* SPDX-License-Identifier: MIT */
/* backends/common/loop.c and options.c. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/link.h"
#include "common/loop.h"
#include "common/options.h"
#include "test.h"

#include "fake-daemon.h"

static struct leaks leaks;
static struct loop *loop;

static int setup(void **)
{
	leaks_before(&leaks);
	return loop_open(&loop);
}

static int teardown(void **)
{
	loop_close(loop);
	leaks_after(&leaks);
	return 0;
}

#define TEST(f) TEST_WITH(f, setup, teardown)

/* -------- the loop -------- */

TEST(a_signal_ends_the_loop_and_each_counts)
{
	assert_int_equal(loop_get_signal(loop), 0);
	raise(SIGTERM);
	assert_int_equal(loop_run(loop), 0);
	assert_int_equal(loop_get_signal(loop), SIGTERM);
	assert_int_equal(loop_wait(loop, 1), 0);
	raise(SIGINT);
	assert_int_equal(loop_wait(loop, UINT64_MAX), -EINTR);
	assert_int_equal(loop_get_signal(loop), SIGINT);
	raise(SIGPIPE);
	assert_int_equal(loop_wait(loop, 1), 0);
}

TEST(a_hangup_ends_the_loop_unless_it_is_ignored)
{
	sigset_t set;

	raise(SIGHUP);
	assert_int_equal(loop_wait(loop, UINT64_MAX), -EINTR);
	loop_close(loop);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	assert_int_equal(loop_open(&loop), 0);
	raise(SIGHUP);
	assert_int_equal(loop_wait(loop, 1), 0);
	signal(SIGHUP, SIG_DFL);
}

TEST(waiting_ends_at_its_time)
{
	const uint64_t until_ns = monotonic_ns() + 2 * NS_PER_MS;

	assert_int_equal(loop_wait(loop, 0), 0);
	while (monotonic_ns() < until_ns)
		assert_int_equal(loop_wait(loop, until_ns), 0);
}

static void on_event(void *fd)
{
	eventfd_t n;

	assert_int_equal(eventfd_read(*(int *)fd, &n), 0);
	raise(SIGTERM);
}

TEST(a_descriptor_of_the_program_is_served)
{
	int fd = eventfd(1, EFD_CLOEXEC);

	assert_int_equal(loop_add_fd(loop, fd, on_event, &fd), 0);
	assert_int_equal(loop_run(loop), 0);
	close(fd);
}

static void on_lost(void *error, int rc)
{
	*(int *)error = rc;
}

static const struct xenav_listener listener = {.size = sizeof listener};

/* A daemon that accepts and hangs up. */
TEST(the_loop_ends_with_its_link)
{
	char folder[] = "/tmp/test-loop-XXXXXX";
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), error = 0;
	const struct link_config config = {
		.program = "test-loop",
		.socket = addr.sun_path,
		.listener = &listener,
		.data = &error,
		.lost = on_lost,
	};
	struct link *link;

	assert_non_null(mkdtemp(folder));
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s/socket", folder);
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(sock, 1), 0);
	assert_int_equal(link_open(&link, &config), 0);
	assert_int_equal(loop_add_link(loop, link), 0);
	assert_int_equal(loop_wait(loop, UINT64_MAX), 0);
	close(accept4(sock, NULL, NULL, SOCK_CLOEXEC));
	assert_true(loop_run(loop) < 0);
	assert_int_equal(loop_run(loop), error);
	assert_int_equal(loop_wait(loop, UINT64_MAX), error);
	loop_drop_link(loop);
	assert_int_equal(loop_wait(loop, 1), 0);
	link_close(link);
	close(sock);
	unlink(addr.sun_path);
	rmdir(folder);
}

/* -------- the options -------- */

struct options {
	int before;
	struct common_options common;
	const char *own;
};

static const struct args_row rows[] = {
	COMMON_ROWS_DRIVER(struct options, common),
	{"own", ARGS_TEXT, offsetof(struct options, own), NULL},
	{0},
};
static const struct args args = {"test-loop", COMMON_EXIT_USAGE, rows, NULL};

/* Words between spaces. */
static int read_options(struct options *o, const char *words)
{
	static char text[256];
	char *argv[16], *state;
	int argc = 0;

	snprintf(text, sizeof text, "x %s", words);
	for (char *w = strtok_r(text, " ", &state); w; w = strtok_r(NULL, " ", &state))
		argv[argc++] = w;
	argv[argc] = NULL;
	optind = 0; /* begin anew */
	*o = (struct options){.common = COMMON_OPTIONS_DEFAULT};
	return common_options_read(&o->common, &args, o, "usage\n", argc, argv);
}

TEST_ALONE(common_options_are_read)
{
	struct options o;

	assert_int_equal(read_options(&o, "--own=x"), ARGS_GO_ON);
	assert_string_equal(o.common.socket, XENAV_DEFAULT_SOCKET);
	assert_int_equal(o.common.selection.device, -1);
	assert_null(o.common.selection.domain);
	assert_null(o.common.selection.unique_id);
	assert_false(o.common.watch || o.common.reconnect || o.common.quiet);
	assert_string_equal(o.own, "x");
	assert_int_equal(read_options(&o, "--socket=s --domain d --device=3 --unique-id=u --watch "
					  "--reconnect --quiet"),
			 ARGS_GO_ON);
	assert_string_equal(o.common.socket, "s");
	assert_int_equal(o.common.selection.device, 3);
	assert_string_equal(o.common.selection.domain, "d");
	assert_string_equal(o.common.selection.unique_id, "u");
	assert_true(o.common.watch && o.common.reconnect && o.common.quiet);
}

TEST_ALONE(a_wrong_command_line_is_refused)
{
	struct options o;

	assert_int_equal(read_options(&o, "--device=x"), COMMON_EXIT_USAGE);
	assert_int_equal(read_options(&o, "--device=-1"), COMMON_EXIT_USAGE);
	assert_int_equal(read_options(&o, "--device=2147483648"), COMMON_EXIT_USAGE);
	assert_int_equal(read_options(&o, "--domain"), COMMON_EXIT_USAGE);
	assert_int_equal(read_options(&o, "--quiet=1"), COMMON_EXIT_USAGE);
	assert_int_equal(read_options(&o, "argument"), COMMON_EXIT_USAGE);
}
