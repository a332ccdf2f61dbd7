/* SPDX-License-Identifier: MIT */
/* See words.h. */
#include <config.h>

#include <string.h>

#include "common/utf8.h"
#include "words.h"
#include "xenav-proto.h"

/* What a newer xenavd may have. */
static const char unknown[] = "unknown";

#define PICK(words, n) ((n) < sizeof(words) / sizeof(words)[0] && (words)[n] ? (words)[n] : unknown)

const char *word_device(uint32_t kind)
{
	static const char *const words[] = {
		[XENAV_DEVICE_SOUND] = "vsnd",
		[XENAV_DEVICE_DISPLAY] = "vdispl",
		[XENAV_DEVICE_INPUT] = "vinput",
	};

	return PICK(words, kind);
}

const char *word_device_kind(uint32_t kind)
{
	static const char *const words[] = {
		[XENAV_DEVICE_SOUND] = "sound",
		[XENAV_DEVICE_DISPLAY] = "display",
		[XENAV_DEVICE_INPUT] = "input",
	};

	return PICK(words, kind);
}

const char *word_xenbus(uint32_t state)
{
	static const char *const words[] = {
		"unknown", "initialising", "init-wait",     "initialised",  "connected",
		"closing", "closed",       "reconfiguring", "reconfigured",
	};

	return PICK(words, state);
}

const char *word_stream_state(uint32_t state)
{
	static const char *const words[] = {"closed", "stopped", "started", "paused"};

	return PICK(words, state);
}

const char *word_direction(uint32_t direction)
{
	return direction == XENAV_CAPTURE ? "capture" : "playback";
}

const char *word_mode(uint32_t mode)
{
	static const char *const words[] = {"drive", "watch", "feed"};

	return PICK(words, mode);
}

const char *word_event(uint32_t kind)
{
	static const char *const words[] = {
		[XENAV_EVENT_ADDED] = "added",         [XENAV_EVENT_REMOVED] = "removed",
		[XENAV_EVENT_OPENED] = "opened",       [XENAV_EVENT_CLOSED] = "closed",
		[XENAV_EVENT_STATE] = "state",         [XENAV_EVENT_LATE] = "late",
		[XENAV_EVENT_UNDERRUN] = "underrun",   [XENAV_EVENT_SHOWN] = "shown",
		[XENAV_EVENT_BLANK] = "blank",         [XENAV_EVENT_CLAIMED] = "claimed",
		[XENAV_EVENT_RELEASED] = "released",   [XENAV_EVENT_CONNECTED] = "connected",
		[XENAV_EVENT_LEFT] = "left",           [XENAV_EVENT_KICKED] = "kicked",
		[XENAV_EVENT_LOG_LEVEL] = "log-level",
	};

	return PICK(words, kind);
}

const char *word_object(uint32_t kind)
{
	static const char *const words[] = {
		[XENAV_OBJECT_STREAM] = "stream",
		[XENAV_OBJECT_CONNECTOR] = "connector",
		[XENAV_OBJECT_INPUT] = "input",
	};

	return PICK(words, kind);
}

static const char *const levels[] = {"err", "warn", "info", "debug"};

const char *word_log_level(uint32_t level)
{
	return PICK(levels, level);
}

int word_to_log_level(const char *name)
{
	for (int i = 0; i < (int)(sizeof levels / sizeof levels[0]); i++)
		if (strcmp(name, levels[i]) == 0)
			return i;
	return -1;
}

/* C0 and C1 controls, and what turns the direction of a line around. */
static int is_fit(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return 0;
	return !((c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		 (c >= 0x2066 && c <= 0x2069));
}

const char *word_text(char out[WORD_TEXT_BYTES], const char *text)
{
	size_t len = 0;

	while (*text && len < WORD_TEXT_BYTES - 5) {
		uint32_t c;
		const int n = utf8_next(text, &c);

		if (n > 0 && is_fit(c)) {
			memcpy(out + len, text, (size_t)n);
			len += (size_t)n;
		} else {
			out[len++] = '?';
		}
		text += n > 0 ? n : 1;
	}
	out[len] = '\0';
	return out;
}

const char *word_fourcc(char out[8], uint32_t fourcc)
{
	for (unsigned i = 0; i < 4; i++) {
		const char c = (char)(fourcc >> 8 * i);

		out[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	out[4] = '\0';
	return out;
}
