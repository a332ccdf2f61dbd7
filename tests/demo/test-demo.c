/* SPDX-License-Identifier: MIT */
/* xenav-demo-daemon: devices that come and go or are taken, input, and its command line. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user.h"

struct met {
	struct user user;
	unsigned n_claimed;
	unsigned n_frames;
	bool ready;
};

static void stream_claimed(void *data, struct xenav_stream *)
{
	((struct met *)data)->n_claimed++;
}

static void connector_claimed(void *data, struct xenav_connector *)
{
	((struct met *)data)->n_claimed++;
}

static void input_ready(void *data, struct xenav_input *)
{
	((struct met *)data)->ready = true;
}

static void frame(void *data, struct xenav_connector *c, const struct xenav_frame *)
{
	((struct met *)data)->n_frames++;
	xenav_frame_done(c);
}

static const struct xenav_listener listener = {
	.stream_claimed = stream_claimed,
	.connector_claimed = connector_claimed,
	.frame = frame,
	.input_ready = input_ready,
};

/* -------- devices -------- */

static bool all_have_left_twice(struct user *user)
{
	return user->n_removed >= 6 && user->n_streams && user->n_connectors && user->n_inputs;
}

TEST_ALONE(devices_come_and_go)
{
	struct met met = {0};
	const char *const args[] = {"--script=remove", "--every=100", "--size=64x64", NULL};

	user_start(&met.user, args, &listener);
	user_run(&met.user, all_have_left_twice);
	demo_await(&met.user.demo, "remove domain=1 unique_id=remove event=removed kind=vsnd");
	demo_await(&met.user.demo, "event=added kind=vsnd");
	user_stop(&met.user);
}

/* The next change comes while the devices are still leaving. */
TEST_ALONE(devices_that_come_and_go_faster_than_they_can_do_no_harm)
{
	struct met met = {0};
	const char *const args[] = {"--script=remove", "--guests=4", "--every=10",
				    "--size=1920x1080", NULL};

	user_start(&met.user, args, &listener);
	for (int i = 0; i < 100; i++)
		demo_await(&met.user.demo, "event=removed");
	user_stop(&met.user);
}

static bool has_failed(struct user *user)
{
	return user->error != 0;
}

static bool is_claimed(struct user *user)
{
	return ((struct met *)(void *)user)->n_claimed > 0;
}

static void await_three(struct demo *demo, const char *event)
{
	char text[64];

	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof text, "unique_id=busy event=%s", event);
		demo_await(demo, text);
	}
}

static struct xenav_stream *stream_of(struct user *user, uint8_t direction)
{
	user_stream(user, "busy");
	for (unsigned i = 0; i < user->n_streams; i++)
		if (xenav_stream_get_info(user->streams[i])->direction == direction)
			return user->streams[i];
	return NULL;
}

static bool both_streams_are_there(struct user *user)
{
	return user->n_streams == 2;
}

TEST_ALONE(what_somebody_else_has_claimed_is_busy_until_it_is_released)
{
	struct met met = {0};
	const char *const args[] = {"--script=busy", "--size=64x64", NULL};
	struct user *user = &met.user;

	user_start(user, args, &listener);
	user_run(user, both_streams_are_there);
	assert_int_equal(xenav_connector_claim(user_connector(user, "busy")), 0);
	user_run(user, has_failed);
	assert_int_equal(user->error, -EBUSY);
	user->error = 0;
	assert_int_equal(xenav_stream_claim(stream_of(user, XENAV_PLAYBACK)), 0);
	user_run(user, has_failed);
	assert_int_equal(user->error, -EBUSY);
	user->error = 0;
	assert_int_equal(xenav_stream_feed(stream_of(user, XENAV_CAPTURE)), 0);
	user_run(user, has_failed);
	assert_int_equal(user->error, -EBUSY);

	kill(user->demo.pid, SIGUSR2);
	await_three(&user->demo, "released");
	assert_int_equal(xenav_stream_claim(stream_of(user, XENAV_PLAYBACK)), 0);
	user_run(user, is_claimed);
	kill(user->demo.pid, SIGUSR2);
	demo_await(&user->demo, "event=refused kind=playback");
	user_stop(user);
}

static bool all_are_there(struct user *user)
{
	return user->n_streams == 4 && user->n_inputs == 2;
}

TEST_ALONE(guests_have_names_and_numbers_of_their_own)
{
	struct met met = {0};
	const char *const args[] = {"--script=play,play", "--script=input", "--guests=2",
				    "--name=fox", NULL};
	unsigned by_domain[5] = {0};

	user_start(&met.user, args, &listener);
	user_run(&met.user, all_are_there);
	for (unsigned i = 0; i < 4; i++) {
		const struct xenav_stream_info *info = xenav_stream_get_info(met.user.streams[i]);

		assert_true(info->domid == 1 || info->domid == 3);
		assert_string_equal(info->domain_name, info->domid == 1 ? "fox" : "fox-3");
		by_domain[info->domid]++;
	}
	assert_int_equal(by_domain[1], 2);
	assert_int_equal(by_domain[3], 2);
	assert_string_not_equal(xenav_stream_get_info(met.user.streams[0])->unique_id,
				xenav_stream_get_info(met.user.streams[1])->unique_id);
	user_stop(&met.user);
}

/* -------- input -------- */

static bool is_ready(struct user *user)
{
	return ((struct met *)(void *)user)->ready;
}

static bool has_a_frame(struct user *user)
{
	return ((struct met *)(void *)user)->n_frames > 0;
}

static bool is_sent(struct user *user)
{
	return !(xenav_get_events(user->x) & 4 /* POLLOUT */);
}

static void send(struct user *user, struct xenav_input *in)
{
	assert_true(xenav_input_flush(in) >= 0);
	user_run(user, is_sent);
}

TEST_ALONE(a_guest_says_what_is_typed_and_pointed_at)
{
	struct met met = {0};
	const char *const args[] = {"--script=input,flip", "--size=640x480", NULL};
	struct user *user = &met.user;
	struct xenav_connector *c;
	struct xenav_input *in;

	user_start(user, args, &listener);
	c = user_connector(user, "flip");
	in = user_input(user, "input");
	assert_int_equal(xenav_connector_watch(c), 0);
	user_run(user, has_a_frame);
	assert_int_equal(xenav_input_feed(in), 0);
	user_run(user, is_ready);
	assert_int_equal(xenav_input_key(in, KEY_A, 1), 0);
	assert_int_equal(xenav_input_key(in, KEY_A, 0), 0);
	send(user, in);
	demo_await(&user->demo, "input domain=1 unique_id=input event=key code=30 pressed=1");
	demo_await(&user->demo, "event=key code=30 pressed=0");
	assert_int_equal(xenav_input_position(in, c, 320, 240, 0), 0);
	assert_int_equal(xenav_input_key(in, BTN_LEFT, 1), 0);
	send(user, in);
	demo_await(&user->demo, "event=position x=320 y=240 wheel=0");
	demo_await(&user->demo, "event=key code=272 pressed=1");
	assert_int_equal(xenav_input_touch(in, 3, c, 10, 20), 0);
	send(user, in);
	demo_await(&user->demo, "action=down x=10 y=20");
	demo_await(&user->demo, "action=sync");
	/* What is held when the consumer leaves is released. */
	assert_int_equal(xenav_input_release(in), 0);
	user_run(user, is_sent);
	demo_await(&user->demo, "event=key code=272 pressed=0");
	demo_await(&user->demo, "action=up");
	user_stop(user);
}

/* -------- the program -------- */

TEST_ALONE(it_needs_no_library_of_xen)
{
	struct met met = {0};
	const char *const args[] = {"--script=play,flip,input", NULL};
	char path[64], line[512];
	FILE *maps;

	user_start(&met.user, args, &listener);
	snprintf(path, sizeof path, "/proc/%d/maps", (int)met.user.demo.pid);
	maps = fopen(path, "re");
	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		if (strstr(line, "/libxen") && !strstr(line, "/libxenav.so"))
			fail_msg("%s", line);
	fclose(maps);
	user_stop(&met.user);
}

static void expect_mistake(const char *argument, const char *text)
{
	const char *const args[] = {"--socket=/nonexistent/socket", argument, NULL};
	static struct demo demo;

	assert_int_equal(demo_run(&demo, args), 64);
	if (!strstr(demo.text, text))
		fail_msg("'%s' is not in '%s'", text, demo.text);
}

TEST_ALONE(mistakes_on_the_command_line_are_told)
{
	static struct demo demo;
	const char *const none[] = {NULL};

	expect_mistake("--script=play,dance", "--script must be a list");
	expect_mistake("--script=", "--script must be a list");
	expect_mistake("--size=0x10", "--size must be");
	expect_mistake("--fourcc=YUYV", "--fourcc must be");
	expect_mistake("--format=mpeg", "--format must be");
	expect_mistake("--rate=10", "--rate must be a number from 1000");
	expect_mistake("--guests=65", "--guests must be");
	expect_mistake("--period=16384", "--period must be at most half");
	expect_mistake("--buffer=1048577", "--buffer must be");
	expect_mistake("--nothing", "--nothing");
	expect_mistake("play", "Unexpected argument");
	assert_int_equal(demo_run(&demo, none), 64);
	assert_non_null(strstr(demo.text, "--socket is missing"));
}

TEST_ALONE(a_socket_that_is_in_use_is_left_alone)
{
	struct met met = {0};
	const char *const args[] = {"--script=play", NULL};
	static struct demo second;
	char option[64];
	const char *const again[] = {option, NULL};

	user_start(&met.user, args, &listener);
	snprintf(option, sizeof option, "--socket=%s", met.user.demo.socket);
	assert_int_equal(demo_run(&second, again), 1);
	assert_non_null(strstr(second.text, "Address already in use"));
	user_stream(&met.user, "play");
	user_stop(&met.user);
}

TEST_ALONE(it_prints_its_version_and_its_options)
{
	static struct demo demo;
	const char *const version[] = {"--version", NULL};
	const char *const help[] = {"--help", NULL};

	assert_int_equal(demo_run(&demo, version), 0);
	assert_string_equal(demo.text, "xenav-demo-daemon " PACKAGE_VERSION "\n");
	assert_int_equal(demo_run(&demo, help), 0);
	assert_non_null(strstr(demo.text, "--script=WORD"));
}
