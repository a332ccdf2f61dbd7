/* SPDX-License-Identifier: MIT */
/* See lockout.h. */
#include <config.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "vnc/lockout.h"

/* Whoever has one address of IPv6 has 2^64 of them: the network counts. */
static void name_network(const char *from, char name[LOCKOUT_NAME_BYTES])
{
	char address[LOCKOUT_NAME_BYTES];
	struct in6_addr in6;

	snprintf(address, sizeof address, "%.*s", (int)strcspn(from, "%"), from);
	if (inet_pton(AF_INET6, address, &in6) == 1 && !IN6_IS_ADDR_V4MAPPED(&in6)) {
		memset(in6.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &in6, name, LOCKOUT_NAME_BYTES);
	} else {
		snprintf(name, LOCKOUT_NAME_BYTES, "%s", from);
	}
}

static int find(const struct lockout *lockout, const char *from)
{
	char name[LOCKOUT_NAME_BYTES];

	name_network(from, name);
	for (int i = 0; i < LOCKOUT_PLACES; i++)
		if (strcmp(lockout->places[i].from, name) == 0)
			return i;
	return -1;
}

unsigned int lockout_left(const struct lockout *lockout, const char *from, uint64_t now_ns)
{
	const int i = find(lockout, from);

	if (i < 0 || lockout->places[i].until_ns <= now_ns)
		return 0;
	return (unsigned int)((lockout->places[i].until_ns - now_ns + NS_PER_S - 1) / NS_PER_S);
}

/* The place that was not used for longest; a free one first. */
static int take_place(struct lockout *lockout, const char *from)
{
	int oldest = 0;

	for (int i = 1; i < LOCKOUT_PLACES; i++)
		if (lockout->places[i].last_ns < lockout->places[oldest].last_ns)
			oldest = i;
	memset(&lockout->places[oldest], 0, sizeof lockout->places[oldest]);
	name_network(from, lockout->places[oldest].from);
	return oldest;
}

unsigned int lockout_add(struct lockout *lockout, const char *from, uint64_t now_ns,
			 unsigned int *left_s)
{
	uint64_t seconds = LOCKOUT_FIRST_S;
	int i = find(lockout, from);

	if (i < 0)
		i = take_place(lockout, from);
	else if (now_ns - lockout->places[i].last_ns > LOCKOUT_MEMORY_S * NS_PER_S)
		lockout->places[i].wrong = 0;
	lockout->places[i].last_ns = now_ns;
	lockout->places[i].wrong++;
	for (unsigned int n = LOCKOUT_FREE; n < lockout->places[i].wrong; n++)
		seconds = seconds * 2 < LOCKOUT_MAX_S ? seconds * 2 : LOCKOUT_MAX_S;
	if (lockout->places[i].wrong >= LOCKOUT_FREE)
		lockout->places[i].until_ns = now_ns + seconds * NS_PER_S;
	*left_s = lockout_left(lockout, from, now_ns);
	return lockout->places[i].wrong;
}

void lockout_forget(struct lockout *lockout, const char *from)
{
	const int i = find(lockout, from);

	if (i >= 0)
		memset(&lockout->places[i], 0, sizeof lockout->places[i]);
}
