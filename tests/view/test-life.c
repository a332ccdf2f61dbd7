/* SPDX-License-Identifier: MIT */
/* Windows, guests, xenavd and the X server come and go, and the guest flips through all of it. */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "view-rig.h"
#include "view/xlib.h"
#include "xenav.h"

/* -------- the guest flips meanwhile -------- */

TEST(a_window_that_is_resized_delays_no_flip)
{
	Window window = start_all(60, NULL);

	for (unsigned int i = 0; i < 20; i++) {
		XResizeWindow(x11, window, 100 + 31 * i, 500 - 17 * i);
		XFlush(x11);
		flip_times(3);
	}
	XResizeWindow(x11, window, LEFT_WIDTH, LEFT_HEIGHT);
	XFlush(x11);
	expect_picture(window);
	stop_all();
}

TEST(a_window_that_is_hidden_delays_no_flip_and_shows_the_newest_frame_again)
{
	Window window = start_all(61, NULL);

	for (unsigned int i = 0; i < 3; i++) {
		XUnmapWindow(x11, window);
		XFlush(x11);
		flip_times(20);
		XMapWindow(x11, window);
		XFlush(x11);
		/* No flip comes after it. */
		expect_picture(window);
	}
	stop_all();
}

static bool is_closed(void *title)
{
	return x11_find(title) == 0;
}

TEST(a_window_that_is_closed_delays_no_flip_and_the_last_one_ends_the_program)
{
	char closed[] = "guest62: left";
	Window left, right;

	start_guest(62, NULL);
	show(XR24);
	START("--domain=62");
	left = expect_window("left");
	right = expect_window("right");
	flip_times(3);
	x11_close(left);
	flip_times(20);
	EXPECT(is_closed, closed);
	assert_true(x11_find("guest62: right") == right);
	x11_close(right);
	assert_int_equal(view_wait(), 0);
	flip_times(5);
	hide();
	stop_guest();
}

TEST(a_program_that_is_killed_delays_no_flip)
{
	start_all(63, NULL);
	flip_times(5);
	assert_int_equal(view_stop(), 0);
	flip_times(5);
	hide();
	stop_guest();
}

/* -------- the guest goes -------- */

TEST(a_screen_that_is_unplugged_closes_its_window)
{
	start_all(64, NULL);
	flip_times(5);
	hide();
	stop_guest();
	assert_int_equal(view_wait(), 0);
	assert_true(view_said("The screen of guest64: the guest is gone"));
}

static bool is_dim(void *window)
{
	/* 96/255 of the picture. */
	for (int i = 0; i < 50; i++) {
		const long pixel = x11_pixel(*(Window *)window, i, 0);
		const long red = (long)(picture[i] >> 16 & 0xff) * 96 / 255;

		if (pixel < 0 || (pixel >> 16) < red - 2 || (pixel >> 16) > red + 2)
			return false;
	}
	return true;
}

TEST(with_reconnect_the_window_waits_for_the_guest)
{
	Window window;

	start_guest(65, NULL);
	show(XR24);
	START("--unique-id=left", "--reconnect");
	window = expect_window("left");
	expect_picture(window);
	hide();
	stop_guest();
	start_guest_again(59, "guest65");
	show(XR24);
	assert_true(expect_window("left") == window);
	expect_picture(window);
	stop_all();
}

/* -------- xenavd goes -------- */

static void restart_xenavd(void)
{
	forget_buffers();
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
}

TEST(with_reconnect_the_window_waits_for_xenavd_with_the_last_frame_dimmed)
{
	Window window;

	start_guest(66, NULL);
	show(XR24);
	START("--unique-id=left", "--reconnect");
	window = expect_window("left");
	expect_picture(window);
	lab_stop_xenavd(&lab, SIGTERM);
	expect_title(window, "[not connected]");
	EXPECT(is_dim, &window);
	restart_xenavd();
	show(XR24);
	assert_true(expect_window("left") == window);
	expect_picture(window);
	stop_all();
}

TEST(without_reconnect_it_ends_with_xenavd)
{
	start_guest(67, NULL);
	show(XR24);
	START("--unique-id=left", "--patience=0");
	expect_picture(expect_window("left"));
	/* One that ends by itself takes the screens away first, as if the guest were gone, and may
	 * wait for a guest that stands still until the program has ended with 0. */
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("Lost the connection to xenavd"));
	restart_xenavd();
	START("--socket=/nowhere/socket");
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("Cannot connect to xenavd at /nowhere/socket"));
	stop_guest();
}

/* -------- the X server goes -------- */

TEST(it_ends_with_the_x_server_and_the_guest_goes_on)
{
	start_all(68, NULL);
	x11_kill();
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("xenav-view: Lost the display server"));
	flip_times(10);
	/* The number of the server that is gone may be that of another test by now. */
	setenv("DISPLAY", ":59999", 1);
	START("--unique-id=left");
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("xenav-view: Cannot open a display"));
	assert_int_equal(x11_start(), 0);
	hide();
	stop_guest();
}

static int exit_on_error(Display *, XErrorEvent *)
{
	_exit(1);
}

/* Ask the server for something that is wrong, as a program of its own. @return its exit code. */
static int run_wrong(void (*ask)(Display *))
{
	Display *display;
	int status = -1;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		XSetErrorHandler(exit_on_error);
		xlib_forgive_late_events();
		display = XOpenDisplay(NULL);
		if (!display)
			_exit(2);
		ask(display);
		XSync(display, False);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static Window make_gone(Display *display)
{
	const Window gone =
		XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 1, 1, 0, 0, 0);

	XDestroyWindow(display, gone);
	return gone;
}

static void send_to_gone(Display *display)
{
	XEvent event = {.type = ClientMessage};

	event.xclient.window = make_gone(display);
	event.xclient.format = 32;
	XSendEvent(display, event.xclient.window, False, NoEventMask, &event);
}

static void map_gone(Display *display)
{
	XMapWindow(display, make_gone(display));
}

/* SDL wakes itself up like that, and the server may serve the end of the window first. */
TEST(an_event_for_a_window_that_is_gone_is_no_error_but_all_else_is)
{
	assert_int_equal(run_wrong(send_to_gone), 0);
	assert_int_equal(run_wrong(map_gone), 1);
}

/* -------- others -------- */

struct driver {
	struct xenav *x;
	bool is_driving;
};

static void on_connector_added(void *, struct xenav_connector *c)
{
	xenav_connector_claim(c);
}

static void on_connector_claimed(void *data, struct xenav_connector *)
{
	((struct driver *)data)->is_driving = true;
}

static bool is_driving(void *data)
{
	struct driver *d = data;

	while (xenav_dispatch(d->x) > 0)
		;
	return d->is_driving;
}

static bool has_said(void *text)
{
	return view_said(text);
}

TEST(a_screen_that_another_program_drives_is_watched)
{
	static const struct xenav_listener listener = {
		.size = sizeof listener,
		.connector_added = on_connector_added,
		.connector_claimed = on_connector_claimed,
	};
	char text[] = "Another program drives the screen of guest69: this one watches it";
	struct driver d = {0};
	Window window;

	start_guest(69, NULL);
	show(XR24);
	assert_int_equal(xenav_open(&d.x, lab.socket, "test", &listener, &d), 0);
	EXPECT(is_driving, &d);
	START("--unique-id=left");
	window = expect_window("left");
	expect_picture(window);
	EXPECT(has_said, text);
	xenav_close(d.x);
	stop_all();
}

TEST(a_monitor_that_is_not_there_is_said)
{
	start_guest(71, NULL);
	show(XR24);
	START("--unique-id=left", "--fullscreen=1");
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("There is no monitor 1; the last one is 0"));
	hide();
	stop_guest();
}

TEST(a_wrong_command_line_is_refused)
{
	static const char *const wrong[] = {"--fullscreen=x", "--fullscreen", "--nothing", "more"};

	start_guest(70, NULL);
	for (unsigned int i = 0; i < 4; i++) {
		START(wrong[i]);
		assert_int_equal(view_wait(), 2);
	}
	START("--help");
	assert_int_equal(view_wait(), 0);
	assert_true(view_said("--fullscreen=N"));
	START("--version");
	assert_int_equal(view_wait(), 0);
	assert_true(view_said("xenav-view " PACKAGE_VERSION));
	stop_guest();
}
