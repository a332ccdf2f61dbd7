/* SPDX-License-Identifier: MIT */
/* See supply-rig.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supply-rig.h"
#include "test.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xen/xen.h"
#include "xenshbuf.h"

struct xenshbuf {
	uint16_t domid;
	uint32_t pages;
	uint8_t content;
};

struct supply_kernel kernel;

static STAILQ_HEAD(, job) jobs = STAILQ_HEAD_INITIALIZER(jobs);
static struct xen xen;
struct supply *supply;

int gnttab_provide_buffer(struct gnttab *, uint16_t domid, uint32_t, uint32_t size_bytes,
			  struct xenshbuf **buf)
{
	if (kernel.rc < 0)
		return kernel.rc;
	if (!*buf) {
		*buf = calloc(1, sizeof **buf);
		assert_non_null(*buf);
		(*buf)->domid = domid;
		(*buf)->pages = xenshbuf_pages(size_bytes);
		kernel.n_buffers++;
		kernel.n_made++;
		kernel.n_pages += (*buf)->pages;
	}
	assert_int_equal((*buf)->domid, domid);
	assert_true(xenshbuf_pages(size_bytes) <= (*buf)->pages);
	(*buf)->content = 0;
	return 0;
}

int gnttab_provide_refs(struct gnttab *, uint16_t, uint32_t, uint32_t, const uint32_t *)
{
	assert_true(kernel.n_imports > 0);
	return kernel.rc;
}

int dmabuf_import(struct dmabuf_import **out, uint16_t, int, uint32_t *, uint32_t)
{
	if (kernel.import_rc < 0)
		return kernel.import_rc;
	*out = malloc(1);
	kernel.n_imports++;
	kernel.n_imported++;
	return 0;
}

int dmabuf_import_end(struct dmabuf_import *import)
{
	if (!import)
		return 0;
	free(import);
	kernel.n_imports--;
	return 0;
}

void *xenshbuf_data(const struct xenshbuf *)
{
	return NULL;
}

int xenshbuf_unmap(struct xenshbuf *buf)
{
	if (!buf)
		return 0;
	kernel.n_buffers--;
	kernel.n_pages -= buf->pages;
	free(buf);
	return 0;
}

int xenshbuf_gntalloc_limit(uint32_t *pages)
{
	*pages = kernel.limit;
	return kernel.limit_rc;
}

void worker_submit(struct worker *, struct job *job)
{
	STAILQ_INSERT_TAIL(&jobs, job, link);
}

void work(void)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&jobs))) {
		STAILQ_REMOVE_HEAD(&jobs, link);
		job->run(job);
		job->done(job);
	}
}

int supply_setup(void **)
{
	memset(&kernel, 0, sizeof kernel);
	return supply_create(&supply, &xen);
}

int supply_teardown(void **)
{
	work();
	supply_destroy(supply);
	assert_int_equal(kernel.n_buffers, 0);
	assert_int_equal(kernel.n_pages, 0);
	assert_int_equal(kernel.n_imports, 0);
	return 0;
}

struct guest_info guest_of(uint16_t domid, uint32_t max_pages)
{
	struct guest_info guest = {domid, "guest", "", GUEST_POLICY_INIT};

	guest.policy.max_supplied_pages = max_pages;
	return guest;
}

struct pooled *get(const struct guest_info *guest, uint32_t pages)
{
	struct pooled *supplied = NULL;

	assert_int_equal(pool_take(supply, guest, pages, &supplied), 0);
	assert_int_equal(pool_fill(supplied, 1, pages * 4096), 0);
	return supplied;
}

int take_rc(const struct guest_info *guest, uint32_t pages)
{
	struct pooled *supplied = NULL;

	return pool_take(supply, guest, pages, &supplied);
}
