/* SPDX-License-Identifier: MIT */
#include "typed.h"

#include "glyphs.h"

#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NODES_MAX 32
#define LINE_MAX  32

static int keyboard = -1;
static char line[LINE_MAX + 1];
static uint32_t length;
static bool ended;

int typed_open(void)
{
	for (int i = 0; i < NODES_MAX; i++) {
		char path[32];
		char name[64] = "";
		int fd;

		snprintf(path, sizeof(path), "/dev/input/event%d", i);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		ioctl(fd, EVIOCGNAME(sizeof(name) - 1), name);
		if (strcmp(name, "Xen Virtual Keyboard") == 0) {
			keyboard = fd;
			return 0;
		}
		close(fd);
	}
	printf("there is no keyboard of Xen\n");
	return -1;
}

/* The letter of a key of a keyboard as in the United States, or 0. */
static char letter_of(unsigned int code)
{
	static const struct {
		unsigned int first;
		const char *letters;
	} rows[] = {
		{KEY_Q, "QWERTYUIOP"}, {KEY_A, "ASDFGHJKL"}, {KEY_Z, "ZXCVBNM"}, {KEY_SPACE, " "}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (code >= rows[i].first && code - rows[i].first < strlen(rows[i].letters))
			return rows[i].letters[code - rows[i].first];
	return 0;
}

void typed_read(void)
{
	struct input_event event;

	while (read(keyboard, &event, sizeof(event)) == (ssize_t)sizeof(event)) {
		char letter = letter_of(event.code);

		if (event.type != EV_KEY || event.value != 1 || ended)
			continue;
		if (event.code == KEY_ENTER)
			ended = true;
		else if (letter != 0 && length < LINE_MAX)
			line[length++] = letter;
	}
}

bool typed_ended(void)
{
	return ended;
}

uint32_t typed_pixel(uint32_t x, uint32_t y)
{
	uint32_t column = (x - TYPED_LEFT) / TYPED_SCALE;
	uint32_t row = (y - TYPED_TOP) / TYPED_SCALE;
	uint32_t place = column / (XT_GLYPH_WIDTH + 1);

	column %= XT_GLYPH_WIDTH + 1;
	if (x < TYPED_LEFT || y < TYPED_TOP || row >= XT_GLYPH_HEIGHT || column == XT_GLYPH_WIDTH ||
	    place >= length || line[place] == ' ')
		return 0;
	return xt_glyphs[line[place] - 'A'][row] >> (XT_GLYPH_WIDTH - 1 - column) & 1 ? 0xffffff
										      : 0;
}
