/* SPDX-License-Identifier: MIT */
/* Memory that the daemon shares with us. */
#ifndef XENAV_CLIENT_MAP_H
#define XENAV_CLIENT_MAP_H

#include "client/base.h"

struct xenav_map {
	SLIST_ENTRY(xenav_map) link; /* xenav::dead_maps or xenav_connector::retired */
	void *addr;                  /* NULL: cannot be mapped */
	size_t size;
	int fd; /* a dma-buf, or -1 */
	uint32_t way;
	uint32_t offered;      /* index + 1 of the program's own buffer that it is, or 0 */
	uint64_t serial;       /* of the last frame in it */
	uint64_t until_serial; /* while retired: the last frame that may need it */
};

/* Map size_bytes of a descriptor from the daemon, after making sure that they are there and can
 * not go away.  Returns 0, -EPROTO, or another -errno. */
int map_new(struct xenav_map **out, int fd, uint32_t size_bytes, bool writable);

/* Map what the descriptor is of as the guest's own memory: once, and it cannot shrink. */
int map_direct(struct xenav_map **out, int fd, uint32_t size_bytes, uint64_t offset_bytes);

/* Keep a duplicate of the descriptor. */
int map_dmabuf(struct xenav_map **out, int fd, uint32_t size_bytes);

/* Memory of our own that goes the same way.  Returns 0 or -ENOMEM. */
int map_private(struct xenav_map **out, size_t size_bytes);

/* Unmap and forget *map, if it is one; not before map_bury() if a callback may be using it. */
void map_drop(struct xenav *x, struct xenav_map **map);

/* Unmap what was dropped. */
void map_bury(struct xenav *x);

#endif
