/* SPDX-License-Identifier: MIT */
/*
 * Who pays for copies: the guest they are of, as long as we have them, and the user of the consumer
 * they are made for, until nobody has them any more.  A descriptor that was passed on cannot be
 * taken back, so it is the kernel that says when the last one, and the last mapping, has gone.
 *
 * One for the process.  On the event loop only, but for ledger_watch().
 */
#ifndef XENAVD_LEDGER_H
#define XENAVD_LEDGER_H

#include <stdint.h>
#include <sys/types.h>

struct event_base;
struct guest_info;
struct ledger_entry;

/*
 * Limit what a user, and all users together, may hold, and have the kernel say when memory has
 * gone. Without this users may hold what they like, and memory counts as gone when we have let go
 * of it.
 *
 * @return 0, -EMFILE, -ENOMEM.
 */
int ledger_start(struct event_base *base, uint32_t max_held_pages, uint32_t max_all_pages);

/* Forget everything; idempotent. */
void ledger_stop(void);

/*
 * Put a copy of so many bytes of that guest for that user on the accounts.
 *
 * @return 0, -ENOSPC when it is too much for the guest, -EDQUOT when it is too much, or one too
 * many, for the user, for this guest within that, or for all users (never for root), -ENOMEM.
 */
int ledger_enter(struct ledger_entry **out, const struct guest_info *guest, uid_t uid,
		 uint64_t size_bytes);

/* Be told of the end of that memory, also on the worker.  watch is -1 when nobody is to be told.
 * @return 0, -EUSERS when the kernel has no more watches for us, -ENOMEM or another -errno. */
int ledger_watch(int fd, int *watch);

/* The copy is in the memory of that watch, which is still ours. */
void ledger_bind(struct ledger_entry *entry, int watch);

/* We have let go of the copy, or never had it; NULL is fine. */
void ledger_leave(struct ledger_entry *entry);

#endif
