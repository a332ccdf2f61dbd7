/* SPDX-License-Identifier: MIT */
/*
 * The backend's end of a buffer: xenshbuf_map() maps pages that the guest has allocated,
 * xenshbuf_provide() supplies pages.  dirread.h reads directories, pgdir.h knows their layout.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xengnttab.h>

#include "shbuf/dirread.h"
#include "shbuf/gntalloc.h"
#include "shbuf/mapping.h"
#include "shbuf/pgdir.h"
#include "xenshbuf.h"

struct xenshbuf {
	uint32_t domid;
	uint32_t n_pages;

	/* Of xenshbuf_map(): */
	xengnttab_handle *xgt;
	uint32_t *grefs;
	void *mapped;

	/* Of xenshbuf_provide(); can have more than n_pages: */
	struct gntalloc mem;
};

/* Checks before a page of the guest is accessed. */
static int check_size(uint32_t domid, uint32_t n_pages, uint32_t max_pages)
{
	/* DOMID_SELF and the other special numbers grant nothing. */
	if (domid >= DOMID_FIRST_RESERVED || !n_pages)
		return -EINVAL;
	if (n_pages > max_pages || n_pages > XENSHBUF_MAX_PAGES)
		return -E2BIG;
	return 0;
}

static struct xenshbuf *buf_create(uint32_t domid, uint32_t n_pages)
{
	struct xenshbuf *buf;

	buf = calloc(1, sizeof *buf);
	if (!buf)
		return NULL;
	buf->domid = domid;
	buf->n_pages = n_pages;
	gntalloc_init(&buf->mem);
	return buf;
}

/* Read a directory.  *dirs gets the grefs of its pages, to be freed by the caller; grefs, unless
 * NULL, those of the buffer's pages. */
static int read_directory(uint32_t **dirs, uint32_t *grefs, xengnttab_handle *xgt, uint32_t domid,
			  uint32_t gref_directory, uint32_t n_pages)
{
	struct pgdir_walk walk;
	uint32_t *own;
	int rc;

	own = calloc(xenshbuf_dir_pages(n_pages), sizeof *own);
	if (!own)
		return -ENOMEM;
	rc = pgdir_walk_start(&walk, n_pages, gref_directory, own, grefs);
	if (rc == 0)
		rc = dirread_all(&walk, xgt, domid);
	if (rc < 0) {
		free(own);
		return rc;
	}
	*dirs = own;
	return 0;
}

/* Write the grefs of the buffer's first n_pages pages into the directory mapped at dir. */
static void write_directory(void *dir, const uint32_t *grefs, uint32_t n_pages)
{
	struct pgdir_page *pages = dir;
	uint32_t n_dir = xenshbuf_dir_pages(n_pages);
	uint32_t i;

	for (i = 0; i < n_dir; i++)
		pgdir_put_grefs(&pages[i], i, n_pages, grefs);
}

/* Read a directory, check its links and map all of it writable at *dir, for mapping_destroy().
 * After this the guest cannot make supplying the buffer fail. */
static int open_directory(void **dir, xengnttab_handle *xgt, uint32_t domid,
			  uint32_t gref_directory, uint32_t n_pages)
{
	uint32_t *dirs = NULL;
	int rc;

	rc = read_directory(&dirs, NULL, xgt, domid, gref_directory, n_pages);
	if (rc < 0)
		return rc;
	rc = mapping_create(dir, xgt, domid, dirs, xenshbuf_dir_pages(n_pages), true);
	free(dirs);
	return rc;
}

int xenshbuf_map(struct xenshbuf **out, struct xengntdev_handle *xgt, uint32_t domid,
		 uint32_t gref_directory, uint32_t size_bytes, int writable, uint32_t max_pages)
{
	uint32_t n_pages = xenshbuf_pages(size_bytes);
	struct xenshbuf *buf;
	uint32_t *dirs = NULL;
	int rc;

	rc = check_size(domid, n_pages, max_pages);
	if (rc < 0)
		return rc;

	buf = buf_create(domid, n_pages);
	if (!buf)
		return -ENOMEM;
	rc = -ENOMEM;
	buf->grefs = calloc(n_pages, sizeof *buf->grefs);
	if (!buf->grefs)
		goto err;
	rc = read_directory(&dirs, buf->grefs, xgt, domid, gref_directory, n_pages);
	if (rc < 0)
		goto err;
	free(dirs);

	buf->xgt = xgt;
	rc = mapping_create(&buf->mapped, xgt, domid, buf->grefs, n_pages, writable);
	if (rc < 0)
		goto err;
	*out = buf;
	return 0;

err:
	xenshbuf_unmap(buf);
	return rc;
}

int xenshbuf_provide(struct xenshbuf **out, struct xengntdev_handle *xgt, uint32_t domid,
		     uint32_t gref_directory, uint32_t size_bytes, uint32_t max_pages)
{
	uint32_t n_pages = xenshbuf_pages(size_bytes);
	struct xenshbuf *buf;
	void *dir;
	int end_rc;
	int rc;

	rc = check_size(domid, n_pages, max_pages);
	if (rc < 0)
		return rc;

	buf = buf_create(domid, n_pages);
	if (!buf)
		return -ENOMEM;
	/* Grant only what will not have to be taken back: a guest can map a gref that it was not
	 * told of, and keep it mapped. */
	rc = open_directory(&dir, xgt, domid, gref_directory, n_pages);
	if (rc < 0)
		goto err;
	rc = gntalloc_share(&buf->mem, domid, n_pages);
	if (rc == 0)
		write_directory(dir, buf->mem.grefs, n_pages);
	end_rc = mapping_destroy(xgt, dir, xenshbuf_dir_pages(n_pages));
	if (rc == 0)
		rc = end_rc;
	if (rc < 0)
		goto err;
	*out = buf;
	return 0;

err:
	xenshbuf_unmap(buf);
	return rc;
}

int xenshbuf_provide_again(struct xenshbuf *buf, struct xengntdev_handle *xgt,
			   uint32_t gref_directory, uint32_t size_bytes)
{
	uint32_t n_pages = xenshbuf_pages(size_bytes);
	void *dir;
	int rc;

	if (!buf->mem.data)
		return -EINVAL;
	rc = check_size(buf->domid, n_pages, buf->mem.count);
	if (rc < 0)
		return rc;

	rc = open_directory(&dir, xgt, buf->domid, gref_directory, n_pages);
	if (rc < 0)
		return rc;
	memset(buf->mem.data, 0, (size_t)buf->mem.count * XENSHBUF_PAGE_BYTES);
	write_directory(dir, buf->mem.grefs, n_pages);
	rc = mapping_destroy(xgt, dir, xenshbuf_dir_pages(n_pages));
	if (rc == 0)
		buf->n_pages = n_pages;
	return rc;
}

int xenshbuf_provide_refs(struct xengntdev_handle *xgt, uint32_t domid, uint32_t gref_directory,
			  uint32_t size_bytes, const uint32_t *grefs)
{
	uint32_t n_pages = xenshbuf_pages(size_bytes);
	void *dir;
	int rc;

	rc = check_size(domid, n_pages, XENSHBUF_MAX_PAGES);
	if (rc < 0)
		return rc;
	rc = open_directory(&dir, xgt, domid, gref_directory, n_pages);
	if (rc < 0)
		return rc;
	write_directory(dir, grefs, n_pages);
	return mapping_destroy(xgt, dir, xenshbuf_dir_pages(n_pages));
}

int xenshbuf_adopt(struct xenshbuf **out, uint32_t domid, int fd, uint64_t offset,
		   const uint32_t *grefs, uint32_t n_pages)
{
	struct xenshbuf *buf;
	int rc;

	rc = check_size(domid, n_pages, XENSHBUF_MAX_PAGES);
	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < n_pages; i++)
		if (grefs[i] == 0)
			return -EINVAL;
	buf = buf_create(domid, n_pages);
	if (!buf)
		return -ENOMEM;
	rc = gntalloc_adopt(&buf->mem, fd, offset, grefs, n_pages);
	if (rc < 0) {
		free(buf);
		return rc;
	}
	*out = buf;
	return 0;
}

int xenshbuf_unmap(struct xenshbuf *buf)
{
	int rc = 0;
	int end_rc;

	if (!buf)
		return 0;
	if (buf->mapped)
		rc = mapping_destroy(buf->xgt, buf->mapped, buf->n_pages);
	end_rc = gntalloc_end(&buf->mem);
	free(buf->grefs);
	free(buf);
	return rc ? rc : end_rc;
}

void *xenshbuf_data(const struct xenshbuf *buf)
{
	return buf->mapped ? buf->mapped : buf->mem.data;
}

uint32_t xenshbuf_n_pages(const struct xenshbuf *buf)
{
	return buf->n_pages;
}

const uint32_t *xenshbuf_grefs(const struct xenshbuf *buf)
{
	return buf->mapped ? buf->grefs : buf->mem.grefs;
}

int xenshbuf_gntalloc_fd(const struct xenshbuf *buf)
{
	return buf->mem.fd >= 0 ? buf->mem.fd : -ENOTTY;
}

uint64_t xenshbuf_gntalloc_offset(const struct xenshbuf *buf)
{
	return buf->mem.index;
}
