/* SPDX-License-Identifier: MIT */
/* See gntdev.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* This header needs stdint.h before it. */
#include <xen/sys/gntdev.h>

#include "report/cleanup.h"
#include "xen/devices.h"
#include "xen/gntdev.h"

int gntdev_slot(uint16_t domid, const uint32_t *grefs, uint32_t n, uint64_t *offset_bytes)
{
	const size_t head_bytes = offsetof(struct ioctl_gntdev_map_grant_ref, refs);
	CLEANUP_FREE struct ioctl_gntdev_map_grant_ref *map = NULL;
	CLEANUP_CLOSE int fd = -1;

	if (n == 0)
		return -EINVAL;
	map = calloc(1, head_bytes + n * sizeof map->refs[0]);
	if (!map)
		return -ENOMEM;
	map->count = n;
	for (uint32_t i = 0; i < n; i++) {
		struct ioctl_gntdev_grant_ref *ref =
			(struct ioctl_gntdev_grant_ref *)(void *)((char *)map + head_bytes +
								  i * sizeof *ref);

		ref->domid = domid;
		ref->ref = grefs[i];
	}
	fd = open(GNTDEV_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, map) < 0)
		return -errno;
	*offset_bytes = map->index;
	return steal_fd(&fd);
}
