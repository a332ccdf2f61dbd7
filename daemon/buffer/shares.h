/* SPDX-License-Identifier: MIT */
/*
 * How much memory in copies there is for each guest, each user and each section of the
 * configuration; ledger.h says until when each of them pays.
 *
 * No guest takes more of what its user may hold, and no section more of what all users may hold,
 * than is then left for the others: half of it when it is alone, a third each when there are two.
 * So whoever comes last still gets something.
 *
 * One for the process, on the event loop only.
 */
#ifndef XENAVD_SHARES_H
#define XENAVD_SHARES_H

#include <stdint.h>
#include <sys/types.h>

struct guest_info;

/* Who pays for a copy. */
struct payer {
	uint16_t domid;
	uid_t uid;
	uint32_t section;
	uint32_t pages;
};

/* For everybody but root. */
struct shares_max {
	uint32_t user_pages;
	uint32_t user_copies;
	uint32_t all_pages;
};

#define SHARES_MAX_NONE                                                                            \
	{                                                                                          \
		.user_pages = UINT32_MAX, .user_copies = UINT32_MAX, .all_pages = UINT32_MAX       \
	}

void shares_limit(const struct shares_max *limits);

/* The section that a user belongs to from now on, until this is forgotten; 0 otherwise. @return 0
 * or -ENOMEM. */
int shares_assign(uid_t uid, uint32_t section);
void shares_forget(uid_t uid);
void shares_forget_all(void);
uint32_t shares_section(uid_t uid);

/* @return 0, -ENOSPC when it is too much for the guest, -EDQUOT when it is too much for the user or
 * all users, or one too many, or too much of that for this guest or section, -ENOMEM. */
int shares_charge(const struct payer *payer, const struct guest_info *guest);

/* The guest does not pay any more; nor does the user. */
void shares_uncharge_guest(const struct payer *payer);
void shares_uncharge_user(const struct payer *payer);

/* Of that user. */
uint32_t shares_held_pages(uid_t uid);

#endif
