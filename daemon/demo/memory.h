/* SPDX-License-Identifier: MIT */
/*
 * The memory that made-up guests share with the daemon's rooms.  A reference stands for it in
 * requests, in place of the grant of a page directory; daemon/xen/gnttab.h finds the memory by it.
 */
#ifndef XENAVD_DEMO_MEMORY_H
#define XENAVD_DEMO_MEMORY_H

#include <stdint.h>
#include <sys/queue.h>

struct memory {
	uint16_t domid;
	uint32_t reference;
	uint32_t size_bytes;
	int fd;
	uint8_t *data; /* the guest's mapping: zeroed, whole pages */
	LIST_ENTRY(memory) link;
};

/* Make zeroed memory of a guest.  @return 0, -EINVAL for no bytes or more than 128 MiB, -ENOSPC
 * when there are too many, -ENOMEM or another -errno. */
int memory_create(struct memory **out, uint16_t domid, uint32_t size_bytes);

/* The daemon has unmapped it.  NULL is fine. */
void memory_destroy(struct memory *memory);

#endif
