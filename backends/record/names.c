/* SPDX-License-Identifier: MIT */
/*
 * See names.h.  The parts are short enough for every suffix to fit behind them, so nothing that
 * a guest says can cut off an extension or a number.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stdio.h>
#include <string.h>

#include "names.h"

/* Of a domain's name or a unique-id, and of the whole in front of a suffix. */
#define PART_MAX 96
#define BASE_MAX 220

static void clean(char out[PART_MAX + 1], const char *in)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	size_t n;

	for (n = 0; n < PART_MAX && in[n]; n++)
		out[n] = strchr(allowed, in[n]) ? in[n] : '_';
	if (n == 0 || out[0] == '.')
		out[0] = '_';
	out[n ? n : 1] = 0;
}

void name_base(char out[NAME_SIZE], const char *kind, const char *domain, const char *unique_id)
{
	char d[PART_MAX + 1], u[PART_MAX + 1];

	clean(d, domain);
	clean(u, unique_id);
	snprintf(out, NAME_SIZE, "%.16s-%s-%s", kind, d, u);
}

void name_numbered(char out[NAME_SIZE], const char *base, unsigned int n, const char *ext)
{
	if (n == 1)
		snprintf(out, NAME_SIZE, "%.*s.%.8s", BASE_MAX, base, ext);
	else
		snprintf(out, NAME_SIZE, "%.*s-%u.%.8s", BASE_MAX, base, n, ext);
}

void name_frame(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext)
{
	snprintf(out, NAME_SIZE, "%.*s-%06llu.%.8s", BASE_MAX, base, n, ext);
}
