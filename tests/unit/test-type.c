/* SPDX-License-Identifier: MIT */
/*
 * xenav-type: names of keys, positions, UTF-8, and the order in which events are sent.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <sysexits.h>

#include "common/keys.h"
#include "common/utf8.h"
#include "test.h"
#include "type/options.h"
#include "type/plan.h"
#include "type/script.h"
#include "xenav.h"

#define N(array) (sizeof(array) / sizeof(array)[0])

/* -------- names -------- */

TEST_ALONE(keys_have_the_names_of_the_kernel)
{
	static const struct {
		const char *name;
		uint16_t code;
	} rows[] = {
		{"esc", KEY_ESC},
		{"1", KEY_1},
		{"0", KEY_0},
		{"A", KEY_A},
		{"f2", KEY_F2},
		{"F12", KEY_F12},
		{"KEY_102ND", KEY_102ND},
		{"kpdot", KEY_KPDOT},
		{"zenkakuhankaku", KEY_ZENKAKUHANKAKU},
		{"sysrq", KEY_SYSRQ},
		{"leftmeta", KEY_LEFTMETA},
		{"f24", KEY_F24},
		{"playcd", KEY_PLAYCD},
		{"print", KEY_PRINT},
		{"uwb", KEY_UWB},
		{"0x160", KEY_OK},
		{"0x110", BTN_LEFT},
	};

	for (unsigned int i = 0; i < N(rows); i++)
		assert_int_equal(key_by_name(rows[i].name), rows[i].code);
}

TEST_ALONE(keys_have_their_usual_names)
{
	assert_int_equal(key_by_name("ctrl"), KEY_LEFTCTRL);
	assert_int_equal(key_by_name("Alt"), KEY_LEFTALT);
	assert_int_equal(key_by_name("altgr"), KEY_RIGHTALT);
	assert_int_equal(key_by_name("return"), KEY_ENTER);
	assert_int_equal(key_by_name("del"), KEY_DELETE);
	assert_int_equal(key_by_name("super"), KEY_LEFTMETA);
}

/* Codes of joysticks, and others that the driver of the guest does not declare. */
TEST_ALONE(what_is_no_key_has_no_code)
{
	static const char *const names[] = {"",      "-",    "foo",  "f25",
					    "key_",  "0x0",  "0xf0", "0x120",
					    "0x2ff", "0x1g", "0x",   "0x10000000000000001"};

	for (unsigned int i = 0; i < N(names); i++)
		assert_int_equal(key_by_name(names[i]), 0);
}

TEST_ALONE(chords_are_names_with_a_plus_between)
{
	struct chord chord;
	char name[32];

	assert_int_equal(chord_parse(&chord, "ctrl+alt+f2", name, sizeof name), 0);
	assert_int_equal(chord.n, 3);
	assert_int_equal(chord.codes[0], KEY_LEFTCTRL);
	assert_int_equal(chord.codes[1], KEY_LEFTALT);
	assert_int_equal(chord.codes[2], KEY_F2);
	assert_int_equal(chord_parse(&chord, "ctrl+nix+f2", name, sizeof name), -EINVAL);
	assert_string_equal(name, "nix");
	assert_int_equal(chord_parse(&chord, "", name, sizeof name), -EINVAL);
	assert_int_equal(chord_parse(&chord, "a+", name, sizeof name), -EINVAL);
	assert_int_equal(chord_parse(&chord, "+a", name, sizeof name), -EINVAL);
	assert_int_equal(chord_parse(&chord, "a+b+c+d+e+f+g+h", name, sizeof name), 0);
	assert_int_equal(chord_parse(&chord, "a+b+c+d+e+f+g+h+i", name, sizeof name), -E2BIG);
}

TEST_ALONE(positions_are_two_numbers)
{
	static const char *const wrong[] = {
		"",      ",",    "1",    "1,",      ",1",
		"1,2,3", "1, 2", " 1,2", "1x2",     "-1,2",
		"1,-2",  "a,b",  "1,2 ", "65536,0", "0,99999999999999999999"};
	int32_t x, y;

	assert_int_equal(point_parse("100,200", &x, &y), 0);
	assert_int_equal(x, 100);
	assert_int_equal(y, 200);
	assert_int_equal(point_parse("0,65535", &x, &y), 0);
	for (unsigned int i = 0; i < N(wrong); i++)
		assert_int_equal(point_parse(wrong[i], &x, &y), -EINVAL);
}

TEST_ALONE(only_correct_utf8_is_text)
{
	static const char *const wrong[] = {"\x80",     "\xc0\x80",         "\xc3",
					    "\xc3(",    "\xe0\x80\x80",     "\xed\xa0\x80",
					    "\xe2\x82", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
					    "\xff"};
	uint32_t c;

	assert_int_equal(utf8_next("", &c), 0);
	assert_int_equal(utf8_next("a", &c), 1);
	assert_int_equal(c, 'a');
	assert_int_equal(utf8_next("\xc3\xa4", &c), 2);
	assert_int_equal(c, 0xe4);
	assert_int_equal(utf8_next("\xe2\x82\xac", &c), 3);
	assert_int_equal(c, 0x20ac);
	assert_int_equal(utf8_next("\xf0\x9f\x98\x80", &c), 4);
	assert_int_equal(c, 0x1f600);
	for (unsigned int i = 0; i < N(wrong); i++)
		assert_int_equal(utf8_next(wrong[i], &c), -EILSEQ);
}

/* -------- command lines -------- */

struct line {
	struct type_options o;
	struct script script;
	unsigned int at; /* the next event to look at */
};

/* @return 0, or the exit code. */
static int read_line(struct line *line, const char *const *args)
{
	static const char *argv[16];
	int argc = 0, rc;

	memset(line, 0, sizeof *line);
	argv[argc++] = "xenav-type";
	while (*args)
		argv[argc++] = *args++;
	argv[argc] = NULL;
	optind = 0;
	rc = options_parse(&line->o, argc, (char **)(uintptr_t)argv);
	return rc < 0 ? plan_make(&line->script, &line->o) : rc;
}

static void forget(struct line *line)
{
	script_free(&line->script);
	options_free(&line->o);
}

#define READ(line, ...) read_line(line, (const char *const[]){__VA_ARGS__, NULL})

static const struct op *next(struct line *line, enum op_kind kind)
{
	assert_true(line->at < line->script.n);
	assert_int_equal(line->script.ops[line->at].kind, kind);
	return &line->script.ops[line->at++];
}

static void expect_key(struct line *line, uint16_t code, bool pressed)
{
	const struct op *op = next(line, OP_KEY);

	assert_int_equal(op->code, code);
	assert_int_equal(op->pressed, pressed);
}

static void expect_pause(struct line *line, uint32_t ms)
{
	assert_int_equal(next(line, OP_PAUSE)->pause_ms, ms);
}

static void expect_position(struct line *line, int32_t x, int32_t y)
{
	const struct op *op = next(line, OP_POSITION);

	assert_int_equal(op->x, x);
	assert_int_equal(op->y, y);
}

static void expect_end(struct line *line)
{
	assert_int_equal(line->at, line->script.n);
	forget(line);
}

TEST_ALONE(keys_go_up_in_the_opposite_order)
{
	struct line line;

	assert_int_equal(READ(&line, "--domain=1", "--key", "ctrl+alt+f2"), 0);
	assert_int_equal(line.script.needs, XENAV_INPUT_KEYBOARD);
	expect_key(&line, KEY_LEFTCTRL, true);
	expect_key(&line, KEY_LEFTALT, true);
	expect_key(&line, KEY_F2, true);
	expect_key(&line, KEY_F2, false);
	expect_key(&line, KEY_LEFTALT, false);
	expect_key(&line, KEY_LEFTCTRL, false);
	expect_pause(&line, 5);
	expect_end(&line);
}

TEST_ALONE(actions_keep_the_order_of_the_command_line)
{
	struct line line;

	assert_int_equal(READ(&line, "--key=enter", "a", "--domain", "g1", "--move=7,8",
			      "--delay=9", "--wheel=-3", "--", "-"),
			 0);
	assert_int_equal(line.script.needs, XENAV_INPUT_KEYBOARD | XENAV_INPUT_POINTER);
	expect_key(&line, KEY_ENTER, true);
	expect_key(&line, KEY_ENTER, false);
	expect_pause(&line, 9);
	expect_key(&line, KEY_A, true);
	expect_key(&line, KEY_A, false);
	expect_pause(&line, 9);
	expect_position(&line, 7, 8);
	expect_pause(&line, 9);
	assert_int_equal(next(&line, OP_WHEEL)->notches, -3);
	expect_pause(&line, 9);
	expect_key(&line, KEY_MINUS, true);
	expect_key(&line, KEY_MINUS, false);
	expect_pause(&line, 9);
	expect_end(&line);
}

TEST_ALONE(clicks_are_slow_enough_for_a_desktop)
{
	struct line line;

	assert_int_equal(READ(&line, "--domain=g1", "--click=3,4", "--double", "--button", "right"),
			 0);
	assert_int_equal(line.script.needs, XENAV_INPUT_POINTER);
	assert_int_equal(line.script.max_x, 3);
	assert_int_equal(line.script.max_y, 4);
	expect_position(&line, 3, 4);
	expect_pause(&line, 0);
	for (unsigned int i = 0; i < 2; i++) {
		expect_key(&line, BTN_RIGHT, true);
		expect_pause(&line, CLICK_MS);
		expect_key(&line, BTN_RIGHT, false);
		expect_pause(&line, CLICK_MS);
	}
	expect_end(&line);
}

static void expect_exit(struct line *line, int wanted, int rc)
{
	assert_int_equal(rc, wanted);
	forget(line);
}

TEST_ALONE(mistakes_are_told_before_anything_is_sent)
{
	struct line l;

	expect_exit(&l, EX_USAGE, READ(&l, "text"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "--nonsense"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--key=hyper+x"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--click=1"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--wheel=x"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--button=fourth"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--delay=-1"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--wait=0"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--device=x"));
	expect_exit(&l, EX_USAGE, READ(&l, "--domain=1", "a", "--layout=zz"));
	expect_exit(&l, EX_DATAERR, READ(&l, "--domain=1", "a", "\xc3\xa4"));
	expect_exit(&l, EX_DATAERR, READ(&l, "--domain=1", "a", "\xff"));
	expect_exit(&l, EX_DATAERR, READ(&l, "--domain=1", "a\r"));
}

TEST_ALONE(guests_and_devices_are_selected)
{
	struct line line;

	assert_int_equal(READ(&line, "--domain=7", "--device=1", "--unique-id=K:left", "a"), 0);
	assert_true(selection_has_domain(&line.o.common.selection, 7, "web"));
	assert_true(selection_has_domain(&line.o.common.selection, 8, "7"));
	assert_false(selection_has_domain(&line.o.common.selection, 8, "web"));
	assert_true(selection_has_object(&line.o.common.selection, 1, "K:left"));
	assert_false(selection_has_object(&line.o.common.selection, 1, "K:right"));
	assert_false(selection_has_object(&line.o.common.selection, 0, "K:left"));
	forget(&line);
}
