/* SPDX-License-Identifier: MIT */
/* The pictures of guests in GStreamer's pipewiresrc, which has them as OBS and browsers do. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipewire/pw-rig.h"

#define NODE      "xenav.guest136.screen.0.0"
#define FB        1
#define WIDTH_PX  800u
#define HEIGHT_PX 600u
#define BYTES     (WIDTH_PX * HEIGHT_PX * 4)

static struct rig_guest rg;
static struct dbuf dbuf;
static char path[128]; /* where the pipeline puts what it gets */

static pid_t spawn(const char *const *args)
{
	const pid_t pid = fork();
	int null;

	if (pid != 0)
		return pid;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	/* The libraries of a build with sanitizers are not for other people's programs. */
	unsetenv("LD_LIBRARY_PATH");
	unsetenv("LD_PRELOAD");
	execvp(args[0], (char *const *)(uintptr_t)args);
	_exit(127);
}

static bool has_source(void)
{
	const char *const args[] = {"gst-inspect-1.0", "pipewiresrc", NULL};
	const pid_t pid = spawn(args);
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void draw(uint32_t seed)
{
	uint32_t *pixels = dbuf_pixels(&dbuf);

	for (uint32_t i = 0; i < WIDTH_PX * HEIGHT_PX; i++)
		pixels[i] = (i * 2654435761u ^ seed) & 0xffffff;
}

static bool is_there(void *)
{
	struct desk_node node;

	return desk_look(desk, NODE, &node);
}

static bool has_ended(void *data)
{
	pid_t *pid = data;
	int status;

	if (waitpid(*pid, &status, WNOHANG) != *pid)
		return false;
	*pid = WIFEXITED(status) ? -WEXITSTATUS(status) : -1;
	return true;
}

/* Have a pipeline take one picture. @return its exit status, or -EINTR: it got none in time. */
static int take(void)
{
	char location[sizeof path + 16];
	const char *const args[] = {
		"gst-launch-1.0",
		"-q",
		"pipewiresrc",
		"target-object=" NODE,
		"num-buffers=1",
		"!",
		"video/x-raw,format=BGRx",
		"!",
		"filesink",
		location,
		NULL,
	};
	pid_t pid;

	snprintf(location, sizeof location, "location=%s", path);
	pid = spawn(args);
	assert_true(pid > 0);
	if (!guest_run_until(&rg.guest, has_ended, &pid, WAIT_MS)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return -EINTR;
	}
	return -pid;
}

/* Is what it took what the guest drew? */
static bool is_equal(void)
{
	static uint32_t taken[BYTES / 4];
	const uint32_t *drawn = dbuf_pixels(&dbuf);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, taken, BYTES);
		close(fd);
	}
	for (uint32_t i = 0; n == BYTES && i < BYTES / 4; i++)
		if ((taken[i] & 0xffffff) != (drawn[i] & 0xffffff))
			return false;
	return n == BYTES;
}

/* The first picture may be of the time before the guest drew, and GStreamer gives up when it is not
 * connected in 30 seconds. */
static void expect_picture(void)
{
	for (unsigned i = 0; i < 5; i++)
		if (take() == 0 && is_equal())
			return;
	fail_msg("the pipeline does not get the picture");
}

TEST(a_pipeline_gets_what_the_guest_shows_pixel_by_pixel)
{
	rig_start(&rg, 136);
	RUN("--domain=136", "--no-sound", "--video");
	assert_true(guest_run_until(&rg.guest, is_there, NULL, WAIT_MS));
	snprintf(path, sizeof path, "%s/picture", pw_lab.dir);
	assert_int_equal(dbuf_create(&rg.display, &dbuf, FB + 1000, WIDTH_PX, HEIGHT_PX, 32), 0);
	assert_int_equal(fb_attach(&rg.display, &dbuf, FB, RIG_XR24), 0);
	draw(1);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &dbuf), 0);
	expect_picture();
	draw(2);
	expect_picture();
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	assert_int_equal(fb_detach(&rg.display, FB), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
	rig_stop(&rg);
}

int main(void)
{
	if (!has_source()) {
		puts("1..0 # SKIP there is no pipewiresrc (gstreamer1.0-pipewire)");
		return 0;
	}
	return pw_rig_main();
}
