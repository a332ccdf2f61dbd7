/* SPDX-License-Identifier: MIT */
/* Sockets as they are in kernels before Linux 6.16, if the environment says so: SO_PASSRIGHTS is
 * not known. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PASSRIGHTS 83

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (level == SOL_SOCKET && name == PASSRIGHTS && getenv("XENAV_FAKE_OLD_SOCKETS")) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}
