/* SPDX-License-Identifier: MIT */
/*
 * See supply.h.  A pool is there as long as it has a buffer, or pays for what it had.  When its
 * domain has gone nobody finds it any more, but it stays until the last buffer that is in use was
 * given back: a domain that gets the same number meanwhile has a pool of its own.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/closer.h"
#include "buffer/supply.h"
#include "config/policy.h"
#include "report/log.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xen/xen.h"
#include "xenshbuf.h"

struct pool {
	struct supply *supply;
	uint16_t domid;
	char uuid[GUEST_UUID_BYTES];
	bool gone; /* the domain */
	uint32_t pages;
	uint32_t offered_pages; /* of them */
	unsigned n_buffers;
	LIST_HEAD(, supplied) buffers;
	LIST_ENTRY(pool) link; /* supply::pools */
};

struct supplied {
	struct job job;
	struct pool *pool;
	struct supply *supply;
	uint16_t domid;
	uint32_t pages;
	bool taken;
	struct xenshbuf *shbuf; /* NULL before it was filled for the first time */
	int rc;                 /* of giving it back to the kernel */

	/* What a consumer has offered, and what was made of it when it was filled. */
	uint64_t key; /* 0: none of this */
	bool ended;   /* the offer */
	int fd;
	struct dmabuf_import *import;
	uint32_t *grefs;
	void *data;

	LIST_ENTRY(supplied) link; /* pool::buffers */
};

struct supply {
	const struct xen *xen;
	uint32_t pages; /* of all pools, and on their way back to the kernel */
	LIST_HEAD(, pool) pools;
};

/* -------- back to the kernel -------- */

/* On the worker. */
static void run_free(struct job *job)
{
	struct supplied *supplied = CONTAINER(job, struct supplied, job);

	if (supplied->key) {
		supplied->rc = dmabuf_import_end(supplied->import);
		if (supplied->data)
			munmap(supplied->data, (size_t)supplied->pages * XENSHBUF_PAGE_BYTES);
		closer_close(supplied->fd, NOBODY);
		free(supplied->grefs);
		return;
	}
	supplied->rc = xenshbuf_unmap(supplied->shbuf);
}

static void on_freed(struct job *job)
{
	struct supplied *supplied = CONTAINER(job, struct supplied, job);

	if (supplied->rc < 0)
		log_err("Could not give the pages of domain %u back to the kernel: %s",
			supplied->domid, strerror(-supplied->rc));
	supplied->supply->pages -= supplied->pages;
	free(supplied);
}

static void free_if_unused(struct pool *pool)
{
	if (pool->n_buffers > 0 || (pool->pages > 0 && !pool->gone))
		return;
	LIST_REMOVE(pool, link);
	free(pool);
}

/* The guest may keep mapped what it was granted of an offer, so its domain goes on paying. */
static void leave_pool(struct supplied *supplied)
{
	struct pool *pool = supplied->pool;

	LIST_REMOVE(supplied, link);
	pool->n_buffers--;
	if (!supplied->import) {
		pool->pages -= supplied->pages;
		if (supplied->key)
			pool->offered_pages -= supplied->pages;
	}
	free_if_unused(pool);
}

static void drop(struct supplied *supplied)
{
	leave_pool(supplied);
	if (!supplied->shbuf && !supplied->key) {
		supplied->rc = 0;
		on_freed(&supplied->job);
		return;
	}
	supplied->job.run = run_free;
	supplied->job.done = on_freed;
	worker_submit(supplied->supply->xen->worker, &supplied->job);
}

/* The pool itself goes with its last buffer, so it is not to be touched any more. */
static void end_pool(struct pool *pool)
{
	struct supplied *supplied = LIST_FIRST(&pool->buffers);

	pool->gone = true;
	if (!supplied)
		free_if_unused(pool);
	while (supplied) {
		struct supplied *next = LIST_NEXT(supplied, link);

		if (!supplied->taken)
			drop(supplied);
		supplied = next;
	}
}

static struct pool *find_pool(const struct supply *supply, uint16_t domid)
{
	struct pool *pool;

	LIST_FOREACH (pool, &supply->pools, link)
		if (pool->domid == domid && !pool->gone)
			return pool;
	return NULL;
}

void supply_domain_gone(struct supply *supply, uint16_t domid)
{
	struct pool *pool = find_pool(supply, domid);

	if (pool)
		end_pool(pool);
}

/* -------- out of a pool and back -------- */

static struct pool *make_pool(struct supply *supply, const struct guest_info *guest)
{
	struct pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return NULL;
	pool->supply = supply;
	pool->domid = guest->domid;
	snprintf(pool->uuid, sizeof pool->uuid, "%s", guest->uuid);
	LIST_INIT(&pool->buffers);
	LIST_INSERT_HEAD(&supply->pools, pool, link);
	return pool;
}

/* Another guest has got the number of one whose end nobody told us of, perhaps. */
static struct pool *pool_of(struct supply *supply, const struct guest_info *guest)
{
	struct pool *pool = find_pool(supply, guest->domid);

	if (!pool || strcmp(pool->uuid, guest->uuid) == 0)
		return pool;
	end_pool(pool);
	return NULL;
}

static struct supplied *best_fit(const struct pool *pool, uint32_t pages)
{
	struct supplied *best = NULL;
	struct supplied *supplied;

	LIST_FOREACH (supplied, &pool->buffers, link)
		if (!supplied->taken && !supplied->key && supplied->pages >= pages &&
		    (!best || supplied->pages < best->pages))
			best = supplied;
	return best;
}

static bool may_have(const struct pool *pool, const struct guest_info *guest, uint32_t pages)
{
	const uint32_t max_pages = guest->policy.max_supplied_pages;
	const uint32_t used = pool ? pool->pages : 0;

	if (pool && pool->n_buffers >= SUPPLY_MAX_BUFFERS_PER_DOMAIN)
		return false;
	return used <= max_pages && pages <= max_pages - used;
}

static struct supplied *make_supplied(struct supply *supply, const struct guest_info *guest,
				      uint32_t pages)
{
	struct supplied *supplied = calloc(1, sizeof *supplied);
	struct pool *pool = find_pool(supply, guest->domid);

	if (!supplied)
		return NULL;
	if (!pool)
		pool = make_pool(supply, guest);
	if (!pool) {
		free(supplied);
		return NULL;
	}
	supplied->pool = pool;
	supplied->supply = supply;
	supplied->domid = guest->domid;
	supplied->pages = pages;
	LIST_INSERT_HEAD(&pool->buffers, supplied, link);
	pool->n_buffers++;
	pool->pages += pages;
	supply->pages += pages;
	return supplied;
}

int supply_take(struct supply *supply, const struct guest_info *guest, uint32_t pages,
		struct supplied **out)
{
	struct pool *pool = pool_of(supply, guest);
	struct supplied *supplied = pool ? best_fit(pool, pages) : NULL;

	if (!supplied) {
		if (!may_have(pool, guest, pages))
			return -ENOSPC;
		supplied = make_supplied(supply, guest, pages);
	}
	if (!supplied)
		return -ENOMEM;
	supplied->taken = true;
	*out = supplied;
	return 0;
}

/* -------- what consumers offer -------- */

static struct supplied *find_offer(const struct supply *supply, uint64_t key)
{
	struct supplied *supplied;
	struct pool *pool;

	LIST_FOREACH (pool, &supply->pools, link)
		LIST_FOREACH (supplied, &pool->buffers, link)
			if (supplied->key == key)
				return supplied;
	return NULL;
}

static int make_offered(struct supply *supply, const struct guest_info *guest,
			const struct supply_offer *offer, struct supplied **out)
{
	const struct pool *pool = pool_of(supply, guest);
	const uint32_t max_pages = guest->policy.max_supplied_pages / 2;
	const uint32_t used = pool ? pool->offered_pages : 0;
	struct supplied *supplied;
	int fd;

	if (used > max_pages || offer->pages > max_pages - used ||
	    !may_have(pool, guest, offer->pages))
		return -ENOSPC;
	fd = fcntl(offer->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	supplied = make_supplied(supply, guest, offer->pages);
	if (!supplied) {
		closer_close(fd, NOBODY);
		return -ENOMEM;
	}
	supplied->key = offer->key;
	supplied->fd = fd;
	supplied->pool->offered_pages += offer->pages;
	*out = supplied;
	return 0;
}

int supply_take_offer(struct supply *supply, const struct guest_info *guest,
		      const struct supply_offer *offer, struct supplied **out)
{
	struct supplied *supplied = find_offer(supply, offer->key);
	int rc = 0;

	if (supplied && (supplied->taken || supplied->pool->gone))
		return -EBUSY;
	if (!supplied)
		rc = make_offered(supply, guest, offer, &supplied);
	if (rc == 0) {
		supplied->taken = true;
		*out = supplied;
	}
	return rc;
}

bool supply_offer_is_taken(const struct supply *supply, uint64_t key)
{
	const struct supplied *supplied = find_offer(supply, key);

	return supplied && supplied->taken;
}

bool supply_offer_is_granted(const struct supply *supply, uint64_t key)
{
	const struct supplied *supplied = find_offer(supply, key);

	return supplied && supplied->import;
}

void supply_end_offer(struct supply *supply, uint64_t key)
{
	struct supplied *supplied = find_offer(supply, key);

	if (!supplied)
		return;
	supplied->ended = true;
	if (!supplied->taken)
		drop(supplied);
}

uint64_t supplied_key(const struct supplied *supplied)
{
	return supplied->key;
}

void *supplied_data(const struct supplied *supplied)
{
	return supplied->key ? supplied->data : xenshbuf_data(supplied->shbuf);
}

int supplied_dmabuf_fd(const struct supplied *supplied)
{
	return supplied->key ? supplied->fd : -ENOTTY;
}

/* It is granted once, and stays so: a guest that never lets go of a page costs us no more than
 * these grants.  Only now it is known to be a dma-buf, so that it cannot shrink under a mapping. */
static int grant_offer(struct supplied *supplied)
{
	const size_t size_bytes = (size_t)supplied->pages * XENSHBUF_PAGE_BYTES;
	uint32_t *grefs = calloc(supplied->pages, sizeof *grefs);
	void *data;
	int rc;

	if (!grefs)
		return -ENOMEM;
	rc = dmabuf_import(&supplied->import, supplied->domid, supplied->fd, grefs,
			   supplied->pages);
	if (rc < 0) {
		free(grefs);
		return rc;
	}
	supplied->grefs = grefs;
	data = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, supplied->fd, 0);
	supplied->data = data == MAP_FAILED ? NULL : data;
	return 0;
}

int supplied_fill(struct supplied *supplied, uint32_t gref_directory, uint32_t size_bytes)
{
	struct gnttab *gnttab = supplied->supply->xen->gnttab;
	int rc = 0;

	if (!supplied->key)
		return gnttab_provide_buffer(gnttab, supplied->domid, gref_directory, size_bytes,
					     &supplied->shbuf);
	if (!supplied->import)
		rc = grant_offer(supplied);
	return rc < 0 ? rc
		      : gnttab_provide_refs(gnttab, supplied->domid, gref_directory, size_bytes,
					    supplied->grefs);
}

struct xenshbuf *supplied_shbuf(const struct supplied *supplied)
{
	return supplied->shbuf;
}

void supply_give_back(struct supplied *supplied)
{
	supplied->taken = false;
	if ((!supplied->shbuf && !supplied->import) || supplied->pool->gone || supplied->ended)
		drop(supplied);
}

/* -------- all of them -------- */

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
		struct supplied *supplied = LIST_FIRST(&pool->buffers);

		pool->gone = true;
		if (supplied) {
			leave_pool(supplied);
			run_free(&supplied->job);
			on_freed(&supplied->job);
		} else {
			free_if_unused(pool);
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
