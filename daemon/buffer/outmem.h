/* SPDX-License-Identifier: MIT */
/*
 * Memory for a consumer: a memfd that cannot shrink, grow or lose its seals, so that neither side
 * can make the other fault, and that a reader cannot map writable.  Whole pages, fresh and zeroed.
 */
#ifndef XENAVD_OUTMEM_H
#define XENAVD_OUTMEM_H

#include <stdbool.h>
#include <stddef.h>

struct outmem {
	int fd;
	void *data; /* NULL until complete */
	size_t size_bytes;
	size_t there_bytes; /* allocated so far */
	int watch;          /* see ledger_watch() */
};

#define OUTMEM_INIT                                                                                \
	{                                                                                          \
		.fd = -1, .watch = -1                                                              \
	}

/* Allocate all of the memory; writable by the consumer if writable.  @return 0, -EINVAL for a size
 * of 0, -ENOMEM, or another -errno. */
int outmem_create(struct outmem *mem, size_t size_bytes, bool writable);

/* Allocate step by step, because much memory takes long: begin, then extend while the result is 1.
 * @return as above; after an error there is no memory. */
int outmem_begin(struct outmem *mem, size_t size_bytes);
int outmem_extend(struct outmem *mem, size_t n_bytes, bool writable);

/*
 * Copy out of memory that the consumer may write.  Such a consumer can punch holes: reading one
 * through a mapping would allocate memory, with a SIGBUS when there is none.  Here a hole reads as
 * zeros and stays a hole.  @return 0 or -errno.
 */
int outmem_read(const struct outmem *mem, size_t offset_bytes, void *to, size_t bytes);

/* Unmap and close; the consumer keeps its mapping.  Idempotent. */
void outmem_destroy(struct outmem *mem);

#endif
