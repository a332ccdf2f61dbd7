/* SPDX-License-Identifier: MIT */
/* See wake.h. */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "xen/wake.h"

int wake_open(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

void wake_up(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof one) < 0)
		return; /* full: the other thread is awake already */
}

void wake_clear(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof count) < 0)
		return; /* already clear */
}
