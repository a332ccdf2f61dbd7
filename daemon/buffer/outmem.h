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
	void *data; /* NULL before all of it is there */
	size_t size_bytes;
	size_t there_bytes;
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

/*
 * The same step by step, because the kernel takes its time for much memory: begin, then extend by
 * so many bytes at a time as long as that says 1.
 *
 * @return as above; outmem_extend() 1 while there is more to come, and 0 when it is done.  After an
 * error there is nothing.
 */
int outmem_begin(struct outmem *mem, size_t size_bytes);
int outmem_extend(struct outmem *mem, size_t n_bytes, bool writable);

/*
 * Copy out of what the consumer may write.  It may punch holes into it as well, which no seal but
 * those against writing forbids: who looked at one through a mapping would have memory allocated
 * for it, and a SIGBUS when there is none.  Here a hole reads as zeros and stays one.
 *
 * @return 0 or -errno.
 */
int outmem_read(const struct outmem *mem, size_t offset_bytes, void *to, size_t bytes);

/* Unmap and close; the consumer's own mapping stays, and sees nothing new.  Idempotent. */
void outmem_destroy(struct outmem *mem);

#endif
