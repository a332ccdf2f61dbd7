/* SPDX-License-Identifier: MIT */
/* See number.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/number.h"

int parse_u32(const char *text, uint32_t max, uint32_t *out)
{
	uint64_t value = 0;

	if (*text == '\0' || strlen(text) > 10)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	if (value > max)
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

int parse_u16(const char *text, uint16_t *out)
{
	uint32_t value;

	if (parse_u32(text, UINT16_MAX, &value) < 0)
		return -EINVAL;
	*out = (uint16_t)value;
	return 0;
}
