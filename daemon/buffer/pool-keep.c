/* SPDX-License-Identifier: MIT */
/* See pool.h: what outlives this process, and what an earlier one has left. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/keeping.h"
#include "buffer/pool-priv.h"
#include "config/policy.h"
#include "journal/journal.h"
#include "report/log.h"
#include "xen/xen.h"
#include "xenshbuf.h"

static void keep_charge(struct pool *pool, const struct pooled *pooled)
{
	struct kept_charge kept = {.domid = pool->domid};

	pool->granted_pages += pooled->pages;
	kept.pages = pool->granted_pages;
	memcpy(kept.uuid, pool->uuid, sizeof kept.uuid);
	pool->slot = keeping_charge(pooled->xen->journal, pool->slot, &kept);
}

static void keep_buffer(struct pooled *pooled)
{
	struct kept_buffer kept = {
		.offset_bytes = xenshbuf_gntalloc_offset(pool_shbuf(pooled)),
		.number = pooled->number,
		.pages = pooled->pages,
		.domid = pooled->domid,
	};

	memcpy(kept.uuid, pooled->pool->uuid, sizeof kept.uuid);
	pooled->slot = keeping_buffer(pooled->xen->journal, &kept);
}

void pool_filled(struct pooled *pooled)
{
	if (pooled->noted)
		return;
	pooled->noted = true;
	if (pooled->rc < 0 && pooled->number) {
		pooled->number = 0;
		pooled->supply->n_kept--;
	}
	if (pooled->key)
		keep_charge(pooled->pool, pooled);
	else if (pooled->number)
		keep_buffer(pooled);
}

/* -------- after a restart -------- */

static struct pooled *find_number(const struct supply *supply, uint32_t number)
{
	struct pooled *pooled;
	struct pool *pool;

	LIST_FOREACH (pool, &supply->pools, link)
		LIST_FOREACH (pooled, &pool->buffers, link)
			if (pooled->number == number)
				return pooled;
	return NULL;
}

static struct pool *recall_pool(struct supply *supply, uint16_t domid, const char *uuid)
{
	struct pool *pool = pool_find(supply, domid, uuid);

	return pool ? pool : pool_make(supply, domid, uuid);
}

static int recall_buffer(struct supply *supply, const struct kept_buffer *kept,
			 struct xenshbuf *shbuf, struct journal_slot *slot)
{
	struct supplied *supplied;
	struct pool *pool;

	pool = recall_pool(supply, kept->domid, kept->uuid);
	if (!pool)
		return -ENOMEM;
	if (pool->n_buffers >= SUPPLY_MAX_BUFFERS_PER_DOMAIN)
		return -ENOSPC;
	supplied = calloc(1, sizeof *supplied);
	if (!supplied) {
		pool_settle(pool);
		return -ENOMEM;
	}
	*supplied = (struct supplied){
		.pooled = {.pages = kept->pages,
			   .number = kept->number,
			   .slot = slot,
			   .filled = true,
			   .noted = true,
			   .release = supplied_release},
		.shbuf = shbuf,
	};
	pool_join(pool, supply, &supplied->pooled);
	supply->n_kept++;
	if (kept->number > supply->last_number)
		supply->last_number = kept->number;
	return 0;
}

static int recall_charge(struct supply *supply, const struct kept_charge *kept,
			 struct journal_slot *slot)
{
	struct pool *pool = recall_pool(supply, kept->domid, kept->uuid);

	if (!pool)
		return -ENOMEM;
	if (pool->granted_pages > 0)
		return -EINVAL;
	pool->granted_pages = kept->pages;
	pool->offered_pages += kept->pages;
	pool->pages += kept->pages;
	pool->slot = slot;
	return 0;
}

static int recall_buffer_record(struct supply *supply, struct journal_slot *slot)
{
	struct kept_buffer kept;
	struct xenshbuf *shbuf;
	int rc;

	journal_read(slot, &kept, sizeof kept);
	rc = kept_buffer_check(&kept);
	if (rc < 0)
		return rc;
	if (find_number(supply, kept.number))
		return -EEXIST;
	rc = keeping_adopt(&kept, &shbuf);
	if (rc == 0) {
		rc = recall_buffer(supply, &kept, shbuf, slot);
		if (rc < 0)
			xenshbuf_unmap(shbuf);
	}
	if (rc < 0)
		keeping_drop(kept.number);
	return rc;
}

static int recall_charge_record(struct supply *supply, struct journal_slot *slot)
{
	struct kept_charge kept;
	int rc;

	journal_read(slot, &kept, sizeof kept);
	rc = kept_charge_check(&kept);
	return rc < 0 ? rc : recall_charge(supply, &kept, slot);
}

static void recall_all(struct supply *supply, uint8_t type,
		       int (*recall)(struct supply *supply, struct journal_slot *slot))
{
	struct journal *journal = supply->xen->journal;
	struct journal_slot *slot = journal_next_of_all(journal, type, NULL);

	while (slot) {
		struct journal_slot *next = journal_next_of_all(journal, type, slot);
		const struct journal_key *key = journal_key(slot);
		const uint16_t domid = key->domid;
		int rc = recall(supply, slot);

		if (rc < 0) {
			log_warn("Cannot go on with memory that was supplied to domain %u: %s",
				 domid, strerror(-rc));
			journal_remove(slot);
		} else {
			journal_adopt(journal, key);
		}
		slot = next;
	}
}

void supply_recall(struct supply *supply)
{
	recall_all(supply, JOURNAL_BUFFER, recall_buffer_record);
	recall_all(supply, JOURNAL_CHARGE, recall_charge_record);
}

int pool_take_again(struct supply *supply, const struct guest_info *guest, uint32_t number,
		    uint32_t pages, struct pooled **out)
{
	const struct pool *pool = pool_of(supply, guest);
	struct pooled *pooled = number ? find_number(supply, number) : NULL;

	if (!pooled || pooled->pool != pool || !pool_may_take(pooled) || pooled->pages < pages)
		return -ENOENT;
	if (pool->pages > guest->policy.max_supplied_pages)
		return -ENOSPC;
	pooled->taken = true;
	*out = pooled;
	return 0;
}

void supply_each_domain(const struct supply *supply, void (*look)(uint16_t domid, void *data),
			void *data)
{
	const struct pool *pool;

	LIST_FOREACH (pool, &supply->pools, link)
		look(pool->domid, data);
}
