/* SPDX-License-Identifier: MIT */
/*
 * What the journal keeps of the pools of supplied buffers, so that the next process goes on with
 * them: for each buffer of our own memory a record, and in the fd store its gntalloc descriptor and
 * a sealed memfd with its grefs, which are never read from the guest; for each domain the pages of
 * dma-bufs that it was granted and may still have mapped.
 *
 * On the event loop except keeping_put() and keeping_drop(), which may block.
 */
#ifndef XENAVD_BUFFER_KEEPING_H
#define XENAVD_BUFFER_KEEPING_H

#include <stdint.h>

#include "config/policy.h"

struct journal;
struct journal_slot;
struct xenshbuf;

/* The largest number that a buffer is kept under: they are not used twice. */
#define KEPT_NUMBER_MAX INT32_MAX

/* The records. */
struct kept_buffer {
	uint64_t offset_bytes; /* of the pages in the descriptor */
	uint32_t number;       /* of the descriptors in the fd store; from 1 on */
	uint32_t pages;
	uint16_t domid;
	char uuid[GUEST_UUID_BYTES];
	uint8_t reserved;
};

struct kept_charge {
	uint32_t pages; /* of offers that were granted */
	uint16_t domid;
	char uuid[GUEST_UUID_BYTES];
	uint8_t reserved;
};

/* @return 0, or -EINVAL for a record that this daemon does not write. */
int kept_buffer_check(const struct kept_buffer *kept);
int kept_charge_check(const struct kept_charge *kept);

/* Add or replace a record. @return it; NULL without a journal, or when it is full. */
struct journal_slot *keeping_buffer(struct journal *journal, const struct kept_buffer *kept);
struct journal_slot *keeping_charge(struct journal *journal, struct journal_slot *slot,
				    const struct kept_charge *kept);

/* Put the descriptors of a buffer into the fd store under that number, or drop them. On the worker.
 * @return 0 or -errno. */
int keeping_put(uint32_t number, const struct xenshbuf *shbuf);
void keeping_drop(uint32_t number);

/*
 * Take over a buffer that an earlier process has put there.  At the start.
 *
 * @return 0; -ENOENT without its descriptors, or when they hold less, -EINVAL or -ENOTTY when they
 * are something else, or another -errno of xenshbuf_adopt().
 */
int keeping_adopt(const struct kept_buffer *kept, struct xenshbuf **out);

#endif
