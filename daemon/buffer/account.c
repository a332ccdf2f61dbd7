/* SPDX-License-Identifier: MIT */
/* See account.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "buffer/account.h"
#include "config/policy.h"

#define PAGES_PER_MIB 256u

/* Guests are charged for mapped, lent and copied pages.  A copy is also charged to a user and a
 * guest's share of it, and to all users and a section's share of that. */
enum kind { MAPPED, LENT, GUEST, USER, GUEST_OF_USER, ALL, SECTION, KINDS };

struct key {
	enum kind kind;
	uint32_t id;   /* domid, uid, or lower half of a section */
	uint32_t part; /* GUEST_OF_USER: domid; SECTION: upper half */
};

struct account {
	struct key key;
	uint32_t pages;
	uint32_t n_charges;
	uint32_t max_pages; /* MAPPED: limit at the latest charge */
	LIST_ENTRY(account) link;
};

/* Limits of an account. */
struct most {
	uint32_t pages;
	uint32_t charges;
};

struct assignment {
	uid_t uid;
	uint64_t section;
	LIST_ENTRY(assignment) link;
};

static LIST_HEAD(, account) accounts = LIST_HEAD_INITIALIZER(accounts);
static LIST_HEAD(, assignment) assignments = LIST_HEAD_INITIALIZER(assignments);
static struct account_limits max = ACCOUNT_NO_LIMITS;
static uint32_t all[KINDS];

/* -------- one account -------- */

static struct account *find(struct key key)
{
	struct account *account;

	LIST_FOREACH (account, &accounts, link)
		if (account->key.kind == key.kind && account->key.id == key.id &&
		    account->key.part == key.part)
			return account;
	return NULL;
}

static uint32_t pages_on(struct key key)
{
	const struct account *account = find(key);

	return account ? account->pages : 0;
}

static bool fits(uint32_t most, uint32_t used, uint32_t pages)
{
	return used <= most && pages <= most - used;
}

/* @return 0, -ENOSPC or -ENOMEM. */
static int charge(struct key key, uint32_t pages, struct most most)
{
	struct account *account = find(key);

	if (!fits(most.pages, account ? account->pages : 0, pages) ||
	    !fits(most.charges, account ? account->n_charges : 0, 1))
		return -ENOSPC;
	if (!account) {
		account = calloc(1, sizeof *account);
		if (!account)
			return -ENOMEM;
		account->key = key;
		LIST_INSERT_HEAD(&accounts, account, link);
	}
	account->pages += pages;
	account->n_charges++;
	all[key.kind] += pages;
	return 0;
}

static void uncharge(struct key key, uint32_t pages)
{
	struct account *account = find(key);

	if (!account)
		return;
	account->pages -= pages;
	all[key.kind] -= pages;
	if (--account->n_charges == 0) {
		LIST_REMOVE(account, link);
		free(account);
	}
}

/* -------- mapped and lent -------- */

static struct key of_guest(enum kind kind, uint16_t domid)
{
	return (struct key){.kind = kind, .id = domid};
}

int account_charge_mapped(const struct guest_info *guest, uint32_t pages)
{
	const struct key key = of_guest(MAPPED, guest->domid);
	const uint32_t max_pages = guest->policy.max_mapped_pages;
	int rc;

	if (!fits(ACCOUNT_MAX_PAGES, all[MAPPED] + all[LENT], pages))
		return -ENOSPC;
	rc = charge(key, pages, (struct most){max_pages, UINT32_MAX});
	if (rc == 0)
		find(key)->max_pages = max_pages;
	return rc;
}

/* Rounded up, in the unit of the configuration. */
static uint32_t mib(uint32_t pages)
{
	return pages / PAGES_PER_MIB + (pages % PAGES_PER_MIB != 0);
}

void account_explain(const struct guest_info *guest, uint32_t pages, char *text, size_t size)
{
	const uint32_t used = pages_on(of_guest(MAPPED, guest->domid));
	const uint32_t max_pages = guest->policy.max_mapped_pages;

	if (!fits(max_pages, used, pages))
		snprintf(text, size,
			 "the domain would have %u MiB mapped, and may have %u (mapped-mib in "
			 "xenavd.conf)",
			 mib(used + pages), max_pages / PAGES_PER_MIB);
	else
		snprintf(text, size,
			 "all guests together would have %u MiB mapped, and may have %u",
			 mib(all[MAPPED] + all[LENT] + pages), ACCOUNT_MAX_PAGES / PAGES_PER_MIB);
}

void account_uncharge_mapped(uint16_t domid, uint32_t pages)
{
	uncharge(of_guest(MAPPED, domid), pages);
}

int account_charge_lent(uint16_t domid, uint32_t pages)
{
	const struct account *mapped = find(of_guest(MAPPED, domid));

	if (!mapped || !fits(ACCOUNT_MAX_LENT, all[MAPPED] + all[LENT], pages))
		return -ENOSPC;
	return charge(of_guest(LENT, domid), pages, (struct most){mapped->max_pages, UINT32_MAX});
}

void account_uncharge_lent(uint16_t domid, uint32_t pages)
{
	uncharge(of_guest(LENT, domid), pages);
}

void account_count(uint32_t *mapped_pages, uint32_t *lent_pages)
{
	*mapped_pages = all[MAPPED];
	*lent_pages = all[LENT];
}

void account_of_guest(uint16_t domid, uint32_t *mapped_pages, uint32_t *copied_pages)
{
	*mapped_pages = pages_on(of_guest(MAPPED, domid));
	*copied_pages = pages_on(of_guest(GUEST, domid));
}

/* -------- copies -------- */

static struct key key_of(const struct payer *payer, enum kind kind)
{
	switch (kind) {
	case USER:
		return (struct key){kind, payer->uid, 0};
	case GUEST_OF_USER:
		return (struct key){kind, payer->uid, payer->domid};
	case ALL:
		return (struct key){kind, 0, 0};
	case SECTION:
		return (struct key){kind, (uint32_t)payer->section,
				    (uint32_t)(payer->section >> 32)};
	case MAPPED:
	case LENT:
	case GUEST:
	case KINDS:
		break;
	}
	return of_guest(kind, payer->domid);
}

/* A part gets as much as the whole, including the new copy, leaves. */
static struct most left_of(const struct payer *payer, enum kind whole, struct most most)
{
	const struct account *account = find(key_of(payer, whole));

	return (struct most){most.pages - account->pages, most.charges - account->n_charges};
}

static struct most most_for(const struct payer *payer, enum kind kind,
			    const struct guest_info *guest)
{
	const struct most user = {max.user_pages, max.user_copies};
	const struct most users = {max.all_pages, UINT32_MAX};

	if (kind == GUEST)
		return (struct most){guest->policy.max_copied_pages, UINT32_MAX};
	if (payer->uid == 0)
		return (struct most){UINT32_MAX, UINT32_MAX};
	if (kind == USER)
		return user;
	if (kind == ALL)
		return users;
	return kind == GUEST_OF_USER ? left_of(payer, USER, user) : left_of(payer, ALL, users);
}

/* The kind after the last one to charge: root's copies do not count among those of all users. */
static enum kind end_of(const struct payer *payer)
{
	return payer->uid == 0 ? ALL : KINDS;
}

/* Charge all kinds, a whole before its parts, or none. */
int account_charge_copy(const struct payer *payer, const struct guest_info *guest)
{
	for (unsigned kind = GUEST; kind < end_of(payer); kind++) {
		int rc = charge(key_of(payer, kind), payer->pages, most_for(payer, kind, guest));

		if (rc == 0)
			continue;
		if (rc == -ENOSPC && kind != GUEST)
			rc = -EDQUOT;
		while (kind-- > GUEST)
			uncharge(key_of(payer, kind), payer->pages);
		return rc;
	}
	return 0;
}

void account_uncharge_guest(const struct payer *payer)
{
	uncharge(key_of(payer, GUEST), payer->pages);
}

void account_uncharge_user(const struct payer *payer)
{
	for (unsigned kind = USER; kind < end_of(payer); kind++)
		uncharge(key_of(payer, kind), payer->pages);
}

uint32_t account_held_pages(uid_t uid)
{
	return pages_on((struct key){USER, uid, 0});
}

void account_limit(const struct account_limits *limits)
{
	max = *limits;
}

/* -------- sections -------- */

static struct assignment *find_assignment(uid_t uid)
{
	struct assignment *a;

	LIST_FOREACH (a, &assignments, link)
		if (a->uid == uid)
			return a;
	return NULL;
}

uint64_t account_section(uid_t uid)
{
	const struct assignment *a = find_assignment(uid);

	return a ? a->section : 0;
}

int account_assign(uid_t uid, uint64_t section)
{
	struct assignment *a = find_assignment(uid);

	if (!a) {
		a = calloc(1, sizeof *a);
		if (!a)
			return -ENOMEM;
		a->uid = uid;
		LIST_INSERT_HEAD(&assignments, a, link);
	}
	a->section = section;
	return 0;
}

void account_forget(uid_t uid)
{
	struct assignment *a = find_assignment(uid);

	if (!a)
		return;
	LIST_REMOVE(a, link);
	free(a);
}

void account_forget_all(void)
{
	while (!LIST_EMPTY(&assignments))
		account_forget(LIST_FIRST(&assignments)->uid);
}
