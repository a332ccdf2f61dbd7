/* SPDX-License-Identifier: MIT */
/* The objects that a user names: the same for all programs. */
#include <config.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "xenav.h"

/* Is the text this number, in decimal digits? */
static bool is_number(const char *text, uint32_t number)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > UINT32_MAX)
			return false;
	}
	return n == number;
}

int xenav_selects(const char *domain, const char *unique_id, uint32_t domid,
		  const char *domain_name, const char *object_unique_id)
{
	if (domain && !(domain_name && strcmp(domain, domain_name) == 0) &&
	    !is_number(domain, domid))
		return 0;
	return !unique_id || (object_unique_id && strcmp(unique_id, object_unique_id) == 0);
}
