/* SPDX-License-Identifier: MIT */
/*
 * xenav-type as a process: what it types is read in the guest, and what it clicks is clicked there.
 */
#include <config.h>

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "fake/keyboard.h"
#include "rig.h"
#include "unit/type-console.h"

static const struct toolstack_node two_connectors[] = {
	{"be-alloc", "0", true},        {"0/resolution", "800x600", true},
	{"0/unique-id", "left", true},  {"1/resolution", "640x480", true},
	{"1/unique-id", "right", true}, {0},
};

static const struct toolstack_node plain[] = {{0}};

static const struct toolstack_node right_only[] = {{"unique-id", "P:right", true}, {0}};

static const struct toolstack_node touch_only[] = {
	{"feature-disable-keyboard", "1", true},
	{"feature-disable-pointer", "1", true},
	{"feature-multi-touch", "1", true},
	{0},
};

/* -------- a guest -------- */

static struct rig_guest rg;
static struct keyboard kb;
static struct console console;

/* Buttons in their order, and where the pointer was. */
static struct {
	unsigned n;
	struct {
		uint32_t code;
		bool pressed;
		int x, y;
	} list[16];
} buttons;

/* The process, and the signal that it gets when a key goes down. */
static pid_t pid;
static int signal_at_press;

static void listen_to(struct keyboard *keyboard, uint32_t code, bool pressed)
{
	if (pressed && signal_at_press)
		kill(pid, signal_at_press);
	if (code < BTN_LEFT || code > BTN_TASK) {
		console_key(&console, code, pressed);
		return;
	}
	assert_true(buttons.n < 16);
	buttons.list[buttons.n].code = code;
	buttons.list[buttons.n].pressed = pressed;
	buttons.list[buttons.n].x = keyboard->x;
	buttons.list[buttons.n].y = keyboard->y;
	buttons.n++;
}

static void attach(uint16_t domid, const struct toolstack_node *nodes)
{
	assert_int_equal(toolstack_add_device(&rg.ts, "vkbd", domid, 0, nodes), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vkbd", domid, 0), 0);
	assert_int_equal(keyboard_load(&kb, &rg.guest, 0), 0);
	kb.listener = listen_to;
	assert_true(front_wait(&kb.front, 4, WAIT_MS));
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", domid, 0, 4, WAIT_MS), 0);
}

static void start_guest(uint16_t domid, const char *layout, const char *variant)
{
	memset(&buttons, 0, sizeof buttons);
	signal_at_press = 0;
	console_init(&console, layout, variant);
	rig_display = two_connectors;
	rig_start(&rg, domid);
}

static void start_plain_guest(uint16_t domid)
{
	start_guest(domid, "us", "");
	attach(domid, plain);
}

static void stop_guest(void)
{
	keyboard_forget(&kb);
	rig_stop(&rg);
	rig_display = rig_display_nodes;
	console_finish(&console);
}

/* -------- the process -------- */

static void type(const char *input, const char *const *args)
{
	const char *dir = getenv("top_builddir");
	const char *argv[16];
	char program[512];
	int argc = 0, input_fds[2];

	snprintf(program, sizeof program, "%s/xenav-type", dir ? dir : ".");
	argv[argc++] = "xenav-type";
	argv[argc++] = "--socket";
	argv[argc++] = lab.socket;
	while (*args)
		argv[argc++] = *args++;
	argv[argc] = NULL;
	assert_int_equal(pipe2(input_fds, O_CLOEXEC), 0);
	assert_int_equal(write(input_fds[1], input, strlen(input)), strlen(input));
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(input_fds[0], 0);
		dup2(2, 1);
		execv(program, (char **)(uintptr_t)argv);
		_exit(127);
	}
	close(input_fds[0]);
	close(input_fds[1]);
}

static bool has_ended(void *data)
{
	return waitpid(pid, data, WNOHANG) == pid;
}

/* The guest runs until it has ended. @return its exit code. */
static int wait_for_end(void)
{
	int status = 0;

	assert_true(guest_run_until(&rg.guest, has_ended, &status, WAIT_MS));
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int run(const char *input, const char *const *args)
{
	type(input, args);
	return wait_for_end();
}

#define RUN(...) run("", (const char *const[]){__VA_ARGS__, NULL})

static bool all_are_up(void *)
{
	for (unsigned code = 0; code < KEYBOARD_KEYS; code++)
		if (kb.down[code])
			return false;
	return true;
}

static bool is_read(void *text)
{
	return strcmp(console.text, text) == 0 && all_are_up(NULL);
}

static void expect_text(const char *text)
{
	char wanted[512];

	snprintf(wanted, sizeof wanted, "%s", text);
	if (!guest_run_until(&rg.guest, is_read, wanted, WAIT_MS))
		assert_string_equal(console.text, text);
}

/* -------- text -------- */

/* A character takes at most six of the 51 places of the ring: on a busy machine the guest may read
 * nothing before all of a piece are there. */
#define PIECE 8

/* @return the length of the first characters. */
static size_t piece_length(const char *text)
{
	size_t len = 0;

	for (unsigned i = 0; i < PIECE && text[len]; i++)
		do
			len++;
		while ((text[len] & 0xc0) == 0x80);
	return len;
}

static void check_text(const char *domain, const char *layout, const char *delay, const char *text)
{
	char typed[512] = "";

	while (*text) {
		const size_t len = piece_length(text);
		char piece[64];

		snprintf(piece, sizeof piece, "%.*s", (int)len, text);
		strncat(typed, text, len);
		assert_int_equal(
			RUN("--domain", domain, "--layout", layout, "--delay", delay, "--", piece),
			0);
		expect_text(typed);
		text += len;
	}
}

TEST(text_is_read_in_the_guest_as_it_was_typed)
{
	start_plain_guest(90);
	check_text("guest90", "us", "5",
		   "The quick brown fox: [1] {2} <3> \"4\" 'x' a@b.c #$%^&*()_+-=~`|\\?/\n");
	stop_guest();
}

TEST(text_is_typed_in_the_layout_of_the_guest)
{
	start_guest(91, "de", "");
	attach(91, plain);
	check_text("91", "de", "5", "Grüße aus Köln: {a}[b]\\ x@y.z 5€ |~ \t^`");
	stop_guest();
}

TEST(without_a_delay_the_order_is_kept)
{
	start_plain_guest(94);
	check_text("94", "us", "0", "AbCdEfGhIjKlMnOpQrStUvWxYz");
	stop_guest();
}

TEST(text_of_standard_input_is_typed_in_its_place)
{
	static const char *const args[] = {"--domain=92", "a", "-", "--key", "enter", "z", NULL};

	start_plain_guest(92);
	assert_int_equal(run("one\ntwo", args), 0);
	expect_text("aone\ntwo\nz");
	stop_guest();
}

/* Nothing before it either. */
TEST(text_that_the_layout_does_not_have_is_not_typed)
{
	start_plain_guest(93);
	assert_int_equal(RUN("--domain=93", "abc", "\xc3\xa4"), EX_DATAERR);
	guest_run(&rg.guest, 50);
	assert_int_equal(kb.events, 0);
	stop_guest();
}

/* -------- clicks -------- */

static bool has_buttons(void *data)
{
	return buttons.n >= *(unsigned *)data;
}

static void expect_click(uint32_t code, int x, int y, unsigned at)
{
	unsigned n = at + 2;

	assert_true(guest_run_until(&rg.guest, has_buttons, &n, WAIT_MS));
	for (unsigned i = at; i < at + 2; i++) {
		assert_int_equal(buttons.list[i].code, code);
		assert_int_equal(buttons.list[i].pressed, i == at);
		assert_in_range(buttons.list[i].x - x + 1, 0, 2);
		assert_in_range(buttons.list[i].y - y + 1, 0, 2);
	}
}

/* The connectors are side by side, 800 and 640 pixels wide. */
TEST(a_click_lands_on_its_pixel_with_its_button)
{
	start_plain_guest(95);
	assert_int_equal(RUN("--domain=95", "--click=100,200"), 0);
	expect_click(BTN_LEFT, 100, 200, 0);
	assert_int_equal(
		RUN("--domain=95", "--click=10,20", "--connector=right", "--button=middle"), 0);
	expect_click(BTN_MIDDLE, 810, 20, 2);
	assert_int_equal(RUN("--domain=95", "--click=639,479", "--connector=right", "--double"), 0);
	expect_click(BTN_LEFT, 1439, 479, 4);
	expect_click(BTN_LEFT, 1439, 479, 6);
	assert_int_equal(buttons.n, 8);
	stop_guest();
}

TEST(positions_are_those_of_the_connector_that_the_device_belongs_to)
{
	start_guest(96, "us", "");
	attach(96, right_only);
	assert_int_equal(RUN("--domain=96", "--click=0,0"), 0);
	expect_click(BTN_LEFT, 0, 0, 0);
	assert_int_equal(RUN("--domain=96", "--click=1,1", "--connector=left"), EX_UNAVAILABLE);
	assert_int_equal(RUN("--domain=96", "--click=640,0"), EX_USAGE);
	assert_int_equal(RUN("--domain=96", "--click=0,480"), EX_USAGE);
	stop_guest();
}

static bool wheel_is(void *data)
{
	return kb.wheel == *(long *)data;
}

TEST(the_wheel_turns_where_the_pointer_is)
{
	long wheel = -2;

	start_plain_guest(97);
	assert_int_equal(RUN("--domain=97", "--move=30,40", "--wheel=3", "--wheel=-5"), 0);
	assert_true(guest_run_until(&rg.guest, wheel_is, &wheel, WAIT_MS));
	assert_in_range(kb.x, 29, 31);
	assert_in_range(kb.y, 39, 41);
	stop_guest();
}

/* -------- ends -------- */

TEST(a_signal_releases_what_is_down)
{
	static const int signals[] = {SIGTERM, SIGINT};
	static const char *const args[] = {"--domain=98", "--delay=60000", "--click=5,5", "x",
					   NULL};

	start_plain_guest(98);
	for (unsigned i = 0; i < 2; i++) {
		signal_at_press = signals[i];
		assert_int_equal(run("", args), 128 + signals[i]);
		expect_click(BTN_LEFT, 5, 5, 2 * i);
		assert_true(guest_run_until(&rg.guest, all_are_up, NULL, WAIT_MS));
	}
	expect_text("");
	stop_guest();
}

TEST(a_daemon_that_ends_in_the_middle_is_told)
{
	static const char *const args[] = {"--domain=99", "--delay=60000", "--patience=0", "xy",
					   NULL};

	start_plain_guest(99);
	type("", args);
	expect_text("x");
	rig_stop_xenavd(&rg);
	assert_int_equal(wait_for_end(), 1);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
	stop_guest();
}

TEST(what_is_not_there_is_told)
{
	start_guest(100, "us", "");
	assert_int_equal(RUN("--domain=100", "x"), EX_UNAVAILABLE);
	assert_int_equal(RUN("--domain=nobody", "x"), EX_UNAVAILABLE);
	assert_int_equal(RUN("--socket=/nowhere", "--domain=100", "x"), EX_UNAVAILABLE);
	attach(100, touch_only);
	assert_int_equal(RUN("--domain=100", "x"), EX_UNAVAILABLE);
	assert_int_equal(RUN("--domain=100", "--device=1", "x"), EX_UNAVAILABLE);
	assert_int_equal(kb.events, 0);
	stop_guest();
}

TEST(a_guest_that_comes_late_is_waited_for)
{
	static const char *const args[] = {"--domain=guest101", "--wait=60", "late", NULL};

	start_guest(101, "us", "");
	type("", args);
	guest_run(&rg.guest, 100);
	attach(101, plain);
	assert_int_equal(wait_for_end(), 0);
	expect_text("late");
	stop_guest();
}

TEST_WITH(who_has_no_right_types_nothing, rig_begin, rig_end_as_usual)
{
	static char config[160];

	rig_restart("[consumer user 4294967294]\ninput = yes\n[consumer user root]\n");
	start_plain_guest(102);
	assert_int_equal(RUN("--domain=102", "x"), EX_NOPERM);
	stop_guest();
	snprintf(config, sizeof config, "[consumer user %u]\ndisplay = claim\ninput = no\n",
		 (unsigned)geteuid());
	rig_restart(config);
	start_plain_guest(103);
	assert_int_equal(RUN("--domain=103", "x"), EX_UNAVAILABLE);
	assert_int_equal(kb.events, 0);
	stop_guest();
}

int main(void)
{
	static char config[160];

	snprintf(config, sizeof config,
		 "[consumer user %u]\ndisplay = claim\nplayback = claim\ninput = yes\n",
		 (unsigned)geteuid());
	rig_config = config;
	return rig_main();
}
