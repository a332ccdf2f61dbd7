/* SPDX-License-Identifier: MIT */
/* See title.h. */
#include <config.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "view/title.h"

/* @return the bytes of the correct character of UTF-8 at s, or 0. */
static size_t character_bytes(const unsigned char *s)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t bytes = *s < 0x80 ? 1 : *s < 0xc0 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	uint32_t value;

	if (bytes <= 1)
		return bytes;
	value = *s & (0x7fu >> bytes);
	for (size_t i = 1; i < bytes; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	if (value < least[bytes] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ||
	    *s >= 0xf8)
		return 0;
	/* C1 controls. */
	return value < 0xa0 ? 0 : bytes;
}

static bool is_utf8(const char *s)
{
	while (*s) {
		const size_t bytes = character_bytes((const unsigned char *)s);

		if (bytes == 0)
			return false;
		s += bytes;
	}
	return true;
}

void title_clean(char *to, size_t size, const char *from)
{
	const bool utf8 = is_utf8(from);
	size_t n = 0;

	while (*from) {
		const size_t bytes = utf8 ? character_bytes((const unsigned char *)from) : 1;
		const unsigned char first = (unsigned char)*from;

		if (n + bytes >= size)
			break;
		for (size_t i = 0; i < bytes; i++)
			to[n++] = *from++;
		if (first < 0x20 || first == 0x7f || (first >= 0x80 && !utf8))
			to[n - 1] = '?';
	}
	to[n] = 0;
}

void title_make(char to[TITLE_SIZE], const char *domain_name, const char *unique_id,
		enum title_state state, int is_grabbed)
{
	static const char *const states[] = {
		[TITLE_SHOWN] = "",
		[TITLE_BLANK] = " [no picture]",
		[TITLE_GONE] = " [not connected]",
	};
	char domain[96], id[64];

	title_clean(domain, sizeof domain, domain_name);
	title_clean(id, sizeof id, unique_id);
	snprintf(to, TITLE_SIZE, "%s%s%s%s (%s %s)", domain, *id ? ": " : "", id, states[state],
		 TITLE_KEYS "+G", is_grabbed ? "releases the keyboard" : "takes the keyboard");
}
