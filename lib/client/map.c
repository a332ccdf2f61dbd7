/* SPDX-License-Identifier: MIT */
/*
 * Memory that comes from the daemon.
 *
 * A descriptor could be of a short or shrinking file, and a read behind its end is SIGBUS: its size
 * is checked, and it must be sealed against shrinking.  Memory of guests cannot be checked in this
 * way: a program that asks for it trusts the daemon.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/map.h"

static int create(struct xenav_map **out, size_t size_bytes, int prot, int flags, int fd,
		  off_t offset)
{
	struct xenav_map *map = calloc(1, sizeof *map);

	if (!map)
		return -ENOMEM;
	map->size = size_bytes;
	map->fd = -1;
	map->addr = mmap(NULL, size_bytes, prot, flags, fd, offset);
	if (map->addr == MAP_FAILED) {
		const int rc = -errno;

		free(map);
		return rc;
	}
	*out = map;
	return 0;
}

int map_new(struct xenav_map **out, int fd, uint32_t size_bytes, bool writable)
{
	const int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	struct stat st;
	int seals;

	if (size_bytes == 0 || fstat(fd, &st) < 0 || st.st_size < (off_t)size_bytes)
		return -EPROTO;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return -EPROTO;

	return create(out, size_bytes, prot, MAP_SHARED, fd, 0);
}

int map_direct(struct xenav_map **out, int fd, uint32_t size_bytes, uint64_t offset_bytes)
{
	if (size_bytes == 0 || offset_bytes > (uint64_t)INT64_MAX - size_bytes)
		return -EINVAL;
	return create(out, size_bytes, PROT_READ, MAP_SHARED, fd, (off_t)offset_bytes);
}

int map_dmabuf(struct xenav_map **out, int fd, uint32_t size_bytes)
{
	struct xenav_map *map = calloc(1, sizeof *map);

	if (!map)
		return -ENOMEM;
	map->size = size_bytes;
	map->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (map->fd < 0) {
		const int rc = -errno;

		free(map);
		return rc;
	}
	*out = map;
	return 0;
}

int map_private(struct xenav_map **out, size_t size_bytes)
{
	return create(out, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void map_release(struct xenav_map *map)
{
	if (map->refs > 0) {
		map->refs--;
		return;
	}
	if (map->addr)
		munmap(map->addr, map->size);
	if (map->fd >= 0)
		close(map->fd);
	free(map);
}

void map_bury(struct xenav *x)
{
	while (!SLIST_EMPTY(&x->dead_maps)) {
		struct xenav_map *map = SLIST_FIRST(&x->dead_maps);

		SLIST_REMOVE_HEAD(&x->dead_maps, link);
		map_release(map);
	}
}

void map_drop(struct xenav *x, struct xenav_map **map)
{
	if (!*map)
		return;
	if ((*map)->refs > 0)
		(*map)->refs--;
	else
		SLIST_INSERT_HEAD(&x->dead_maps, *map, link);
	*map = NULL;
	if (!x->dispatching)
		map_bury(x);
}
