/* SPDX-License-Identifier: MIT */
/*
 * xenav-type: the keys that are found for characters type these characters.
 */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "common/layout.h"
#include "common/utf8.h"
#include "test.h"
#include "type-console.h"

static void type(struct console *console, const struct chord *chord)
{
	for (unsigned int i = 0; i < chord->n; i++)
		console_key(console, chord->codes[i], true);
	for (unsigned int i = chord->n; i > 0; i--)
		console_key(console, chord->codes[i - 1], false);
}

/* What is found for a text in one layout is read with the same. */
static void check(const char *name, const char *layout_name, const char *variant, const char *text)
{
	struct console console;
	struct layout *layout;
	const char *rest = text;
	uint32_t c;
	int len;

	assert_int_equal(layout_load(&layout, name), 0);
	console_init(&console, layout_name, variant);
	while ((len = utf8_next(rest, &c)) > 0) {
		struct chord chords[LAYOUT_CHORDS];
		const unsigned int n = layout_find(layout, c, chords);

		if (n == 0)
			fail_msg("%s: U+%04X is not found", name, (unsigned int)c);
		for (unsigned int i = 0; i < n; i++)
			type(&console, &chords[i]);
		rest += len;
	}
	assert_int_equal(len, 0);
	assert_string_equal(console.text, text);
	console_finish(&console);
	layout_free(layout);
}

static void check_ascii(const char *name, const char *layout, const char *variant)
{
	char text[128];
	unsigned int n = 0;

	for (char c = ' '; c < 0x7f; c++)
		text[n++] = c;
	text[n++] = '\n';
	text[n++] = '\t';
	text[n] = 0;
	check(name, layout, variant, text);
}

TEST_ALONE(every_printable_ascii_character_is_typed_in_every_layout)
{
	check_ascii("us", "us", "");
	check_ascii("us(intl)", "us", "intl");
	check_ascii("gb", "gb", "");
	check_ascii("de", "de", "");
	check_ascii("de(nodeadkeys)", "de", "nodeadkeys");
	check_ascii("fr", "fr", "");
	check_ascii("es", "es", "");
}

TEST_ALONE(characters_of_a_country_and_of_altgr_are_typed)
{
	check("de", "de", "", "äöüÄÖÜß €@{[]}\\|~µ²³°§");
	check("fr", "fr", "", "àéèçù€@#{[|\\]}");
	check("ru", "ru", "", "Привет, МИР");
}

static unsigned int find(const char *name, uint32_t character, struct chord *first)
{
	struct chord chords[LAYOUT_CHORDS];
	struct layout *layout;
	unsigned int n;

	assert_int_equal(layout_load(&layout, name), 0);
	n = layout_find(layout, character, chords);
	if (n > 0)
		*first = chords[0];
	layout_free(layout);
	return n;
}

TEST_ALONE(what_a_layout_does_not_have_is_not_found)
{
	struct chord chord;

	assert_int_equal(find("us", 0xe4, &chord), 0); /* a with diaeresis */
	assert_int_equal(find("de", 0x416, &chord), 0);
	assert_int_equal(find("us", 0x1f600, &chord), 0);
	for (uint32_t c = 0; c < ' '; c++)
		assert_int_equal(find("us", c, &chord), c == '\n' || c == '\t');
	assert_int_equal(find("us", 0x7f, &chord), 0);
}

/* Neither the keypad, which depends on NumLock, nor a key that many keyboards do not have. */
TEST_ALONE(characters_of_several_keys_are_typed_with_those_that_all_keyboards_have)
{
	struct chord chord;

	assert_int_equal(find("us", '<', &chord), 1);
	assert_int_equal(chord.n, 2);
	assert_int_equal(chord.codes[0], KEY_LEFTSHIFT);
	assert_int_equal(chord.codes[1], KEY_COMMA);
	assert_int_equal(find("us", '*', &chord), 1);
	assert_int_equal(chord.codes[1], KEY_8);
	assert_int_equal(find("us", '(', &chord), 1);
	assert_int_equal(chord.codes[1], KEY_9);
	assert_int_equal(find("us", '/', &chord), 1);
	assert_int_equal(chord.codes[0], KEY_SLASH);
}

TEST_ALONE(dead_keys_are_followed_by_the_space_bar)
{
	struct chord chord;

	assert_int_equal(find("de", '^', &chord), 2);
	assert_int_equal(chord.codes[0], KEY_GRAVE);
	assert_int_equal(find("de(nodeadkeys)", '^', &chord), 1);
}

TEST_ALONE(names_that_no_layout_has_are_refused)
{
	struct layout *layout;

	assert_int_equal(layout_load(&layout, "zz"), -ENOENT);
	assert_int_equal(layout_load(&layout, "de(zz)"), -ENOENT);
	assert_int_equal(layout_load(&layout, ""), -EINVAL);
	assert_int_equal(layout_load(&layout, "de("), -EINVAL);
	assert_int_equal(layout_load(&layout, "de()"), -EINVAL);
	assert_int_equal(layout_load(&layout, "(intl)"), -EINVAL);
	assert_int_equal(layout_load(&layout, "../../etc/passwd"), -EINVAL);
	assert_int_equal(layout_load(&layout, "us,de"), -EINVAL);
}
