/* SPDX-License-Identifier: MIT */
/*
 * How long a copy is charged: to its guest while xenavd has it, to the user of the consumer until
 * no process has it any more.  A descriptor that was sent cannot be taken back, but the kernel
 * reports when the last descriptor and mapping are gone.
 *
 * One for the process.  On the event loop except ledger_watch().
 */
#ifndef XENAVD_LEDGER_H
#define XENAVD_LEDGER_H

#include <stdint.h>
#include <sys/types.h>

struct event_base;
struct guest_info;
struct ledger_entry;

/*
 * Set the limits of one user and of all users, and watch memory.  Before this there are no limits,
 * and a copy is charged only while xenavd has it.  @return 0, -EMFILE, -ENOMEM.
 */
int ledger_start(struct event_base *base, uint32_t max_held_pages, uint32_t max_all_pages);

/* Other limits apply to what is entered from now on. */
void ledger_limit(uint32_t max_held_pages, uint32_t max_all_pages);

/* Drop all entries and limits.  Idempotent. */
void ledger_stop(void);

/* Charge a copy of size_bytes to the guest and the user.  @return as account_charge_copy(). */
int ledger_enter(struct ledger_entry **out, const struct guest_info *guest, uid_t uid,
		 uint64_t size_bytes);

/* Watch the memory fd for its end; watch is -1 before ledger_start().  May be called on the worker.
 * @return 0, -EUSERS when the kernel has no more watches, -ENOMEM or another -errno. */
int ledger_watch(int fd, int *watch);

/* The copy is in the memory of that watch. */
void ledger_bind(struct ledger_entry *entry, int watch);

/* The copy was released, or never made.  Accepts NULL. */
void ledger_leave(struct ledger_entry *entry);

#endif
