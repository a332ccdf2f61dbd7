/* SPDX-License-Identifier: MIT */
/*
 * Memory for a consumer: a memfd that cannot shrink, grow or lose its seals, so that neither side
 * can make the other fault, and that a reader cannot map for writing.  Whole zeroed pages that
 * never held anything else.
 */
#ifndef XENAVD_OUTMEM_H
#define XENAVD_OUTMEM_H

#include <stdbool.h>
#include <stddef.h>

struct outmem {
	int fd;
	void *data;
	size_t size_bytes;
	int watch; /* of its end: see ledger_watch() */
};

#define OUTMEM_INIT                                                                                \
	{                                                                                          \
		.fd = -1, .watch = -1                                                              \
	}

/*
 * @param writable whether the consumer may write, too
 * @return 0, -EINVAL for a size of 0, -ENOMEM when the memory cannot be had (it is allocated now,
 * not at the first touch), or another -errno.
 */
int outmem_create(struct outmem *mem, size_t size_bytes, bool writable);

/* Unmap and close; the consumer's own mapping stays, and sees nothing new.  Idempotent. */
void outmem_destroy(struct outmem *mem);

#endif
