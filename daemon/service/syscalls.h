/* SPDX-License-Identifier: MIT */
/* The system calls that xenavd makes when it has started. */
#ifndef XENAVD_SYSCALLS_H
#define XENAVD_SYSCALLS_H

enum sandbox_mode {
	SANDBOX_NO,   /* no walls at all: for debuggers */
	SANDBOX_YES,  /* a forbidden call fails with EPERM, and some end the process */
	SANDBOX_KILL, /* every forbidden call ends the process: for tests */
};

/*
 * Allow no other calls in any thread from now on.  Starting a program ends the process in any mode.
 * Needs no_new_privs.
 *
 * @param ioctls the numbers that are allowed, ended by 0
 * @return 0, -EINVAL or -ENOSYS when the kernel has no such filters, or another -errno.
 */
int syscalls_restrict(enum sandbox_mode mode, const unsigned long ioctls[]);

#endif
