/* SPDX-License-Identifier: MIT */
/*
 * How many pages guests have mapped by us, how many of those consumers may have mapped besides, and
 * how much memory in copies there is for each guest, each user and each section of the
 * configuration; ledger.h says until when each of them pays for a copy.
 *
 * No guest takes more of what its user may hold, and no section more of what all users may hold,
 * than is then left for the others: half of it when it is alone, a third each when there are two.
 * So the last to come still gets something.
 *
 * One for the process, on the event loop only.
 */
#ifndef XENAVD_ACCOUNT_H
#define XENAVD_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What all domains together may have mapped: three quarters of what a PV dom0 can map, so that
 * other backends can.  What one of them may is its policy's. */
#define ACCOUNT_MAX_PAGES 98304

/* What consumers may have mapped, too, counts as well.  But that is a convenience: it ends while
 * there is still enough for the guests. */
#define ACCOUNT_MAX_LENT (ACCOUNT_MAX_PAGES / 4 * 3)

struct guest_info;

/* @return 0; -ENOSPC when the domain, or all of them, have their fill; -ENOMEM. */
int account_charge_mapped(const struct guest_info *guest, uint32_t pages);

/* Why did account_charge_mapped() say -ENOSPC? */
void account_explain(const struct guest_info *guest, uint32_t pages, char *text, size_t size);

void account_uncharge_mapped(uint16_t domid, uint32_t pages);

/* Consumers may have as many of a domain's pages mapped as we. @return 0, -ENOSPC or -ENOMEM. */
int account_charge_lent(uint16_t domid, uint32_t pages);
void account_uncharge_lent(uint16_t domid, uint32_t pages);

/* Of all domains, for the status. */
void account_count(uint32_t *mapped_pages, uint32_t *lent_pages);

/* -------- copies -------- */

/* Who pays for a copy. */
struct payer {
	uint16_t domid;
	uid_t uid;
	uint32_t section;
	uint32_t pages;
};

/* For all users but root. */
struct account_limits {
	uint32_t user_pages;
	uint32_t user_copies;
	uint32_t all_pages;
};

#define ACCOUNT_NO_LIMITS                                                                          \
	{                                                                                          \
		.user_pages = UINT32_MAX, .user_copies = UINT32_MAX, .all_pages = UINT32_MAX       \
	}

void account_limit(const struct account_limits *limits);

/* @return 0, -ENOSPC when it is too much for the guest, -EDQUOT when it is too much for the user or
 * all users, or one too many, or too much of that for this guest or section, -ENOMEM. */
int account_charge_copy(const struct payer *payer, const struct guest_info *guest);

/* The guest does not pay any more; nor does the user. */
void account_uncharge_guest(const struct payer *payer);
void account_uncharge_user(const struct payer *payer);

/* Of that user. */
uint32_t account_held_pages(uid_t uid);

/* The section that a user belongs to from now on, until this is forgotten; 0 otherwise. @return 0
 * or -ENOMEM. */
int account_assign(uid_t uid, uint32_t section);
void account_forget(uid_t uid);
void account_forget_all(void);
uint32_t account_section(uid_t uid);

#endif
