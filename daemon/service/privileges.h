/* SPDX-License-Identifier: MIT */
/*
 * The rights of the process: whoever started xenavd, it goes on as an ordinary user without
 * capabilities.  systemd has done most of this before the program starts; without it xenavd does
 * it.
 */
#ifndef XENAVD_PRIVILEGES_H
#define XENAVD_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* An ordinary user and its groups. */
struct identity {
	uid_t uid;
	gid_t gid;
};

/*
 * Find the user that root becomes.
 *
 * @return 0; -ENOENT when there is no such user; or another -errno of the user database.
 */
int privileges_find(const char *user, struct identity *identity);

/*
 * Become that user with its groups.  For root, before any thread is started.
 *
 * @return 0 or -errno; then the process has to end.
 */
int privileges_become(const char *user, const struct identity *identity);

/*
 * Give up all capabilities and the hope for new ones.  For anybody, before any thread is started.
 *
 * @return 0 or -errno.
 */
int privileges_give_up(void);

#endif
