/* SPDX-License-Identifier: MIT */
/* See utf8.h. */
#include <config.h>

#include <errno.h>

#include "common/utf8.h"

int utf8_next(const char *text, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *const s = (const unsigned char *)text;
	const int len = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t c = s[0];

	if (!c)
		return 0;
	if (len > 1) {
		if (s[0] < 0xc2 || s[0] > 0xf4)
			return -EILSEQ;
		c &= 0x7fu >> len;
	}
	for (int i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return -EILSEQ;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -EILSEQ;
	*character = c;
	return len;
}
