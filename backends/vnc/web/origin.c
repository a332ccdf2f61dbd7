/* SPDX-License-Identifier: MIT */
#include <config.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "origin.h"

/* The length of the name or address in "name", "name:port" or "[address]:port". */
static size_t name_length(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : strchr(host, ':');

	if (!end)
		return strlen(host);
	return (size_t)(end - host) + (host[0] == '[');
}

static bool is_local(const char *host)
{
	size_t length = name_length(host);
	struct in_addr v4;
	char name[64];

	if (length == 0 || length >= sizeof name)
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	if (strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0)
		return true;
	if (length > 10 && strcasecmp(name + length - 10, ".localhost") == 0)
		return true;
	return inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

bool origin_admits(const char *origin, const char *host, bool tls, bool local, const char *extra)
{
	const char *scheme = tls ? "https://" : "http://";
	size_t length = strlen(scheme);

	if (extra && strcasecmp(origin, extra) == 0)
		return true;
	if (local && !is_local(host))
		return false;
	if (origin[0] == '\0')
		return true;
	return host[0] != '\0' && strncasecmp(origin, scheme, length) == 0 &&
	       strcasecmp(origin + length, host) == 0;
}
