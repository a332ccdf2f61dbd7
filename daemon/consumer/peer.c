/* SPDX-License-Identifier: MIT */
/* See peer.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "consumer/peer.h"

/* Enough for nearly all users.  For more groups the kernel says how much it takes. */
#define FIRST_ROOM 32

static int read_groups(struct peer *peer, int sock)
{
	socklen_t len = FIRST_ROOM * sizeof(gid_t);
	gid_t *groups = NULL;
	int rc;

	do {
		gid_t *more = realloc(groups, len);

		if (!more) {
			free(groups);
			return -ENOMEM;
		}
		groups = more;
		rc = getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0 ? -errno : 0;
	} while (rc == -ERANGE);
	if (rc < 0) {
		free(groups);
		return rc;
	}
	peer->groups = groups;
	peer->id.groups = groups;
	peer->id.n_groups = len / sizeof(gid_t);
	return 0;
}

int peer_read(struct peer *peer, int sock)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	*peer = (struct peer){0};
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	peer->pid = cred.pid;
	peer->id.uid = cred.uid;
	peer->id.gid = cred.gid;
	return read_groups(peer, sock);
}

void peer_take_name(char *name, size_t size, const char *said)
{
	size_t n = strlen(said);

	if (n >= size)
		n = size - 1;
	for (size_t i = 0; i < n; i++)
		name[i] = said[i] > ' ' && said[i] <= '~' ? said[i] : '?';
	name[n] = '\0';
	if (n == 0)
		strcpy(name, "?");
}

void peer_finish(struct peer *peer)
{
	free(peer->groups);
	*peer = (struct peer){0};
}
