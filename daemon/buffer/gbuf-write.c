/* SPDX-License-Identifier: MIT */
/* See gbuf.h: writing. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "buffer/gbuf.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xenshbuf.h"

/* The worker keeps the order of jobs: gbuf is unmapped after this job. */
struct put {
	struct job job;
	struct gnttab *gnttab;
	struct gbuf *gbuf;
	uint32_t offset_bytes;
	uint32_t n_bytes;
	int rc;
	void (*written)(int rc, void *data);
	void *data;
	uint8_t bytes[];
};

/* Use the grefs read when the buffer was mapped; do not read the directory again. */
static int put_into_page(const struct put *put, uint32_t offset_bytes, const uint8_t *bytes,
			 uint32_t n_bytes)
{
	const uint32_t gref = gbuf_grefs(put->gbuf)[offset_bytes / XENSHBUF_PAGE_BYTES];
	void *page;
	int rc;

	rc = gnttab_map_page(put->gnttab, gbuf_domid(put->gbuf), gref, &page);
	if (rc < 0)
		return rc;
	memcpy((uint8_t *)page + offset_bytes % XENSHBUF_PAGE_BYTES, bytes, n_bytes);
	gnttab_unmap_page(put->gnttab, page);
	return 0;
}

/* On the worker. */
static void run_put(struct job *job)
{
	struct put *put = CONTAINER(job, struct put, job);
	uint32_t done = 0;

	if (gbuf_is_writable(put->gbuf)) {
		memcpy((uint8_t *)gbuf_data(put->gbuf) + put->offset_bytes, put->bytes,
		       put->n_bytes);
		return;
	}
	while (done < put->n_bytes && put->rc == 0) {
		const uint32_t at = put->offset_bytes + done;
		uint32_t n = XENSHBUF_PAGE_BYTES - at % XENSHBUF_PAGE_BYTES;

		if (n > put->n_bytes - done)
			n = put->n_bytes - done;
		put->rc = put_into_page(put, at, put->bytes + done, n);
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
	const uint32_t size_bytes = gbuf_size_bytes(gbuf);
	struct put *put;

	if (gbuf_kind(gbuf) != GBUF_MAPPED || offset_bytes > size_bytes ||
	    n_bytes > size_bytes - offset_bytes)
		return -EINVAL;
	put = calloc(1, sizeof *put + n_bytes);
	if (!put)
		return -ENOMEM;
	put->gnttab = xen->gnttab;
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
