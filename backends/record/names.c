/* SPDX-License-Identifier: MIT */
/*
 * See names.h.  Only the unique-id in a name is ever cut, so a guest cannot produce the name of
 * another guest, an extension or a number.
 */
#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

/* Longest domain name: xenavd cuts longer ones. */
#define DOMAIN_MAX 63

/* Longest base, without mark, number and extension. */
#define BASE_MAX 208

static void escape(char *out, size_t size, const char *in, size_t max)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789._-";
	size_t at = 0;

	for (size_t i = 0; i < max && in[i] && at + 3 < size; i++)
		at += (size_t)snprintf(out + at, size - at, strchr(plain, in[i]) ? "%c" : "%%%02X",
				       (unsigned char)in[i]);
	out[at] = 0;
}

void name_guest(char out[NAME_SIZE], const char *domain, unsigned int domid)
{
	const size_t len = strnlen(domain, DOMAIN_MAX);

	escape(out, NAME_SIZE, domain, DOMAIN_MAX);
	if (len == 0 || len == DOMAIN_MAX)
		snprintf(out + strlen(out), NAME_SIZE - strlen(out), "#%u", domid);
}

void name_base(char out[NAME_SIZE], const char *kind, const char *guest, const char *unique_id)
{
	char id[NAME_SIZE];

	escape(id, sizeof id, unique_id, strlen(unique_id));
	if (snprintf(out, BASE_MAX + 1, "%s+%s+%s", kind, guest, id) > BASE_MAX)
		out[BASE_MAX] = 0;
}

void name_marked(char out[NAME_SIZE], const char *base, unsigned int n)
{
	snprintf(out, NAME_SIZE, "%.*s~%u", BASE_MAX, base, n);
}

void name_numbered(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext)
{
	if (n == 1)
		snprintf(out, NAME_SIZE, "%.220s.%.3s", base, ext);
	else
		snprintf(out, NAME_SIZE, "%.220s+%llu.%.3s", base, n, ext);
}

void name_frame(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext)
{
	snprintf(out, NAME_SIZE, "%.220s+%06llu.%.3s", base, n, ext);
}

bool name_parse(const char *name, struct name_parts *parts)
{
	const char *const guest = strchr(name, '+');
	const char *const id = guest ? strchr(guest + 1, '+') : NULL;
	const char *const number = id ? strchr(id + 1, '+') : NULL;
	const char *const ext = strrchr(name, '.');
	const char *end = number ? number : ext;
	char *rest;

	if (name[0] == '.' || !id || !ext || ext < id || (number && ext < number) ||
	    (strcmp(ext, ".wav") && strcmp(ext, ".png")) || strlen(name) >= NAME_SIZE)
		return false;
	parts->number = 0;
	if (number) {
		parts->number = strtoull(number + 1, &rest, 10);
		if (rest != ext || number[1] < '0' || number[1] > '9')
			return false;
	}
	snprintf(parts->guest, NAME_SIZE, "%.*s", (int)(id - guest - 1), guest + 1);
	snprintf(parts->base, NAME_SIZE, "%.*s", (int)(end - name), name);
	return true;
}
