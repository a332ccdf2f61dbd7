/* SPDX-License-Identifier: MIT */
/*
 * Accounts of pages: mapped of each guest, lent of each guest to consumers, and in copies of each
 * guest, user and section of the configuration.  ledger.h says how long a copy is charged.
 *
 * A guest gets no more of its user's limit, and a section no more of the limit of all users, than
 * it leaves to the others: half when it is alone, a third each when there are two.  So a late comer
 * still gets something.
 *
 * One for the process, on the event loop only.
 */
#ifndef XENAVD_ACCOUNT_H
#define XENAVD_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Limit of mapped pages of all domains: three quarters of what a PV dom0 can map, the rest is left
 * to other backends.  The policy limits each domain. */
#define ACCOUNT_MAX_PAGES 98304

/* Limit of mapped and lent pages together, above which nothing is lent: lending is a convenience,
 * and the guests need the rest. */
#define ACCOUNT_MAX_LENT (ACCOUNT_MAX_PAGES / 4 * 3)

struct guest_info;

/* @return 0; -ENOSPC when the domain or all domains reach their limit; -ENOMEM. */
int account_charge_mapped(const struct guest_info *guest, uint32_t pages);

/* Explain -ENOSPC of account_charge_mapped(). */
void account_explain(const struct guest_info *guest, uint32_t pages, char *text, size_t size);

void account_uncharge_mapped(uint16_t domid, uint32_t pages);

/* A domain may have as many pages lent as mapped.  @return 0, -ENOSPC or -ENOMEM. */
int account_charge_lent(uint16_t domid, uint32_t pages);
void account_uncharge_lent(uint16_t domid, uint32_t pages);

/* Sums of all domains. */
void account_count(uint32_t *mapped_pages, uint32_t *lent_pages);

/* The pages of a domain that are mapped, and those in copies for consumers. */
void account_of_guest(uint16_t domid, uint32_t *mapped_pages, uint32_t *copied_pages);

/* -------- copies -------- */

/* The accounts that a copy is charged to. */
struct payer {
	uint16_t domid;
	uid_t uid;
	uint64_t section;
	uint32_t pages;
};

/* Limits of users other than root. */
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

/* @return 0; -ENOSPC when the guest reaches its limit; -EDQUOT when the user, all users, or the
 * share of the guest or section reach theirs; -ENOMEM. */
int account_charge_copy(const struct payer *payer, const struct guest_info *guest);

void account_uncharge_guest(const struct payer *payer);
void account_uncharge_user(const struct payer *payer);

uint32_t account_held_pages(uid_t uid);

/* Assign a user to a section, see consumer_rule_whom(), until account_forget(); section 0 is the
 * default.  Copies stay charged to the section of their time.  @return 0 or -ENOMEM. */
int account_assign(uid_t uid, uint64_t section);
void account_forget(uid_t uid);
void account_forget_all(void);
uint64_t account_section(uid_t uid);

#endif
