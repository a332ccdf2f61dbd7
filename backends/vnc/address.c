/* SPDX-License-Identifier: MIT */
/* See address.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/args.h"
#include "vnc/address.h"

const char *address_unix_path(const char *address)
{
	return strncmp(address, "unix:", 5) == 0 ? address + 5 : NULL;
}

long address_split(const char *address, char *host, size_t size)
{
	const char *colon = strrchr(address, ':');
	const char *begin = address;
	size_t len = colon ? (size_t)(colon - address) : 0;
	long port;

	if (len >= 2 && begin[0] == '[' && begin[len - 1] == ']') {
		begin++;
		len -= 2;
	}
	if (len >= size || (colon && len == 0))
		return -EINVAL;
	snprintf(host, size, "%.*s", (int)len, begin);
	if (!colon)
		snprintf(host, size, "127.0.0.1");
	port = args_number(colon ? colon + 1 : address, 65535);
	return port > 0 ? port : -EINVAL;
}

bool address_is_local(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}
