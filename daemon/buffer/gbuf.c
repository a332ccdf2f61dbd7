/* SPDX-License-Identifier: MIT */
/*
 * See gbuf.h.  A gbuf is its own job, first for mapping, later for unmapping, so it needs nobody
 * once it is under way: a device may be gone before its buffers are.
 *
 * The pages are charged to the domain before the mapping is tried and given back when they are
 * unmapped, not when that is asked for: what counts is what really is mapped.
 *
 * A supplied buffer is unmapped by nobody; but it takes the way over the worker all the same before
 * it goes back to its pool, so that whatever was to be read from it has been.
 */
#include <config.h>

#include <errno.h>
#include <linux/dma-buf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "buffer/account.h"
#include "buffer/gbuf.h"
#include "buffer/supply.h"
#include "config/policy.h"
#include "report/log.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xenshbuf.h"

/* So long a dma-buf is waited for whose consumers have said that they are done with it, and in such
 * steps.  Guests wait for three seconds. */
#define DMABUF_MS      500
#define DMABUF_WAIT_MS 5

struct gbuf {
	struct job job;
	struct gnttab *gnttab;
	uint16_t domid;
	uint32_t gref_directory;
	uint32_t size_bytes;
	bool writable;
	int rc;
	struct supplied *supplied; /* NULL for one of the guest's own memory */
	struct xenshbuf *shbuf;    /* NULL in the stand-in that unmaps nothing */
	struct dmabuf *dmabuf;     /* the worker's; NULL when it never was one */
	struct worker *worker;     /* while it is unmapped */
	uint64_t until_ns;         /* that its dma-buf is waited for */
	unsigned n_held;           /* those who read from it */
	bool leaving;              /* it is to be unmapped when they are done */
	gbuf_mapped mapped;
	void (*unmapped)(void *data);
	void *data;
};

/* On the worker. */
static void run_map(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);

	gbuf->rc = gnttab_map_buffer(gbuf->gnttab, gbuf->domid, gbuf->gref_directory,
				     gbuf->size_bytes, gbuf->writable, &gbuf->shbuf);
}

static void on_mapped(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);
	gbuf_mapped mapped = gbuf->mapped;
	void *data = gbuf->data;
	int rc = gbuf->rc;

	if (rc < 0) {
		if (gbuf->supplied)
			supply_give_back(gbuf->supplied);
		else
			account_uncharge(gbuf->domid, xenshbuf_pages(gbuf->size_bytes));
		free(gbuf);
		gbuf = NULL;
	}
	mapped(gbuf, rc, data);
}

static struct gbuf *make(const struct guest_info *guest, uint32_t gref_directory,
			 uint32_t size_bytes, gbuf_mapped mapped, void *data)
{
	struct gbuf *gbuf = calloc(1, sizeof *gbuf);

	if (!gbuf)
		return NULL;
	gbuf->domid = guest->domid;
	gbuf->gref_directory = gref_directory;
	gbuf->size_bytes = size_bytes;
	gbuf->mapped = mapped;
	gbuf->data = data;
	gbuf->job.done = on_mapped;
	return gbuf;
}

int gbuf_map(const struct xen *xen, const struct guest_info *guest, uint32_t gref_directory,
	     uint32_t size_bytes, bool writable, gbuf_mapped mapped, void *data)
{
	struct gbuf *gbuf;
	int rc;

	if (size_bytes == 0)
		return -EINVAL;
	gbuf = make(guest, gref_directory, size_bytes, mapped, data);
	if (!gbuf)
		return -ENOMEM;
	rc = account_charge(guest, xenshbuf_pages(size_bytes));
	if (rc < 0) {
		free(gbuf);
		return rc;
	}
	gbuf->gnttab = xen->gnttab;
	gbuf->writable = writable;
	gbuf->job.run = run_map;
	worker_submit(xen->worker, &gbuf->job);
	return 0;
}

/* On the worker. */
static void run_supply(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);

	gbuf->rc = supplied_fill(gbuf->supplied, gbuf->gref_directory, gbuf->size_bytes);
	gbuf->shbuf = supplied_shbuf(gbuf->supplied);
}

/* offer NULL: from the pool. */
static int start_supply(struct supply *supply, const struct guest_info *guest,
			const struct supply_offer *offer, uint32_t gref_directory,
			uint32_t size_bytes, gbuf_mapped mapped, void *data)
{
	struct gbuf *gbuf;
	int rc;

	if (size_bytes == 0)
		return -EINVAL;
	gbuf = make(guest, gref_directory, size_bytes, mapped, data);
	if (!gbuf)
		return -ENOMEM;
	if (offer)
		rc = supply_take_offer(supply, guest, offer, &gbuf->supplied);
	else
		rc = supply_take(supply, guest, xenshbuf_pages(size_bytes), &gbuf->supplied);
	if (rc < 0) {
		free(gbuf);
		return rc;
	}
	gbuf->writable = true;
	gbuf->job.run = run_supply;
	worker_submit(supply_xen(supply)->worker, &gbuf->job);
	return 0;
}

int gbuf_supply(struct supply *supply, const struct guest_info *guest, uint32_t gref_directory,
		uint32_t size_bytes, gbuf_mapped mapped, void *data)
{
	return start_supply(supply, guest, NULL, gref_directory, size_bytes, mapped, data);
}

int gbuf_supply_offer(struct supply *supply, const struct guest_info *guest,
		      const struct supply_offer *offer, uint32_t gref_directory,
		      uint32_t size_bytes, gbuf_mapped mapped, void *data)
{
	if (xenshbuf_pages(size_bytes) > offer->pages)
		return -EINVAL;
	return start_supply(supply, guest, offer, gref_directory, size_bytes, mapped, data);
}

uint64_t gbuf_offer_key(const struct gbuf *gbuf)
{
	return gbuf->supplied ? supplied_key(gbuf->supplied) : 0;
}

/* On the worker. */
static void run_unmap(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);

	/* A little at a time, because other guests' jobs wait behind this one. */
	gbuf->rc = gbuf->dmabuf ? dmabuf_release(gbuf->dmabuf, DMABUF_WAIT_MS) : 0;
	if (gbuf->rc == -ETIMEDOUT && now_ns() < gbuf->until_ns)
		return;
	dmabuf_free(gbuf->dmabuf);
	gbuf->dmabuf = NULL;
	gbuf->rc = gbuf->supplied ? 0 : xenshbuf_unmap(gbuf->shbuf);
}

static void on_unmapped(struct job *job)
{
	struct gbuf *gbuf = CONTAINER(job, struct gbuf, job);
	void (*unmapped)(void *data) = gbuf->unmapped;
	void *data = gbuf->data;

	if (gbuf->dmabuf) {
		worker_submit(gbuf->worker, &gbuf->job);
		return;
	}
	/* Pages that the kernel would not give up stay on the account: they are still mapped. */
	if (gbuf->supplied)
		supply_give_back(gbuf->supplied);
	else if (gbuf->rc < 0)
		log_err("Could not unmap a buffer of domain %u: %s", gbuf->domid,
			strerror(-gbuf->rc));
	else if (gbuf->shbuf)
		account_uncharge(gbuf->domid, xenshbuf_pages(gbuf->size_bytes));
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
		/* Nothing to unmap, and no memory to take the long way. */
		unmapped(data);
		return;
	}
	gbuf->unmapped = unmapped;
	gbuf->data = data;
	gbuf->worker = xen->worker;
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
		worker_submit(gbuf->worker, &gbuf->job);
}

const char *gbuf_explain(const struct guest_info *guest, uint32_t size_bytes, int rc)
{
	static char full[160];

	if (rc == -ENOSPC) {
		account_explain(guest, xenshbuf_pages(size_bytes), full, sizeof full);
		return full;
	}
	/* gntdev does not say which of the two it is. */
	if (rc == -EFAULT)
		return "a page is not granted to us, or Xen can map no more for us "
		       "(gnttab_max_maptrack_frames= on Xen's command line)";
	if (rc == -EINVAL)
		return "its page directory makes no sense";
	if (rc == -ENOMEM)
		return "there is no memory to map its pages";
	return "its pages cannot be mapped";
}

/* -------- writing -------- */

/* The worker keeps order: gbuf is unmapped after this, if at all, and freed later still. */
struct put {
	struct job job;
	struct gbuf *gbuf;
	uint32_t offset_bytes;
	uint32_t n_bytes;
	int rc;
	void (*written)(int rc, void *data);
	void *data;
	uint8_t bytes[];
};

/* By the grefs that the directory had when the buffer was mapped; it is not read again. */
static int put_into_page(const struct gbuf *gbuf, uint32_t offset_bytes, const uint8_t *bytes,
			 uint32_t n_bytes)
{
	const uint32_t gref = xenshbuf_grefs(gbuf->shbuf)[offset_bytes / XENSHBUF_PAGE_BYTES];
	void *page;
	int rc;

	rc = gnttab_map_page(gbuf->gnttab, gbuf->domid, gref, &page);
	if (rc < 0)
		return rc;
	memcpy((uint8_t *)page + offset_bytes % XENSHBUF_PAGE_BYTES, bytes, n_bytes);
	gnttab_unmap_page(gbuf->gnttab, page);
	return 0;
}

/* On the worker. */
static void run_put(struct job *job)
{
	struct put *put = CONTAINER(job, struct put, job);
	uint32_t done = 0;

	if (put->gbuf->writable) {
		memcpy((uint8_t *)gbuf_data(put->gbuf) + put->offset_bytes, put->bytes,
		       put->n_bytes);
		return;
	}
	while (done < put->n_bytes && put->rc == 0) {
		const uint32_t at = put->offset_bytes + done;
		uint32_t n = XENSHBUF_PAGE_BYTES - at % XENSHBUF_PAGE_BYTES;

		if (n > put->n_bytes - done)
			n = put->n_bytes - done;
		put->rc = put_into_page(put->gbuf, at, put->bytes + done, n);
		done += n;
	}
}

static void on_put(struct job *job)
{
	struct put *put = CONTAINER(job, struct put, job);
	void (*written)(int rc, void *data) = put->written;
	void *data = put->data;
	int rc = put->rc;

	free(put);
	written(rc, data);
}

int gbuf_write(const struct xen *xen, struct gbuf *gbuf, uint32_t offset_bytes, const void *bytes,
	       uint32_t n_bytes, void (*written)(int rc, void *data), void *data)
{
	struct put *put;

	if (offset_bytes > gbuf->size_bytes || n_bytes > gbuf->size_bytes - offset_bytes)
		return -EINVAL;
	put = calloc(1, sizeof *put + n_bytes);
	if (!put)
		return -ENOMEM;
	put->gbuf = gbuf;
	put->offset_bytes = offset_bytes;
	put->n_bytes = n_bytes;
	put->written = written;
	put->data = data;
	memcpy(put->bytes, bytes, n_bytes);
	put->job.run = run_put;
	put->job.done = on_put;
	worker_submit(xen->worker, &put->job);
	return 0;
}

/* -------- lending -------- */

int gbuf_charge_lent(const struct gbuf *gbuf)
{
	const uint32_t pages = xenshbuf_pages(gbuf->size_bytes);
	int rc = account_charge_lent(gbuf->domid, pages);

	return rc < 0 ? rc : (int)pages;
}

int gbuf_dmabuf_fd(struct gbuf *gbuf)
{
	int rc = 0;

	if (gbuf->supplied)
		return supplied_dmabuf_fd(gbuf->supplied);
	if (!gbuf->dmabuf)
		rc = dmabuf_export(&gbuf->dmabuf, gbuf->domid, gbuf_grefs(gbuf),
				   xenshbuf_pages(gbuf->size_bytes));
	return rc < 0 ? rc : dmabuf_fd(gbuf->dmabuf);
}

/* -------- reading -------- */

/* Some dma-bufs need nothing of this, and say so. */
static void sync_read(const struct gbuf *gbuf, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_READ | flags};

	if (gbuf_offer_key(gbuf))
		(void)ioctl(supplied_dmabuf_fd(gbuf->supplied), DMA_BUF_IOCTL_SYNC, &sync);
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

/* -------- what it is -------- */

void *gbuf_data(const struct gbuf *gbuf)
{
	return gbuf->supplied ? supplied_data(gbuf->supplied) : xenshbuf_data(gbuf->shbuf);
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
	return xenshbuf_grefs(gbuf->shbuf);
}

int gbuf_gntalloc_fd(const struct gbuf *gbuf, uint64_t *offset_bytes)
{
	if (gbuf_offer_key(gbuf))
		return -ENOTTY;
	*offset_bytes = xenshbuf_gntalloc_offset(gbuf->shbuf);
	return xenshbuf_gntalloc_fd(gbuf->shbuf);
}
