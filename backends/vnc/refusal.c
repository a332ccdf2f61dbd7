/* SPDX-License-Identifier: MIT */
/* See refusal.h. */
#include <config.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "vnc/log.h"
#include "vnc/messages.h"
#include "vnc/refusal.h"

/* The net's thread leaves out the version, which the client has got.  Since version 7 there follows
 * the number of security types, before that the type: 0 is none. */
static void send_reason(const struct net_client *from, const char *reason)
{
	const uint32_t length = htonl((uint32_t)strlen(reason));
	char m[VERSION_BYTES + 8 + 128] = {0};
	size_t n = VERSION_BYTES + (from->minor < 7 ? 4 : 1);
	ssize_t written;

	memcpy(m + n, &length, sizeof length);
	n += sizeof length;
	n += (size_t)snprintf(m + n, sizeof m - n, "%s", reason);
	written = write(from->fd, m, n);
	(void)written;
	close(from->fd);
}

bool refusal_check(const struct client_env *env, const struct net_client *from)
{
	const unsigned int left_s =
		lockout_left(&env->lockout, peer_get_name(from->peer), monotonic_ns());
	char reason[128] = "";

	if (left_s > 0)
		snprintf(reason, sizeof reason, "Too many wrong passwords: try again in %u s",
			 left_s);
	else if (env->o->one_client && env->n_active > 0)
		snprintf(reason, sizeof reason, "Somebody else is connected");
	else if (env->n_clients >= CLIENTS_MAX)
		snprintf(reason, sizeof reason, "There are too many clients");
	if (!reason[0])
		return false;
	log_client("%s is refused: %s", peer_get_name(from->peer), reason);
	send_reason(from, reason);
	return true;
}
