/* SPDX-License-Identifier: MIT */
/* The watchdog is fed while every thread answers.  Looks are counted, not time. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "service/notify.h"
#include "service/watchdog.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

#define PATIENCE      5
#define LONG_PATIENCE 20

/* The service manager. */
static int manager;
static struct event_base *base;
static struct watchdog *watchdog;

/* A thread that answers at once, but for the looks that it sleeps. */
struct sleeper {
	struct watched watched;
	unsigned asked;
	unsigned looks;
	unsigned asleep; /* looks without an answer that are left */
	bool wanted;
	bool held_up;
};

static struct sleeper calm, lazy;

static void ask(struct watched *watched)
{
	((struct sleeper *)watched)->asked++;
}

static bool has_answered(struct watched *watched)
{
	struct sleeper *sleeper = (struct sleeper *)watched;

	sleeper->looks++;
	if (sleeper->asleep == 0)
		return true;
	sleeper->asleep--;
	return false;
}

static bool is_wanted(struct watched *watched)
{
	return ((struct sleeper *)watched)->wanted;
}

static bool is_held_up(struct watched *watched)
{
	return ((struct sleeper *)watched)->held_up;
}

static void watch(struct sleeper *sleeper, const char *name)
{
	*sleeper = (struct sleeper){
		.watched = {.name = name,
			    .patience = PATIENCE,
			    .long_patience = LONG_PATIENCE,
			    .ask = ask,
			    .answered = has_answered,
			    .wanted = is_wanted,
			    .held_up = is_held_up},
	};
	watchdog_add(watchdog, &sleeper->watched);
}

static int setup(void **)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char name[64];
	int n;

	n = snprintf(name, sizeof name, "@xenavd-watchdog-%d", (int)getpid());
	memcpy(addr.sun_path + 1, name + 1, (size_t)n - 1);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(manager, (struct sockaddr *)&addr,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)) < 0)
		return -1;
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "4000", 1);
	base = event_base_new();
	return notify_start();
}

static int teardown(void **)
{
	watchdog_stop(watchdog);
	notify_stop();
	event_base_free(base);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	return close(manager);
}

/* Turn the loop once. @return what the service manager was told, or NULL. */
static const char *turn(void)
{
	static char text[64];
	ssize_t n;

	event_base_loop(base, EVLOOP_ONCE);
	n = recv(manager, text, sizeof text - 1, 0);
	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

static void start(void)
{
	assert_int_equal(watchdog_start(&watchdog, base), 0);
	assert_non_null(watchdog);
	watch(&calm, "calm one");
	watch(&lazy, "lazy one");
}

TEST(it_is_fed_while_all_answer)
{
	start();
	for (int i = 0; i < 4 * PATIENCE; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	assert_int_equal(calm.asked, 4 * PATIENCE);
	assert_int_equal(lazy.asked, 4 * PATIENCE);
}

TEST(an_answer_in_time_is_all_right_however_long_it_takes)
{
	start();
	for (int i = 0; i < 3; i++) {
		lazy.asleep = PATIENCE;
		for (int j = 0; j < PATIENCE + 2; j++)
			assert_string_equal(turn(), "WATCHDOG=1");
	}
	assert_true(lazy.asked < calm.asked);
}

TEST(a_thread_that_has_answered_rests_unless_it_is_wanted)
{
	start();
	lazy.watched.rest = 2;
	for (int i = 0; i < 30; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	assert_int_equal(calm.asked, 30);
	assert_int_equal(lazy.asked, 10);
	lazy.wanted = true;
	for (int i = 0; i < 10; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	assert_int_equal(lazy.asked, 20);
}

TEST(a_thread_that_is_held_up_has_more_time_but_not_for_ever)
{
	start();
	/* The look that asks, and then its patience. */
	lazy.asleep = PATIENCE + LONG_PATIENCE + 1;
	for (int i = 0; i < 1 + PATIENCE - 1; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	lazy.held_up = true;
	for (int i = 0; i < LONG_PATIENCE; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	assert_string_equal(turn(), "WATCHDOG=trigger");
}

TEST(a_thread_that_is_held_up_no_more_has_the_rest_of_its_time)
{
	start();
	lazy.asleep = PATIENCE + 10 + 1;
	lazy.held_up = true;
	for (int i = 0; i < 1 + 10; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	lazy.held_up = false;
	for (int i = 0; i < PATIENCE; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	assert_string_equal(turn(), "WATCHDOG=trigger");
}

TEST(one_thread_that_hangs_is_enough_for_a_new_start)
{
	start();
	lazy.asleep = PATIENCE + 1;
	/* The first look only asks. */
	for (int i = 0; i < PATIENCE + 1; i++)
		assert_string_equal(turn(), "WATCHDOG=1");
	assert_string_equal(turn(), "WATCHDOG=trigger");
	/* Nothing is said again, whoever answers. */
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_true(recv(manager, &(char){0}, 1, 0) < 0);
}

TEST(a_unit_without_a_limit_has_no_watchdog)
{
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(watchdog_start(&watchdog, base), 0);
	assert_null(watchdog);
	watch(&calm, "calm one");
	assert_null(turn());
}

TEST(a_limit_that_is_no_number_is_refused)
{
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(watchdog_start(&watchdog, base), -EINVAL);
}
