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

struct account {
	uint16_t domid;
	uint32_t pages;
	uint32_t lent;      /* pages that consumers may have mapped */
	uint32_t max_pages; /* of either */
	LIST_ENTRY(account) link;
};

static LIST_HEAD(accounts, account) accounts = LIST_HEAD_INITIALIZER(accounts);

static uint32_t all_pages;
static uint32_t all_lent;

static struct account *find_account(uint16_t domid)
{
	struct account *account;

	LIST_FOREACH (account, &accounts, link)
		if (account->domid == domid)
			return account;
	return NULL;
}

/* Does the guest's policy allow so many more? */
static bool may_have(const struct guest_info *guest, const struct account *account, uint32_t pages)
{
	const uint32_t max_pages = guest->policy.max_mapped_pages;
	const uint32_t used = account ? account->pages : 0;

	return used <= max_pages && pages <= max_pages - used;
}

int account_charge(const struct guest_info *guest, uint32_t pages)
{
	struct account *account = find_account(guest->domid);

	if (!may_have(guest, account, pages))
		return -ENOSPC;
	if (pages > ACCOUNT_MAX_PAGES - all_pages - all_lent)
		return -ENOSPC;
	if (!account) {
		account = calloc(1, sizeof *account);
		if (!account)
			return -ENOMEM;
		account->domid = guest->domid;
		LIST_INSERT_HEAD(&accounts, account, link);
	}
	account->max_pages = guest->policy.max_mapped_pages;
	account->pages += pages;
	all_pages += pages;
	return 0;
}

/* As the keys of the configuration count, and enough for all of them. */
static uint32_t mib(uint32_t pages)
{
	return pages / PAGES_PER_MIB + (pages % PAGES_PER_MIB != 0);
}

void account_explain(const struct guest_info *guest, uint32_t pages, char *text, size_t size)
{
	const struct account *account = find_account(guest->domid);

	if (!may_have(guest, account, pages))
		snprintf(text, size,
			 "the domain would have %u MiB mapped, and may have %u (mapped-mib in "
			 "xenavd.conf)",
			 mib((account ? account->pages : 0) + pages),
			 guest->policy.max_mapped_pages / PAGES_PER_MIB);
	else
		snprintf(text, size,
			 "all guests together would have %u MiB mapped, and there are %u for them",
			 mib(all_pages + all_lent + pages), ACCOUNT_MAX_PAGES / PAGES_PER_MIB);
}

static void drop_unused(struct account *account)
{
	if (account->pages > 0 || account->lent > 0)
		return;
	LIST_REMOVE(account, link);
	free(account);
}

void account_uncharge(uint16_t domid, uint32_t pages)
{
	struct account *account = find_account(domid);

	if (!account)
		return;
	if (pages > account->pages)
		pages = account->pages;
	account->pages -= pages;
	all_pages -= pages;
	drop_unused(account);
}

int account_charge_lent(uint16_t domid, uint32_t pages)
{
	struct account *account = find_account(domid);

	if (!account || account->lent > account->max_pages ||
	    pages > account->max_pages - account->lent)
		return -ENOSPC;
	if (all_pages + all_lent > ACCOUNT_MAX_LENT ||
	    pages > ACCOUNT_MAX_LENT - all_pages - all_lent)
		return -ENOSPC;
	account->lent += pages;
	all_lent += pages;
	return 0;
}

void account_uncharge_lent(uint16_t domid, uint32_t pages)
{
	struct account *account = find_account(domid);

	if (!account)
		return;
	if (pages > account->lent)
		pages = account->lent;
	account->lent -= pages;
	all_lent -= pages;
	drop_unused(account);
}

void account_count(uint32_t *mapped_pages, uint32_t *lent_pages)
{
	*mapped_pages = all_pages;
	*lent_pages = all_lent;
}
