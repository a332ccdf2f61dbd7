/* SPDX-License-Identifier: MIT */
/* See offer.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/closer.h"
#include "base/container.h"
#include "buffer/offer.h"
#include "buffer/pool.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xen/xen.h"
#include "xenshbuf.h"

struct offered {
	struct pooled pooled;
	int fd;
	struct dmabuf_import *import;
	uint32_t *grefs;
	void *data;
};

static struct offered *offered_of(struct pooled *pooled)
{
	return CONTAINER(pooled, struct offered, pooled);
}

static int release(struct pooled *pooled)
{
	struct offered *offered = offered_of(pooled);
	const int rc = dmabuf_import_end(offered->import); /* before fd is closed */

	if (offered->data)
		munmap(offered->data, (size_t)pooled->pages * XENSHBUF_PAGE_BYTES);
	closer_close(offered->fd, NOBODY);
	free(offered->grefs);
	return rc;
}

static int add(struct supply *supply, const struct guest_info *guest,
	       const struct supply_offer *offer, struct pooled **out)
{
	struct offered *offered = calloc(1, sizeof *offered);
	int rc;

	if (!offered)
		return -ENOMEM;
	offered->pooled.key = offer->key;
	offered->pooled.pages = offer->pages;
	offered->pooled.release = release;
	offered->fd = fcntl(offer->fd, F_DUPFD_CLOEXEC, 0);
	rc = offered->fd < 0 ? -errno : pool_add(supply, guest, &offered->pooled);
	if (rc == 0) {
		*out = &offered->pooled;
		return 0;
	}
	if (offered->fd >= 0)
		closer_close(offered->fd, NOBODY);
	free(offered);
	return rc;
}

int offer_take(struct supply *supply, const struct guest_info *guest,
	       const struct supply_offer *offer, struct pooled **out)
{
	struct pooled *pooled = pool_find_offer(supply, offer->key);

	if (!pooled)
		return add(supply, guest, offer, out);
	if (!pool_may_take(pooled))
		return -EBUSY;
	pooled->taken = true;
	*out = pooled;
	return 0;
}

/* Grant the dma-buf once and for all: a guest that never unmaps a page costs no more than these
 * grants.  Map it only after the import has proved that it is a dma-buf, which cannot shrink. */
static int grant(struct offered *offered)
{
	struct pooled *pooled = &offered->pooled;
	const size_t size_bytes = (size_t)pooled->pages * XENSHBUF_PAGE_BYTES;
	uint32_t *grefs = calloc(pooled->pages, sizeof *grefs);
	void *data;
	int rc;

	if (!grefs)
		return -ENOMEM;
	rc = dmabuf_import(&offered->import, pooled->domid, offered->fd, grefs, pooled->pages);
	if (rc < 0) {
		free(grefs);
		return rc;
	}
	offered->grefs = grefs;
	data = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, offered->fd, 0);
	offered->data = data == MAP_FAILED ? NULL : data;
	pooled->filled = true;
	return 0;
}

int offer_fill(struct pooled *pooled, uint32_t gref_directory, uint32_t size_bytes)
{
	struct offered *offered = offered_of(pooled);
	int rc = pooled->filled ? 0 : grant(offered);

	return rc < 0 ? rc
		      : gnttab_provide_refs(pooled->xen->gnttab, pooled->domid, gref_directory,
					    size_bytes, offered->grefs);
}

bool supply_offer_is_taken(const struct supply *supply, uint64_t key)
{
	const struct pooled *pooled = pool_find_offer(supply, key);

	return pooled && pooled->taken;
}

bool supply_offer_is_granted(const struct supply *supply, uint64_t key)
{
	const struct pooled *pooled = pool_find_offer(supply, key);

	return pooled && pooled->filled;
}

void supply_end_offer(struct supply *supply, uint64_t key)
{
	struct pooled *pooled = pool_find_offer(supply, key);

	if (pooled)
		pool_end(pooled);
}

void *offer_data(struct pooled *pooled)
{
	return offered_of(pooled)->data;
}

const uint32_t *offer_grefs(struct pooled *pooled)
{
	return offered_of(pooled)->grefs;
}

int offer_fd(struct pooled *pooled)
{
	return offered_of(pooled)->fd;
}
