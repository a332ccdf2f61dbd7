/* SPDX-License-Identifier: MIT */
/*
 * How many pages of its own memory each guest has mapped by us, and how many consumers may have
 * mapped besides.  On the event loop only.
 */
#ifndef XENAVD_ACCOUNT_H
#define XENAVD_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

/* What all domains together may have mapped: three quarters of what a PV dom0 can map, so that
 * other backends can.  What one of them may is its policy's. */
#define ACCOUNT_MAX_PAGES 98304

/* What consumers may have mapped, too, counts as well.  But that is a convenience: it ends while
 * there is still enough for the guests. */
#define ACCOUNT_MAX_LENT (ACCOUNT_MAX_PAGES / 4 * 3)

struct guest_info;

/* @return 0; -ENOSPC when the domain, or all of them, have their fill; -ENOMEM. */
int account_charge(const struct guest_info *guest, uint32_t pages);

/* Why did account_charge() say -ENOSPC? */
void account_explain(const struct guest_info *guest, uint32_t pages, char *text, size_t size);

void account_uncharge(uint16_t domid, uint32_t pages);

/* Consumers may have as many of a domain's pages mapped as we. @return 0 or -ENOSPC. */
int account_charge_lent(uint16_t domid, uint32_t pages);
void account_uncharge_lent(uint16_t domid, uint32_t pages);

/* Of all domains, for the status. */
void account_count(uint32_t *mapped_pages, uint32_t *lent_pages);

#endif
