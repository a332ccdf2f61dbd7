/* SPDX-License-Identifier: MIT */
/*
 * See pool.h.  A pool exists while it has a buffer or is charged for one it had.  The pool of a
 * domain that is gone is not found any more and exists until its last buffer is given back; the
 * next domain with the same number has a pool of its own.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/container.h"
#include "buffer/keeping.h"
#include "buffer/pool-priv.h"
#include "config/policy.h"
#include "journal/journal.h"
#include "report/log.h"
#include "xen/gnttab.h"
#include "xen/xen.h"
#include "xenshbuf.h"

/* -------- back to the kernel -------- */

/* On the worker. */
static void run_release(struct job *job)
{
	struct pooled *pooled = CONTAINER(job, struct pooled, job);

	pooled->rc = pooled->release(pooled);
}

static void on_released(struct job *job)
{
	struct pooled *pooled = CONTAINER(job, struct pooled, job);

	if (pooled->rc < 0)
		log_err("Cannot return the pages of domain %u to the kernel: %s", pooled->domid,
			strerror(-pooled->rc));
	pooled->supply->pages -= pooled->pages;
	pooled->supply->n_kept -= pooled->number != 0;
	free(pooled);
}

void pool_settle(struct pool *pool)
{
	if (pool->n_buffers > 0 || (pool->pages > 0 && !pool->gone))
		return;
	LIST_REMOVE(pool, link);
	journal_remove(pool->slot);
	free(pool);
}

/* A guest may keep a granted offer mapped, so its domain stays charged. */
static void leave_pool(struct pooled *pooled)
{
	struct pool *pool = pooled->pool;

	journal_remove(pooled->slot);
	pooled->slot = NULL;
	LIST_REMOVE(pooled, link);
	pool->n_buffers--;
	if (pooled->key == 0 || !pooled->filled) {
		pool->pages -= pooled->pages;
		pool->offered_pages -= pooled->key ? pooled->pages : 0;
	}
	pool_settle(pool);
}

static void drop(struct pooled *pooled)
{
	leave_pool(pooled);
	pooled->job.run = run_release;
	pooled->job.done = on_released;
	if (pooled->filled) {
		worker_submit(pooled->xen->worker, &pooled->job);
		return;
	}
	run_release(&pooled->job);
	on_released(&pooled->job);
}

void pool_end(struct pooled *pooled)
{
	pooled->ended = true;
	if (!pooled->taken)
		drop(pooled);
}

/* The pool is freed with its last buffer: do not use it afterwards. */
static void domain_gone(struct pool *pool)
{
	struct pooled *pooled = LIST_FIRST(&pool->buffers);

	pool->gone = true;
	if (!pooled)
		pool_settle(pool);
	while (pooled) {
		struct pooled *next = LIST_NEXT(pooled, link);

		pool_end(pooled);
		pooled = next;
	}
}

/* After a restart there may be pools of several domains that had the number one after another. */
struct pool *pool_find(const struct supply *supply, uint16_t domid, const char *uuid)
{
	struct pool *pool;

	LIST_FOREACH (pool, &supply->pools, link)
		if (pool->domid == domid && !pool->gone && strcmp(pool->uuid, uuid) == 0)
			return pool;
	return NULL;
}

/* All domains of that number are gone, but for the one with that uuid. */
static void domains_gone(struct supply *supply, uint16_t domid, const char *uuid)
{
	struct pool *pool = LIST_FIRST(&supply->pools);

	while (pool) {
		struct pool *next = LIST_NEXT(pool, link);

		if (pool->domid == domid && !pool->gone && (!uuid || strcmp(pool->uuid, uuid) != 0))
			domain_gone(pool);
		pool = next;
	}
}

void supply_domain_gone(struct supply *supply, uint16_t domid)
{
	domains_gone(supply, domid, NULL);
}

/* -------- into a pool -------- */

struct pool *pool_make(struct supply *supply, uint16_t domid, const char *uuid)
{
	struct pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return NULL;
	pool->domid = domid;
	snprintf(pool->uuid, sizeof pool->uuid, "%s", uuid);
	LIST_INIT(&pool->buffers);
	LIST_INSERT_HEAD(&supply->pools, pool, link);
	return pool;
}

/* A different uuid means that another guest has the number of one whose end was not reported. */
struct pool *pool_of(struct supply *supply, const struct guest_info *guest)
{
	domains_gone(supply, guest->domid, guest->uuid);
	return pool_find(supply, guest->domid, guest->uuid);
}

static bool fits(uint32_t max_pages, uint32_t used, uint32_t pages)
{
	return used <= max_pages && pages <= max_pages - used;
}

static bool may_have(const struct pool *pool, const struct guest_info *guest,
		     const struct pooled *pooled)
{
	const uint32_t max_pages = guest->policy.max_supplied_pages;

	if (pool && pool->n_buffers >= SUPPLY_MAX_BUFFERS_PER_DOMAIN)
		return false;
	if (pooled->key && !fits(max_pages / 2, pool ? pool->offered_pages : 0, pooled->pages))
		return false;
	return fits(max_pages, pool ? pool->pages : 0, pooled->pages);
}

void pool_join(struct pool *pool, struct supply *supply, struct pooled *pooled)
{
	pooled->xen = supply->xen;
	pooled->supply = supply;
	pooled->pool = pool;
	pooled->domid = pool->domid;
	LIST_INSERT_HEAD(&pool->buffers, pooled, link);
	pool->n_buffers++;
	pool->pages += pooled->pages;
	pool->offered_pages += pooled->key ? pooled->pages : 0;
	supply->pages += pooled->pages;
}

int pool_add(struct supply *supply, const struct guest_info *guest, struct pooled *pooled)
{
	struct pool *pool = pool_of(supply, guest);

	if (!may_have(pool, guest, pooled))
		return -ENOSPC;
	if (!pool)
		pool = pool_make(supply, guest->domid, guest->uuid);
	if (!pool)
		return -ENOMEM;
	pooled->taken = true;
	pool_join(pool, supply, pooled);
	return 0;
}

struct pooled *pool_find_offer(const struct supply *supply, uint64_t key)
{
	struct pooled *pooled;
	struct pool *pool;

	LIST_FOREACH (pool, &supply->pools, link)
		LIST_FOREACH (pooled, &pool->buffers, link)
			if (pooled->key == key)
				return pooled;
	return NULL;
}

bool pool_may_take(const struct pooled *pooled)
{
	return !pooled->taken && !pooled->ended;
}

void pool_give_back(struct pooled *pooled)
{
	pooled->taken = false;
	if (!pooled->filled || pooled->ended)
		drop(pooled);
}

/* -------- of our own memory -------- */

int supplied_release(struct pooled *pooled)
{
	/* One that was never filled is released on the loop, and its number is of nothing. */
	if (pooled->number && pooled->filled)
		keeping_drop(pooled->number);
	return xenshbuf_unmap(CONTAINER(pooled, struct supplied, pooled)->shbuf);
}

static struct pooled *best_fit(const struct pool *pool, uint32_t pages)
{
	struct pooled *best = NULL;
	struct pooled *pooled;

	LIST_FOREACH (pooled, &pool->buffers, link)
		if (pool_may_take(pooled) && pooled->key == 0 && pooled->pages >= pages &&
		    (!best || pooled->pages < best->pages))
			best = pooled;
	return best;
}

int pool_take(struct supply *supply, const struct guest_info *guest, uint32_t pages,
	      struct pooled **out)
{
	struct pool *pool = pool_of(supply, guest);
	struct pooled *pooled = pool ? best_fit(pool, pages) : NULL;
	struct supplied *supplied;
	int rc = 0;

	if (!pooled) {
		supplied = calloc(1, sizeof *supplied);
		if (!supplied)
			return -ENOMEM;
		pooled = &supplied->pooled;
		pooled->pages = pages;
		pooled->release = supplied_release;
		rc = pool_add(supply, guest, pooled);
		if (rc == 0 && supply->xen->journal && supply->n_kept < SUPPLY_MAX_KEPT &&
		    supply->last_number < KEPT_NUMBER_MAX) {
			pooled->number = ++supply->last_number;
			supply->n_kept++;
		}
	}
	if (rc < 0) {
		free(pooled);
		return rc;
	}
	pooled->taken = true;
	*out = pooled;
	return 0;
}

int pool_fill(struct pooled *pooled, uint32_t gref_directory, uint32_t size_bytes)
{
	struct supplied *supplied = CONTAINER(pooled, struct supplied, pooled);
	const bool is_new = !supplied->shbuf;
	int rc;

	rc = gnttab_provide_buffer(pooled->xen->gnttab, pooled->domid, gref_directory, size_bytes,
				   &supplied->shbuf);
	pooled->filled = supplied->shbuf != NULL;
	/* A buffer that cannot be kept serves as well, until the next restart. */
	if (is_new && pooled->filled && pooled->number)
		pooled->rc = keeping_put(pooled->number, supplied->shbuf);
	return rc;
}

struct xenshbuf *pool_shbuf(struct pooled *pooled)
{
	return CONTAINER(pooled, struct supplied, pooled)->shbuf;
}

/* -------- the set of pools -------- */

int supply_create(struct supply **out, const struct xen *xen)
{
	struct supply *supply = calloc(1, sizeof *supply);

	if (!supply)
		return -ENOMEM;
	supply->xen = xen;
	LIST_INIT(&supply->pools);
	*out = supply;
	return 0;
}

void supply_destroy(struct supply *supply)
{
	struct pool *pool;

	if (!supply)
		return;
	while ((pool = LIST_FIRST(&supply->pools))) {
		struct pooled *pooled = LIST_FIRST(&pool->buffers);

		pool->gone = true;
		if (pooled) {
			leave_pool(pooled);
			run_release(&pooled->job);
			on_released(&pooled->job);
		} else {
			pool_settle(pool);
		}
	}
	free(supply);
}

const struct xen *supply_xen(const struct supply *supply)
{
	return supply->xen;
}

uint32_t supply_pages(const struct supply *supply)
{
	return supply->pages;
}

uint32_t supply_pages_of(const struct supply *supply, uint16_t domid)
{
	const struct pool *pool;
	uint32_t pages = 0;

	LIST_FOREACH (pool, &supply->pools, link)
		if (pool->domid == domid && !pool->gone)
			pages += pool->pages;
	return pages;
}
