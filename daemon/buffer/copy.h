/* SPDX-License-Identifier: MIT */
/*
 * Memory for a consumer that is on the accounts of its guest and user: see outmem.h and ledger.h.
 * It can be made on the worker, while the accounts are kept on the loop, so making it takes three
 * steps.
 */
#ifndef XENAVD_COPY_H
#define XENAVD_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buffer/outmem.h"

struct guest_info;
struct ledger_entry;

struct copy {
	struct outmem mem; /* data NULL: there is none */
	struct ledger_entry *entry;
};

#define COPY_INIT                                                                                  \
	{                                                                                          \
		.mem = OUTMEM_INIT                                                                 \
	}

/* Is it of that size, and not a page larger? */
bool copy_fits(const struct copy *copy, size_t size_bytes);

/*
 * Reserve that size for that user.  What was there before is not used any more.
 *
 * @return 0; -ENOSPC when it is too much for the guest, -EDQUOT for the user, -ENOMEM.
 */
int copy_reserve(struct copy *copy, const struct guest_info *guest, uid_t uid, size_t size_bytes);

/* Make it, also on the worker.  @return as outmem_create(). */
int copy_make(struct copy *copy, size_t size_bytes, bool writable);

/* The same in steps: see outmem_begin(). */
int copy_begin(struct copy *copy, size_t size_bytes);
int copy_extend(struct copy *copy, size_t n_bytes, bool writable);

/* It has been made, or not: then the reservation ends. */
void copy_settle(struct copy *copy);

/* It is not used any more, and its guest does not pay for it: all that copy_destroy() does but to
 * unmap it, which can take its time, and may then be done on the worker. */
void copy_leave(struct copy *copy);

/* Idempotent. */
void copy_destroy(struct copy *copy);

/* Why copy_reserve() or copy_make() has failed, for the log. */
const char *copy_strerror(int error);

#endif
