/* SPDX-License-Identifier: MIT */
/* The part of the file system that xenavd needs after its start; Landlock hides the rest. */
#ifndef XENAVD_PATHS_H
#define XENAVD_PATHS_H

/*
 * Allow this thread, and those that it starts, no other files.  Files that are open stay open, and
 * sockets may be connected to as before.  Needs no_new_privs.
 *
 * @param devices files that may be read and written, ended by NULL; missing ones are left out
 * @param own a folder whose files may be read, written, made and removed
 * @param readable a folder whose files may be read, beside those of the system's libraries and the
 * user database
 * @return 0; -ENOSYS or -EOPNOTSUPP when the kernel has no Landlock or it is off; another -errno.
 */
int paths_restrict(const char *const devices[], const char *own, const char *readable);

#endif
