/* SPDX-License-Identifier: MIT */
/* See shares.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "buffer/shares.h"
#include "config/policy.h"

/* What pays: a guest; a user, and what is of one guest in that; all users, and a section of them.
 */
enum kind { GUEST, USER, GUEST_OF_USER, ALL, SECTION, KINDS };

struct account {
	enum kind kind;
	uint32_t id;   /* domid, uid, or number of a section */
	uint32_t part; /* GUEST_OF_USER: domid */
	uint32_t pages;
	uint32_t n_copies;
	LIST_ENTRY(account) link;
};

struct assignment {
	uid_t uid;
	uint32_t section;
	LIST_ENTRY(assignment) link;
};

static LIST_HEAD(, account) accounts = LIST_HEAD_INITIALIZER(accounts);
static LIST_HEAD(, assignment) assignments = LIST_HEAD_INITIALIZER(assignments);
static struct shares_max max = SHARES_MAX_NONE;

/* -------- sections -------- */

static struct assignment *find_assignment(uid_t uid)
{
	struct assignment *a;

	LIST_FOREACH (a, &assignments, link)
		if (a->uid == uid)
			return a;
	return NULL;
}

uint32_t shares_section(uid_t uid)
{
	const struct assignment *a = find_assignment(uid);

	return a ? a->section : 0;
}

int shares_assign(uid_t uid, uint32_t section)
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

void shares_forget(uid_t uid)
{
	struct assignment *a = find_assignment(uid);

	if (!a)
		return;
	LIST_REMOVE(a, link);
	free(a);
}

/* -------- accounts -------- */

static struct account *find(enum kind kind, uint32_t id, uint32_t part)
{
	struct account *account;

	LIST_FOREACH (account, &accounts, link)
		if (account->kind == kind && account->id == id && account->part == part)
			return account;
	return NULL;
}

static uint32_t id_of(const struct payer *payer, enum kind kind)
{
	switch (kind) {
	case GUEST:
		return payer->domid;
	case USER:
	case GUEST_OF_USER:
		return payer->uid;
	case SECTION:
		return payer->section;
	case ALL:
	case KINDS:
		break;
	}
	return 0;
}

static uint32_t part_of(const struct payer *payer, enum kind kind)
{
	return kind == GUEST_OF_USER ? payer->domid : 0;
}

/* The account of that kind of the payer, or NULL when it pays for nothing. */
static struct account *account_of(const struct payer *payer, enum kind kind)
{
	return find(kind, id_of(payer, kind), part_of(payer, kind));
}

static struct account *open_account(const struct payer *payer, enum kind kind)
{
	struct account *account = calloc(1, sizeof *account);

	if (!account)
		return NULL;
	account->kind = kind;
	account->id = id_of(payer, kind);
	account->part = part_of(payer, kind);
	LIST_INSERT_HEAD(&accounts, account, link);
	return account;
}

/* What there may be on the account: of a part as much as the whole leaves, with the new copy in it.
 */
struct most {
	uint32_t pages;
	uint32_t copies;
};

static struct most left_of(const struct payer *payer, enum kind whole, struct most most)
{
	const struct account *account = account_of(payer, whole);

	return (struct most){most.pages - account->pages, most.copies - account->n_copies};
}

static struct most most_for(const struct payer *payer, enum kind kind,
			    const struct guest_info *guest)
{
	const struct most user = {max.user_pages, max.user_copies};
	const struct most all = {max.all_pages, UINT32_MAX};

	if (kind == GUEST)
		return (struct most){guest->policy.max_copied_pages, UINT32_MAX};
	if (payer->uid == 0)
		return (struct most){UINT32_MAX, UINT32_MAX};
	if (kind == USER)
		return user;
	if (kind == ALL)
		return all;
	return kind == GUEST_OF_USER ? left_of(payer, USER, user) : left_of(payer, ALL, all);
}

/* @return 0, -ENOSPC or -ENOMEM. */
static int charge(const struct payer *payer, enum kind kind, struct most most)
{
	struct account *account = account_of(payer, kind);
	const uint32_t pages = account ? account->pages : 0;
	const uint32_t copies = account ? account->n_copies : 0;

	if (pages > most.pages || payer->pages > most.pages - pages || copies >= most.copies)
		return -ENOSPC;
	if (!account)
		account = open_account(payer, kind);
	if (!account)
		return -ENOMEM;
	account->pages += payer->pages;
	account->n_copies++;
	return 0;
}

static void uncharge(const struct payer *payer, enum kind kind)
{
	struct account *account = account_of(payer, kind);

	if (!account)
		return;
	account->pages -= payer->pages;
	if (--account->n_copies == 0) {
		LIST_REMOVE(account, link);
		free(account);
	}
}

uint32_t shares_held_pages(uid_t uid)
{
	const struct account *account = find(USER, uid, 0);

	return account ? account->pages : 0;
}

/* All kinds, in order: a whole before its parts; or none.  Root's do not count among all users'. */
int shares_charge(const struct payer *payer, const struct guest_info *guest)
{
	const unsigned n = payer->uid == 0 ? ALL : KINDS;
	int rc = 0;

	for (unsigned kind = 0; kind < n && rc == 0; kind++) {
		rc = charge(payer, kind, most_for(payer, kind, guest));
		if (rc == 0)
			continue;
		if (rc == -ENOSPC && kind != GUEST)
			rc = -EDQUOT;
		while (kind-- > 0)
			uncharge(payer, kind);
		break;
	}
	return rc;
}

void shares_uncharge_guest(const struct payer *payer)
{
	uncharge(payer, GUEST);
}

void shares_uncharge_user(const struct payer *payer)
{
	for (unsigned kind = USER; kind < (payer->uid == 0 ? ALL : KINDS); kind++)
		uncharge(payer, kind);
}

void shares_limit(const struct shares_max *limits)
{
	max = *limits;
}

void shares_forget_all(void)
{
	while (!LIST_EMPTY(&assignments))
		shares_forget(LIST_FIRST(&assignments)->uid);
}
