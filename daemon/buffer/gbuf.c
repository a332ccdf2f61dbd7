/* SPDX-License-Identifier: MIT */
/*
 * See gbuf.h.  A gbuf is its own job for mapping and unmapping, so a device may be destroyed before
 * its buffers are.  The domain is charged before the mapping is tried and until the pages are
 * unmapped.  A supplied buffer passes the worker, too, before it returns to its pool: all jobs that
 * read it have run by then.
 */
#include <config.h>

#include <errno.h>
#include <linux/dma-buf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/container.h"
#include "buffer/account.h"
#include "buffer/gbuf.h"
#include "buffer/offer.h"
#include "buffer/pool.h"
#include "config/policy.h"
#include "report/log.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xenshbuf.h"

/* How long to wait for a dma-buf whose consumers say they are done, and the step of the wait.  The
 * guest's driver waits for three seconds. */
#define DMABUF_MS      500
#define DMABUF_WAIT_MS 5

struct gbuf {
	struct job job;
	const struct xen *xen;
	enum gbuf_kind kind;
	uint16_t domid;
	uint32_t gref_directory;
	uint32_t size_bytes; /* 0: nothing to unmap */
	bool writable;
	int rc;
	struct pooled *pooled;  /* NULL: GBUF_MAPPED */
	struct xenshbuf *shbuf; /* NULL: GBUF_OFFERED */
	struct dmabuf *dmabuf;  /* used on the worker; NULL: never exported */
	uint64_t until_ns;      /* end of the wait for the dma-buf */
	unsigned n_held;        /* holders */
	bool leaving;           /* unmap when the last holder lets go */
	gbuf_mapped mapped;
	void (*unmapped)(void *data);
	void *data;
};

/* On the worker. */
static void run_map(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);

	switch (gbuf->kind) {
	case GBUF_MAPPED:
		gbuf->rc = gnttab_map_buffer(gbuf->xen->gnttab, gbuf->domid, gbuf->gref_directory,
					     gbuf->size_bytes, gbuf->writable, &gbuf->shbuf);
		break;
	case GBUF_SUPPLIED:
		gbuf->rc = pool_fill(gbuf->pooled, gbuf->gref_directory, gbuf->size_bytes);
		gbuf->shbuf = pool_shbuf(gbuf->pooled);
		break;
	case GBUF_OFFERED:
		gbuf->rc = offer_fill(gbuf->pooled, gbuf->gref_directory, gbuf->size_bytes);
		break;
	}
}

static void give_back(struct gbuf *gbuf)
{
	if (gbuf->kind == GBUF_MAPPED)
		account_uncharge_mapped(gbuf->domid, xenshbuf_pages(gbuf->size_bytes));
	else
		pool_give_back(gbuf->pooled);
}

static void on_mapped(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);
	gbuf_mapped mapped = gbuf->mapped;
	void *data = gbuf->data;
	int rc = gbuf->rc;

	if (rc < 0) {
		give_back(gbuf);
		free(gbuf);
		gbuf = NULL;
	} else if (gbuf->pooled) {
		pool_filled(gbuf->pooled);
	}
	mapped(gbuf, rc, data);
}

static int charge(struct gbuf *gbuf, const struct guest_info *guest, struct supply *supply,
		  const struct supply_offer *offer)
{
	const uint32_t pages = xenshbuf_pages(gbuf->size_bytes);

	switch (gbuf->kind) {
	case GBUF_MAPPED:
		return account_charge_mapped(guest, pages);
	case GBUF_SUPPLIED:
		return pool_take(supply, guest, pages, &gbuf->pooled);
	case GBUF_OFFERED:
		return pages > offer->pages ? -EINVAL
					    : offer_take(supply, guest, offer, &gbuf->pooled);
	}
	return -EINVAL;
}

static int start(const struct gbuf *init, const struct guest_info *guest, struct supply *supply,
		 const struct supply_offer *offer)
{
	struct gbuf *gbuf;
	int rc;

	if (init->size_bytes == 0)
		return -EINVAL;
	gbuf = malloc(sizeof *gbuf);
	if (!gbuf)
		return -ENOMEM;
	*gbuf = *init;
	gbuf->domid = guest->domid;
	gbuf->job.run = run_map;
	gbuf->job.done = on_mapped;
	rc = charge(gbuf, guest, supply, offer);
	if (rc == 0)
		worker_submit(gbuf->xen->worker, &gbuf->job);
	else
		free(gbuf);
	return rc;
}

int gbuf_map(const struct xen *xen, const struct guest_info *guest, uint32_t gref_directory,
	     uint32_t size_bytes, bool writable, gbuf_mapped mapped, void *data)
{
	const struct gbuf init = {
		.kind = GBUF_MAPPED,
		.xen = xen,
		.gref_directory = gref_directory,
		.size_bytes = size_bytes,
		.writable = writable,
		.mapped = mapped,
		.data = data,
	};

	return start(&init, guest, NULL, NULL);
}

int gbuf_supply(struct supply *supply, const struct guest_info *guest,
		const struct supply_offer *offer, uint32_t gref_directory, uint32_t size_bytes,
		gbuf_mapped mapped, void *data)
{
	const struct gbuf init = {
		.kind = offer ? GBUF_OFFERED : GBUF_SUPPLIED,
		.xen = supply_xen(supply),
		.gref_directory = gref_directory,
		.size_bytes = size_bytes,
		.mapped = mapped,
		.data = data,
	};

	return start(&init, guest, supply, offer);
}

int gbuf_recall(struct gbuf **out, struct supply *supply, const struct guest_info *guest,
		uint32_t number, uint32_t gref_directory, uint32_t size_bytes)
{
	struct gbuf *gbuf;
	int rc;

	if (size_bytes == 0)
		return -EINVAL;
	gbuf = malloc(sizeof *gbuf);
	if (!gbuf)
		return -ENOMEM;
	*gbuf = (struct gbuf){
		.kind = GBUF_SUPPLIED,
		.xen = supply_xen(supply),
		.domid = guest->domid,
		.gref_directory = gref_directory,
		.size_bytes = size_bytes,
	};
	rc = pool_take_again(supply, guest, number, xenshbuf_pages(size_bytes), &gbuf->pooled);
	if (rc < 0) {
		free(gbuf);
		return rc;
	}
	gbuf->shbuf = pool_shbuf(gbuf->pooled);
	*out = gbuf;
	return 0;
}

/* On the worker. */
static void run_unmap(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);

	/* In short steps, because other guests' jobs wait behind this one. */
	gbuf->rc = gbuf->dmabuf ? dmabuf_release(gbuf->dmabuf, DMABUF_WAIT_MS) : 0;
	if (gbuf->rc == -ETIMEDOUT && now_ns() < gbuf->until_ns)
		return;
	dmabuf_free(gbuf->dmabuf);
	gbuf->dmabuf = NULL;
	gbuf->rc = gbuf->kind == GBUF_MAPPED ? xenshbuf_unmap(gbuf->shbuf) : 0;
}

static void on_unmapped(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);
	void (*unmapped)(void *data) = gbuf->unmapped;
	void *data = gbuf->data;

	if (gbuf->dmabuf) {
		worker_submit(gbuf->xen->worker, &gbuf->job);
		return;
	}
	/* Pages that the kernel did not unmap stay charged. */
	if (gbuf->rc < 0)
		log_err("Could not unmap a buffer of domain %u: %s", gbuf->domid,
			strerror(-gbuf->rc));
	else if (gbuf->size_bytes > 0)
		give_back(gbuf);
	free(gbuf);
	if (unmapped)
		unmapped(data);
}

void gbuf_unmap(const struct xen *xen, struct gbuf *gbuf, void (*unmapped)(void *data), void *data)
{
	if (!gbuf && !unmapped)
		return;
	if (!gbuf)
		gbuf = calloc(1, sizeof *gbuf);
	if (!gbuf) {
		/* Out of memory: call unmapped without the worker. */
		unmapped(data);
		return;
	}
	gbuf->unmapped = unmapped;
	gbuf->data = data;
	gbuf->xen = xen;
	gbuf->until_ns = now_ns() + DMABUF_MS * NS_PER_MS;
	gbuf->job.run = run_unmap;
	gbuf->job.done = on_unmapped;
	gbuf->leaving = gbuf->n_held > 0;
	if (!gbuf->leaving)
		worker_submit(xen->worker, &gbuf->job);
}

void gbuf_hold(struct gbuf *gbuf)
{
	gbuf->n_held++;
}

void gbuf_let_go(struct gbuf *gbuf)
{
	if (--gbuf->n_held == 0 && gbuf->leaving)
		worker_submit(gbuf->xen->worker, &gbuf->job);
}

const char *gbuf_explain(const struct guest_info *guest, uint32_t size_bytes, int rc)
{
	static char full[160];

	if (rc == -ENOSPC) {
		account_explain(guest, xenshbuf_pages(size_bytes), full, sizeof full);
		return full;
	}
	/* gntdev reports the same error for both causes. */
	if (rc == -EFAULT)
		return "a page is not granted to this domain, or Xen maps no more for it "
		       "(gnttab_max_maptrack_frames= on Xen's command line)";
	if (rc == -EINVAL)
		return "its page directory is invalid";
	if (rc == -ENOMEM)
		return "no memory to map its pages";
	return "its pages cannot be mapped";
}

/* -------- reading -------- */

/* Some dma-bufs do not need it and fail; errors are ignored. */
static void sync_read(const struct gbuf *gbuf, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_READ | flags};

	if (gbuf->kind == GBUF_OFFERED)
		(void)ioctl(offer_fd(gbuf->pooled), DMA_BUF_IOCTL_SYNC, &sync);
}

const void *gbuf_begin_read(const struct gbuf *gbuf)
{
	sync_read(gbuf, DMA_BUF_SYNC_START);
	return gbuf_data(gbuf);
}

void gbuf_end_read(const struct gbuf *gbuf)
{
	sync_read(gbuf, DMA_BUF_SYNC_END);
}

/* -------- properties -------- */

enum gbuf_kind gbuf_kind(const struct gbuf *gbuf)
{
	return gbuf->kind;
}

uint32_t gbuf_number(const struct gbuf *gbuf)
{
	return gbuf->pooled ? gbuf->pooled->number : 0;
}

uint64_t gbuf_offer_key(const struct gbuf *gbuf)
{
	return gbuf->kind == GBUF_OFFERED ? gbuf->pooled->key : 0;
}

void *gbuf_data(const struct gbuf *gbuf)
{
	return gbuf->kind == GBUF_OFFERED ? offer_data(gbuf->pooled) : xenshbuf_data(gbuf->shbuf);
}

bool gbuf_is_writable(const struct gbuf *gbuf)
{
	return gbuf->writable;
}

uint32_t gbuf_size_bytes(const struct gbuf *gbuf)
{
	return gbuf->size_bytes;
}

uint16_t gbuf_domid(const struct gbuf *gbuf)
{
	return gbuf->domid;
}

const uint32_t *gbuf_grefs(const struct gbuf *gbuf)
{
	return gbuf->kind == GBUF_OFFERED ? offer_grefs(gbuf->pooled) : xenshbuf_grefs(gbuf->shbuf);
}

int gbuf_gntalloc_fd(const struct gbuf *gbuf, uint64_t *offset_bytes)
{
	if (gbuf->kind != GBUF_SUPPLIED)
		return -ENOTTY;
	*offset_bytes = xenshbuf_gntalloc_offset(gbuf->shbuf);
	return xenshbuf_gntalloc_fd(gbuf->shbuf);
}

int gbuf_dmabuf_fd(struct gbuf *gbuf)
{
	int rc = 0;

	switch (gbuf->kind) {
	case GBUF_MAPPED:
		if (!gbuf->dmabuf)
			rc = dmabuf_export(&gbuf->dmabuf, gbuf->domid, gbuf_grefs(gbuf),
					   xenshbuf_pages(gbuf->size_bytes));
		return rc < 0 ? rc : dmabuf_fd(gbuf->dmabuf);
	case GBUF_OFFERED:
		return offer_fd(gbuf->pooled);
	case GBUF_SUPPLIED:
		break;
	}
	return -ENOTTY;
}
