/* SPDX-License-Identifier: MIT */
/* See view-rig.h. */
#include <config.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

#include "view-rig.h"

struct rig_guest rg;
struct keyboard kb;
const char *view_needs;
uint32_t picture[LEFT_WIDTH * LEFT_HEIGHT];

const struct toolstack_node plain[] = {
	{"unique-id", "K:left;P:left", true},
	{"feature-abs-pointer", "1", true},
	{"width", "320", true},
	{"height", "240", true},
	{0},
};
const struct toolstack_node relative[] = {
	{"feature-abs-pointer", "0", true},
	{"unique-id", "K:left;P:left", true},
	{0},
};
const struct toolstack_node touch[] = {
	{"unique-id", "K:left;P:left;T:left", true}, {"feature-multi-touch", "1", true},
	{"multi-touch-width", "320", true},          {"multi-touch-height", "240", true},
	{"multi-touch-num-contacts", "4", true},     {0},
};

static const struct toolstack_node screens[] = {
	{"be-alloc", "0", true},        {"0/resolution", "320x240", true},
	{"0/unique-id", "left", true},  {"1/resolution", "200x150", true},
	{"1/unique-id", "right", true}, {0},
};

/* -------- the guest -------- */

#define FB 0x100u

static struct dbuf buffers[2];
static unsigned int shown;
static char guest_name[32];
static uint32_t next_seed;

/* The domain has a name before it has devices. */
static void name_guest(uint16_t domid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/local/domain/%u/name", (unsigned int)domid);
	assert_true(xs_write(rg.ts.xs, XBT_NULL, path, name, (unsigned int)strlen(name)));
	snprintf(guest_name, sizeof guest_name, "%s", name);
}

void start_guest_again(uint16_t domid, const char *name)
{
	rig_display = screens;
	assert_fine(rig_create(&rg, domid));
	name_guest(domid, name);
	assert_fine(rig_attach(&rg));
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
}

void plug_keyboard(uint16_t domid, const struct toolstack_node *keyboard)
{
	assert_int_equal(toolstack_add_device(&rg.ts, "vkbd", domid, 0, keyboard), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vkbd", domid, 0), 0);
	assert_int_equal(keyboard_load(&kb, &rg.guest, 0), 0);
	assert_true(front_wait(&kb.front, 4, WAIT_MS));
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", domid, 0, 4, WAIT_MS), 0);
}

void start_guest(uint16_t domid, const struct toolstack_node *keyboard)
{
	char name[32];

	snprintf(name, sizeof name, "guest%u", (unsigned int)domid);
	start_guest_again(domid, name);
	memset(&kb, 0, sizeof kb);
	if (keyboard)
		plug_keyboard(domid, keyboard);
}

void stop_guest(void)
{
	keyboard_forget(&kb);
	rig_stop(&rg);
	rig_display = rig_display_nodes;
}

/* 16 bits are all or nothing of each colour, which everybody makes the same of. */
static void draw(uint32_t seed, const struct dbuf *buffer)
{
	uint16_t *const rgb565 = (uint16_t *)dbuf_pixels(buffer);

	for (unsigned int i = 0; i < LEFT_WIDTH * LEFT_HEIGHT; i++) {
		seed = seed * 1664525u + 1013904223u;
		if (buffer->bpp == 32) {
			picture[i] = dbuf_pixels(buffer)[i] = seed >> 8;
			continue;
		}
		picture[i] = (seed >> 31) * 0xff0000 | (seed >> 30 & 1) * 0xff00 |
			     (seed >> 29 & 1) * 0xff;
		rgb565[i] = (uint16_t)((picture[i] >> 8 & 0xf800) | (picture[i] >> 5 & 0x7e0) |
				       (picture[i] >> 3 & 0x1f));
	}
}

void show(uint32_t fourcc)
{
	struct display *display = &rg.display;
	const uint32_t bpp = fourcc == RG16 ? 16 : 32;

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(
			dbuf_create(display, &buffers[i], i + 1, LEFT_WIDTH, LEFT_HEIGHT, bpp), 0);
		assert_int_equal(fb_attach(display, &buffers[i], FB + i, fourcc), 0);
	}
	draw(1, &buffers[0]);
	shown = 0;
	next_seed = 2;
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &buffers[0]), 0);
	/* Consumers are told of the picture by a flip. */
	assert_int_equal(crtc_flip(CRTC(&rg, 0), FB), 0);
}

void hide(void)
{
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(fb_detach(&rg.display, FB + i), 0);
		assert_int_equal(dbuf_destroy(&rg.display, &buffers[i]), 0);
	}
}

void forget_buffers(void)
{
	for (unsigned int i = 0; i < 2; i++)
		guest_buffer_free(&rg.guest, &buffers[i].buffer);
}

void flip(uint32_t seed)
{
	shown = 1 - shown;
	draw(seed, &buffers[shown]);
	assert_int_equal(crtc_flip(CRTC(&rg, 0), FB + shown), 0);
}

void flip_times(unsigned int n)
{
	while (n-- > 0)
		flip(next_seed++);
}

/* -------- the process -------- */

static pid_t pid;
static char output[128];

/* What libraries of SDL do is not ours.  The driver of OpenGL is unloaded before leaks are looked
 * for, so that nobody could tell its own; and it knows nothing of the thread sanitizer. */
static void ignore_libraries(void)
{
	const char *source = getenv("top_srcdir");
	const char *asan = getenv("ASAN_OPTIONS");
	char options[600];

	snprintf(options, sizeof options,
		 "suppressions=%s/tests/view/leaks.supp:print_suppressions=0",
		 source ? source : ".");
	setenv("LSAN_OPTIONS", options, 1);
	if (strcmp(getenv("SDL_RENDER_DRIVER"), "software") == 0)
		return;
	snprintf(options, sizeof options, "%s:detect_leaks=0", asan ? asan : "");
	setenv("ASAN_OPTIONS", options, 1);
	snprintf(options, sizeof options,
		 "suppressions=%s/tests/view/races.supp:print_suppressions=0",
		 source ? source : ".");
	setenv("TSAN_OPTIONS", options, 1);
}

static void exec_view(const char *const *args)
{
	const char *argv[24] = {"xenav-view", "--socket", lab.socket};
	const char *build = getenv("top_builddir");
	char program[512];
	int argc = 3, fd;

	snprintf(program, sizeof program, "%s/xenav-view", build ? build : ".");
	setenv("SDL_RENDER_DRIVER", "software", 0);
	/* Whatever sound this machine has is not a matter of most tests. */
	setenv("SDL_AUDIODRIVER", "dummy", 0);
	ignore_libraries();
	while (*args && argc < 23)
		argv[argc++] = *args++;
	fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	execv(program, (char **)(uintptr_t)argv);
	_exit(127);
}

void view_start(const char *const *args)
{
	snprintf(output, sizeof output, "%s/view.log", lab.dir);
	unlink(output);
	/* One that a failed test has left. */
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		exec_view(args);
}

bool view_said(const char *text)
{
	FILE *file = fopen(output, "r");
	char line[512];
	bool has = false;

	while (file && !has && fgets(line, sizeof line, file))
		has = strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return has;
}

static void print_output(void)
{
	FILE *file = fopen(output, "r");
	char line[512];

	while (file && fgets(line, sizeof line, file))
		printf("# xenav-view: %s", line);
	if (file)
		fclose(file);
	fflush(stdout);
}

static bool has_ended(void *status)
{
	return waitpid(pid, status, WNOHANG) == pid;
}

int view_wait(void)
{
	int status = -1;

	if (!guest_run_until(&rg.guest, has_ended, &status, WAIT_MS)) {
		print_output();
		fail_msg("xenav-view does not end");
	}
	pid = 0;
	if (WIFSIGNALED(status))
		printf("# xenav-view was killed by signal %d\n", WTERMSIG(status));
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 0)
		print_output();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int view_stop(void)
{
	kill(pid, SIGTERM);
	return view_wait();
}

/* -------- what is seen -------- */

static Window seen;

static bool is_seen(void *title)
{
	seen = x11_find(title);
	return seen != 0;
}

Window expect_window(const char *id)
{
	char title[64];

	snprintf(title, sizeof title, "%s: %s", guest_name, id);
	if (!guest_run_until(&rg.guest, is_seen, title, WAIT_MS)) {
		print_output();
		fail_msg("there is no window %s", title);
	}
	return seen;
}

static bool is_shown(void *)
{
	return x11_shows(seen, 0, 0, picture, LEFT_WIDTH, LEFT_HEIGHT);
}

/* Which pixels are wrong tells where they are from. */
static void print_difference(void)
{
	unsigned int different = 0;

	for (unsigned int i = 0; i < LEFT_WIDTH * LEFT_HEIGHT; i++) {
		const int x = (int)(i % LEFT_WIDTH), y = (int)(i / LEFT_WIDTH);
		const long pixel = x11_pixel(seen, x, y);

		if (pixel != (long)(picture[i] & 0xffffff) && different++ < 3)
			printf("# the pixel at %d,%d is %06lx, not %06lx\n", x, y,
			       (unsigned long)pixel, (unsigned long)(picture[i] & 0xffffff));
	}
	printf("# %u pixels are wrong\n", different);
}

void expect_picture(Window window)
{
	seen = window;
	if (!guest_run_until(&rg.guest, is_shown, NULL, WAIT_MS)) {
		print_output();
		print_difference();
		fail_msg("the window does not show the picture");
	}
}

static bool has_title(void *text)
{
	return x11_title_has(seen, text);
}

void expect_title(Window window, const char *text)
{
	char wanted[128];

	seen = window;
	snprintf(wanted, sizeof wanted, "%s", text);
	EXPECT(has_title, wanted);
}

Window start_all(uint16_t domid, const struct toolstack_node *keyboard)
{
	Window window;

	start_guest(domid, keyboard);
	show(XR24);
	START("--unique-id=left");
	window = expect_window("left");
	expect_picture(window);
	return window;
}

void stop_all(void)
{
	assert_int_equal(view_stop(), 0);
	hide();
	stop_guest();
}

int main(void)
{
	static const struct rig_around server = {x11_start, x11_kill};
	const char *missing = x11_missing();

	if (!missing && view_needs && access(view_needs, X_OK) < 0)
		missing = view_needs;

	if (missing || x11_start() < 0) {
		printf("1..0 # SKIP %s is missing\n", missing ? missing : "a working Xvfb");
		return 0;
	}
	/* Each child of ours has one of its own. */
	x11_kill();
	rig_around = &server;
	return rig_main();
}
