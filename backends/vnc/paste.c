/* SPDX-License-Identifier: MIT */
/* See paste.h. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "vnc/paste.h"

#define PATIENCE_NS (5 * NS_PER_S)

static const uint16_t modifiers[] = {
	KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTSHIFT, KEY_RIGHTSHIFT,
	KEY_LEFTALT,  KEY_RIGHTALT,  KEY_LEFTMETA,  KEY_RIGHTMETA,
};

void paste_end(struct paste *paste)
{
	free(paste->text);
	paste->text = NULL;
}

static int check_utf8(const char *text)
{
	uint32_t c;
	int len;

	while ((len = utf8_next(text, &c)) > 0)
		text += len;
	return len;
}

/* The text belongs to paste if this succeeds. */
static int begin(struct paste *paste, char *text)
{
	const int rc = check_utf8(text);

	if (rc < 0)
		return rc;
	paste_end(paste);
	paste->text = text;
	paste->at_bytes = 0;
	paste->chord = 0;
	paste->left_out = 0;
	paste->waiting_ns = 0;
	return 0;
}

/* A zero byte ends it: the extended clipboard sends one. */
int paste_begin(struct paste *paste, const char *text, size_t bytes)
{
	char *copy;
	int rc;

	if (bytes > PASTE_MAX_BYTES)
		return -E2BIG;
	copy = strndup(text, bytes);
	if (!copy)
		return -ENOMEM;
	rc = begin(paste, copy);
	if (rc < 0)
		free(copy);
	return rc;
}

int paste_begin_latin1(struct paste *paste, const char *text, size_t bytes)
{
	char *copy;
	size_t n = 0;
	int rc;

	if (bytes > PASTE_MAX_BYTES)
		return -E2BIG;
	copy = malloc(2 * bytes + 1);
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < bytes && text[i]; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c >= 0x80)
			copy[n++] = (char)(0xc0 | c >> 6);
		copy[n++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
	}
	copy[n] = 0;
	rc = begin(paste, copy);
	if (rc < 0)
		free(copy);
	return rc;
}

static bool is_held(const struct inputs *inputs)
{
	for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++)
		if (inputs->holders[modifiers[i]] > 0)
			return true;
	return false;
}

static void type(struct inputs *inputs, const struct chord *chord)
{
	for (unsigned int i = 0; i < chord->n; i++)
		inputs_press(inputs, chord->codes[i]);
	for (unsigned int i = chord->n; i > 0; i--)
		inputs_let_go(inputs, chord->codes[i - 1]);
}

/* @return whether a key was typed. */
static bool type_next(struct paste *paste)
{
	struct chord chords[LAYOUT_CHORDS];
	unsigned int n;
	uint32_t c;
	int len;

	len = utf8_next(paste->text + paste->at_bytes, &c);
	if (len <= 0) {
		paste_end(paste);
		return true;
	}
	n = layout_find(paste->layout, c, chords);
	if (n == 0 && c != '\r')
		paste->left_out++;
	if (paste->chord < n)
		type(paste->inputs, &chords[paste->chord]);
	if (++paste->chord >= n) {
		paste->chord = 0;
		paste->at_bytes += (size_t)len;
	}
	return n > 0;
}

void paste_step(struct paste *paste, uint64_t now_ns)
{
	if (!paste->text)
		return;
	if (is_held(paste->inputs)) {
		if (paste->waiting_ns == 0)
			paste->waiting_ns = now_ns;
		if (now_ns - paste->waiting_ns > PATIENCE_NS)
			paste_end(paste);
		return;
	}
	paste->waiting_ns = 0;
	while (paste->text && !type_next(paste))
		;
}
