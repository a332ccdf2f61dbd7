/* SPDX-License-Identifier: MIT */
/*
 * xenav-view on a Wayland compositor: weston in a window of the X server, so that its output can be
 * read and its seat has a keyboard.  (SDL 2.26 crashes where a compositor has no seat, as a
 * headless weston has none.)  Weston's kiosk shell has a window fill the output, which is as large
 * as the guest's screen; its desktop shell knows full screen on one of two.
 */
#include <config.h>

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "view-rig.h"

static pid_t weston;
static Window output; /* the first one */

static void __attribute__((constructor)) need_weston(void)
{
	view_needs = "/usr/bin/weston";
}

/* -------- the compositor -------- */

static void exec_weston(bool has_two)
{
	char width[32], height[32];
	int fd;

	snprintf(width, sizeof width, "--width=%d", LEFT_WIDTH);
	snprintf(height, sizeof height, "--height=%d", LEFT_HEIGHT);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open("weston.log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	execlp("weston", "weston", "--backend=x11-backend.so", "--use-pixman", width, height,
	       has_two ? "--output-count=2" : "--output-count=1",
	       has_two ? "--shell=desktop-shell.so" : "--shell=kiosk-shell.so",
	       "--socket=wayland-view", "--idle-time=0", NULL);
	_exit(127);
}

static bool is_ready(void *)
{
	output = x11_find("");
	return output && access("wayland-view", F_OK) == 0;
}

static void configure_weston(void)
{
	FILE *file = fopen("weston.ini", "w");

	assert_non_null(file);
	fputs("[shell]\npanel-position=none\nlocking=false\nstartup-animation=none\n", file);
	assert_int_equal(fclose(file), 0);
}

/* It works in a directory of its own. */
static void start_weston(bool has_two)
{
	static char directory[128];

	snprintf(directory, sizeof directory, "%s/weston", lab.dir);
	mkdir(directory, 0700);
	assert_int_equal(chdir(directory), 0);
	setenv("XDG_RUNTIME_DIR", directory, 1);
	setenv("XDG_CONFIG_HOME", directory, 1);
	configure_weston();
	fflush(NULL);
	weston = fork();
	assert_true(weston >= 0);
	if (weston == 0)
		exec_weston(has_two);
	EXPECT(is_ready, NULL);
	/* Its own pointer would be in the picture. */
	x11_point(DefaultRootWindow(x11), X11_WIDTH - 1, X11_HEIGHT - 1);
}

static void kill_weston(void)
{
	kill(weston, SIGKILL);
	waitpid(weston, NULL, 0);
	unlink("wayland-view");
	unlink("wayland-view.lock");
}

/* -------- the tests -------- */

static void start_view(const char *full)
{
	setenv("WAYLAND_DISPLAY", "wayland-view", 1);
	setenv("SDL_VIDEODRIVER", "wayland", 1);
	setenv("SDL_RENDER_DRIVER", "opengles2", 1);
	START("--unique-id=left", full);
	unsetenv("WAYLAND_DISPLAY");
}

static void start_all_on_weston(uint16_t domid)
{
	start_guest(domid, plain);
	start_weston(false);
	show(XR24);
	start_view(NULL);
	expect_picture(output);
}

static bool has_pointer(void *)
{
	return !x11_shows(output, 0, 0, picture, LEFT_WIDTH, LEFT_HEIGHT);
}

TEST(the_pointer_of_this_machine_goes_when_the_guest_gets_one_of_its_own)
{
	start_guest(124, NULL);
	start_weston(false);
	show(XR24);
	start_view(NULL);
	expect_picture(output);
	x11_point(output, 60, 60);
	EXPECT(has_pointer, NULL);
	plug_keyboard(124, plain);
	expect_picture(output);
	assert_int_equal(view_stop(), 0);
	kill_weston();
	hide();
	stop_guest();
}

TEST(weston_shows_every_pixel_of_the_screen)
{
	start_all_on_weston(120);
	for (uint32_t seed = 2; seed < 6; seed++) {
		flip(seed);
		expect_picture(output);
	}
	flip_times(30);
	assert_int_equal(view_stop(), 0);
	kill_weston();
	hide();
	stop_guest();
}

/* A program that is late for the release repeats the key meanwhile, as Wayland's clients do. */
static bool has_key(void *)
{
	return kb.downs[KEY_Z] >= 1 && kb.ups[KEY_Z] == 1;
}

static bool has_click(void *)
{
	return kb.ups[BTN_LEFT] == 1 && kb.x >= 49 && kb.x <= 51 && kb.y >= 69 && kb.y <= 71;
}

TEST(keys_and_clicks_come_through_weston)
{
	start_all_on_weston(121);
	x11_focus(output);
	x11_point(output, 20, 20);
	x11_point(output, 50, 70);
	x11_button(1, true);
	x11_button(1, false);
	EXPECT(has_click, NULL);
	x11_key(KEY_Z, true);
	x11_key(KEY_Z, false);
	EXPECT(has_key, NULL);
	assert_int_equal(view_stop(), 0);
	kill_weston();
	hide();
	stop_guest();
}

static bool has_both(void *window)
{
	Window *second = window;

	output = x11_find("Weston Compositor - screen0");
	*second = x11_find("Weston Compositor - screen1");
	return output && *second;
}

static bool has_one(void *)
{
	return !x11_find("Weston Compositor - screen1");
}

/* Whether the picture moves to the other monitor is up to the compositor. */
TEST(a_monitor_that_is_unplugged_below_the_picture_ends_nothing)
{
	Window second;

	start_guest(123, plain);
	start_weston(true);
	EXPECT(has_both, &second);
	show(XR24);
	start_view("--fullscreen=1");
	expect_picture(second);
	x11_close(second);
	EXPECT(has_one, NULL);
	flip_times(10);
	assert_int_equal(view_stop(), 0);
	kill_weston();
	hide();
	stop_guest();
}

TEST(it_ends_with_the_compositor_and_the_guest_goes_on)
{
	start_all_on_weston(122);
	flip_times(3);
	kill_weston();
	assert_int_equal(view_wait(), 1);
	assert_true(view_said("xenav-view: Lost the display server"));
	flip_times(10);
	hide();
	stop_guest();
}
