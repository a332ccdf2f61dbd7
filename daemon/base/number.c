/* SPDX-License-Identifier: MIT */
/* See number.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/number.h"

/* Digits of a uint32_t. */
#define MAX_DIGITS 10

int parse_u32(const char *text, uint32_t max, uint32_t *out)
{
	uint64_t value = 0;

	if (*text == '\0' || strlen(text) > MAX_DIGITS)
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

int parse_resolution(const char *text, uint32_t max, uint32_t *width, uint32_t *height)
{
	const size_t len = strcspn(text, "x");
	char first[MAX_DIGITS + 1] = "";

	if (len > MAX_DIGITS || text[len] == '\0')
		return -EINVAL;
	memcpy(first, text, len);
	if (parse_u32(first, max, width) < 0)
		return -EINVAL;
	return parse_u32(text + len + 1, max, height);
}
