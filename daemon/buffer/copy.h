/* SPDX-License-Identifier: MIT */
/*
 * Memory for a consumer (outmem.h), charged to its guest and user (ledger.h).  The memory can be
 * made on the worker and the accounts are kept on the loop: reserve, make, settle.
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
	struct outmem mem; /* data NULL: none */
	struct ledger_entry *entry;
};

#define COPY_INIT                                                                                  \
	{                                                                                          \
		.mem = OUTMEM_INIT                                                                 \
	}

/* Is the copy of that size, rounded up to pages? */
bool copy_fits(const struct copy *copy, size_t size_bytes);

/* Release the present copy and charge a new one.  @return as account_charge_copy(). */
int copy_reserve(struct copy *copy, const struct guest_info *guest, uid_t uid, size_t size_bytes);

/* Make the copy; may be called on the worker.  @return as outmem_create(). */
int copy_make(struct copy *copy, size_t size_bytes, bool writable);

/* Make it step by step, see outmem_begin(). */
int copy_begin(struct copy *copy, size_t size_bytes);
int copy_extend(struct copy *copy, size_t n_bytes, bool writable);

/* Bind the reservation to the copy, or end it when making the copy failed. */
void copy_settle(struct copy *copy);

/* Release the copy without unmapping it, which can take long: copy_destroy() may then be called on
 * the worker. */
void copy_leave(struct copy *copy);

/* Idempotent. */
void copy_destroy(struct copy *copy);

/* Explain an error of copy_reserve() or copy_make(). */
const char *copy_strerror(int error);

#endif
