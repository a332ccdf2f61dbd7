/* SPDX-License-Identifier: MIT */
/*
 * Memory that the daemon shares with us.
 *
 * Whoever sends a descriptor could send a short or shrinking file, and reading behind its end is
 * SIGBUS: so its size is looked at, and it must be sealed against shrinking.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "client/internal.h"

int map_new(struct xenav_map **out, int fd, uint32_t size_bytes, bool writable)
{
	const int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	struct xenav_map *map;
	struct stat st;
	int seals;

	if (size_bytes == 0 || fstat(fd, &st) < 0 || st.st_size < (off_t)size_bytes)
		return -EPROTO;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return -EPROTO;

	map = calloc(1, sizeof *map);
	if (!map)
		return -ENOMEM;
	map->size = size_bytes;
	map->addr = mmap(NULL, map->size, prot, MAP_SHARED, fd, 0);
	if (map->addr == MAP_FAILED) {
		const int rc = -errno;

		free(map);
		return rc;
	}
	*out = map;
	return 0;
}

int map_private(struct xenav_map **out, size_t size_bytes)
{
	struct xenav_map *map = calloc(1, sizeof *map);

	if (!map)
		return -ENOMEM;
	map->size = size_bytes;
	map->addr =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map->addr == MAP_FAILED) {
		free(map);
		return -ENOMEM;
	}
	*out = map;
	return 0;
}

void map_bury(struct xenav *x)
{
	while (!SLIST_EMPTY(&x->dead_maps)) {
		struct xenav_map *map = SLIST_FIRST(&x->dead_maps);

		SLIST_REMOVE_HEAD(&x->dead_maps, link);
		munmap(map->addr, map->size);
		free(map);
	}
}

void map_drop(struct xenav *x, struct xenav_map **map)
{
	if (!*map)
		return;
	SLIST_INSERT_HEAD(&x->dead_maps, *map, link);
	*map = NULL;
	if (!x->dispatching)
		map_bury(x);
}
