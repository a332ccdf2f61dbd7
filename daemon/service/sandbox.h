/* SPDX-License-Identifier: MIT */
/*
 * The walls around the process, so that a guest or consumer that gets hold of it gets little:
 * before the threads start it becomes an ordinary user without capabilities and loses the file
 * system (privileges.h, paths.h), and when everything has started it loses most system calls
 * (syscalls.h).  In a unit these are the second walls, behind systemd's own.
 */
#ifndef XENAVD_SANDBOX_H
#define XENAVD_SANDBOX_H

#include "service/syscalls.h"

struct sandbox {
	enum sandbox_mode mode;
	const char *user;            /* whom root becomes; "": nobody */
	const char *const *devices;  /* read and written later, ended by NULL */
	const unsigned long *ioctls; /* done later, ended by 0 */
	const char *socket_path;     /* files beside it are ours */
	const char *config_path;     /* it and the files beside it are read later */
};

/* @return 0, or -EINVAL unless text is yes, no or kill. */
int sandbox_mode_parse(const char *text, enum sandbox_mode *mode);

/*
 * Become the user, give up capabilities, and lose the file system; before any thread is started and
 * after the sockets are open.  What the kernel does not know is logged and done without.
 *
 * @return 0 or -errno, logged; then the process has to end.
 */
int sandbox_begin(const struct sandbox *sandbox);

/* Lose system calls, in all threads; when everything has started. @return as above. */
int sandbox_close(const struct sandbox *sandbox);

#endif
