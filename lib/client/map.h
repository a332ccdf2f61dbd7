/* SPDX-License-Identifier: MIT */
/* Memory that comes from the daemon. */
#ifndef XENAV_CLIENT_MAP_H
#define XENAV_CLIENT_MAP_H

#include "client/base.h"

struct xenav_map {
	SLIST_ENTRY(xenav_map) link; /* xenav::dead_maps or xenav_connector::retired */
	void *addr;                  /* NULL: cannot be mapped */
	size_t size;
	int fd; /* a dma-buf, or -1 */
	uint32_t way;
	uint32_t offered;      /* index + 1 of the program's own buffer, or 0 */
	uint64_t serial;       /* of the last frame in it */
	uint64_t until_serial; /* while retired: the last frame that may need the memory */
	unsigned int refs;     /* besides the first one, each ended by map_release() */
};

/* Map size_bytes of a descriptor, after checking that the file has them and is sealed against
 * shrinking.  @return 0, -EPROTO, or another -errno. */
int map_new(struct xenav_map **out, int fd, uint32_t size_bytes, bool writable);

/* Map the guest's own memory: its descriptor cannot shrink and can be mapped only once. */
int map_direct(struct xenav_map **out, int fd, uint32_t size_bytes, uint64_t offset_bytes);

/* Keep a duplicate of the descriptor, unmapped. */
int map_dmabuf(struct xenav_map **out, int fd, uint32_t size_bytes);

/* Make private memory with the same lifetime.  @return 0 or -ENOMEM. */
int map_private(struct xenav_map **out, size_t size_bytes);

/* Forget *map, which may be NULL, and unmap it unless others refer to it: at map_bury() if a
 * callback may be using it. */
void map_drop(struct xenav *x, struct xenav_map **map);

/* End a reference; the last one unmaps the memory at once. */
void map_release(struct xenav_map *map);

/* Unmap all dropped memory. */
void map_bury(struct xenav *x);

#endif
