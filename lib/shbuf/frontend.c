/* SPDX-License-Identifier: MIT */
/*
 * The frontend's end of a buffer, for frontends in user space and tests: grants and directory as a
 * guest's kernel makes them with xen-front-pgdir-shbuf.  See xenshbuf.h.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <xengnttab.h>

#include "shbuf/gntalloc.h"
#include "shbuf/mapping.h"
#include "shbuf/pgdir.h"
#include "xenshbuf.h"

struct xenshbuf_front {
	uint32_t domid;
	uint32_t n_pages;
	uint32_t dir_at; /* first page of the directory in mem: behind the buffer, or 0 */
	bool be_alloc;
	struct gntalloc mem;

	/* With be_alloc, while mapped: */
	xengnttab_handle *xgt;
	uint32_t *grefs;
	void *mapped;
};

static volatile struct pgdir_page *dir_page(const struct xenshbuf_front *front, uint32_t dir_idx)
{
	size_t at = (size_t)front->dir_at + dir_idx;

	return (volatile struct pgdir_page *)front->mem.data + at;
}

static void fill_directory(struct xenshbuf_front *front)
{
	uint32_t n_dir = xenshbuf_dir_pages(front->n_pages);
	const uint32_t *dirs = front->mem.grefs + front->dir_at;
	uint32_t i;

	for (i = 0; i < n_dir; i++) {
		pgdir_put_link(dir_page(front, i), i, front->n_pages, dirs);
		if (!front->be_alloc)
			pgdir_put_grefs(dir_page(front, i), i, front->n_pages, front->mem.grefs);
	}
}

/* Read the grefs that the backend wrote.  The links are our own and need no check. */
static int collect_grefs(const struct xenshbuf_front *front, uint32_t *grefs)
{
	uint32_t n_dir = xenshbuf_dir_pages(front->n_pages);
	struct pgdir_page copy;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < n_dir && rc == 0; i++) {
		pgdir_snapshot(&copy, dir_page(front, i));
		rc = pgdir_get_grefs(&copy, i, front->n_pages, grefs);
	}
	return rc;
}

int xenshbuf_front_alloc(struct xenshbuf_front **out, uint32_t domid, uint32_t size_bytes,
			 int be_alloc)
{
	uint32_t n_pages = xenshbuf_pages(size_bytes);
	struct xenshbuf_front *front;
	int rc;

	if (!n_pages || domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (n_pages > XENSHBUF_MAX_PAGES)
		return -E2BIG;

	front = calloc(1, sizeof *front);
	if (!front)
		return -ENOMEM;
	front->domid = domid;
	front->n_pages = n_pages;
	front->be_alloc = be_alloc;
	front->dir_at = be_alloc ? 0 : n_pages;
	rc = gntalloc_share(&front->mem, domid, front->dir_at + xenshbuf_dir_pages(n_pages));
	if (rc < 0) {
		free(front);
		return rc;
	}
	fill_directory(front);
	*out = front;
	return 0;
}

uint32_t xenshbuf_front_dir_start(const struct xenshbuf_front *front)
{
	return front->mem.grefs[front->dir_at];
}

int xenshbuf_front_map(struct xenshbuf_front *front, struct xengntdev_handle *xgt)
{
	uint32_t *grefs;
	void *mapped;
	int rc;

	if (!front->be_alloc || front->mapped)
		return 0;
	grefs = calloc(front->n_pages, sizeof *grefs);
	if (!grefs)
		return -ENOMEM;
	rc = collect_grefs(front, grefs);
	if (rc < 0)
		goto err;
	rc = mapping_create(&mapped, xgt, front->domid, grefs, front->n_pages, true);
	if (rc < 0)
		goto err;
	front->xgt = xgt;
	front->grefs = grefs;
	front->mapped = mapped;
	return 0;

err:
	free(grefs);
	return rc;
}

int xenshbuf_front_unmap(struct xenshbuf_front *front)
{
	int rc;

	if (!front->mapped)
		return 0;
	rc = mapping_destroy(front->xgt, front->mapped, front->n_pages);
	free(front->grefs);
	front->grefs = NULL;
	front->mapped = NULL;
	return rc;
}

int xenshbuf_front_free(struct xenshbuf_front *front)
{
	int rc;
	int end_rc;

	if (!front)
		return 0;
	rc = xenshbuf_front_unmap(front);
	end_rc = gntalloc_end(&front->mem);
	free(front);
	return rc ? rc : end_rc;
}

void *xenshbuf_front_data(const struct xenshbuf_front *front)
{
	return front->be_alloc ? front->mapped : front->mem.data;
}

uint32_t xenshbuf_front_n_pages(const struct xenshbuf_front *front)
{
	return front->n_pages;
}

const uint32_t *xenshbuf_front_grefs(const struct xenshbuf_front *front)
{
	return front->be_alloc ? front->grefs : front->mem.grefs;
}
