/* SPDX-License-Identifier: MIT */
/**
 * @file
 * libxenshbuf: big buffers shared with a Xen guest through a page directory, as sndif.h and
 * displif.h describe it.  The user-space twin of the kernel's xen-front-pgdir-shbuf, both ends.
 *
 * A buffer is described by a list of directory pages: each holds the gref of the next one and the
 * grefs of up to 1023 pages of the buffer.  One gref, that of the first directory page, and the
 * size of the buffer travel in the request; the rest is computed by both sides.  Who allocates the
 * pages is the mode: the frontend as a rule, the backend if the frontend asked for it (be_alloc).
 *
 *     frontend end (struct xenshbuf_front)      backend end (struct xenshbuf)
 *     xenshbuf_front_alloc(.., be_alloc = 0)    xenshbuf_map()     reads the list, maps the pages
 *     xenshbuf_front_alloc(.., be_alloc = 1)    xenshbuf_provide() allocates, fills the list
 *     xenshbuf_front_dir_start()                (is given it in the request)
 *     xenshbuf_front_map(), _front_unmap()
 *     xenshbuf_front_free()                     xenshbuf_unmap()
 *
 * A backend that serves a request with a buffer in it:
 *
 *     struct xenshbuf *buf;
 *     int rc;
 *
 *     rc = xenshbuf_map(&buf, xgt, domid, req.gref_directory, req.buffer_sz, 0, 2025);
 *     if (rc == 0) {
 *             show(xenshbuf_data(buf), req.buffer_sz);
 *             rc = xenshbuf_unmap(buf);
 *     }
 *
 * Trust: the other end's directory is copied once, page by page, and checked before it is used; it
 * can cost no more than ceil(pages / 1023) copies whatever it says.  The content of a mapped buffer
 * stays the other end's to change at any time: read each value once, then check it, then use it.
 *
 * Errors: functions that return int return 0 or a negative errno, and an object is only made on 0.
 * Nothing is logged (libxengnttab logs to the logger its handle was opened with).
 * Threads: there is no state outside the objects; one object belongs to one thread at a time.
 * Mapping may take long while the other domain's memory is paged out: not for an event loop.
 * A child after fork() has none of the mappings and may call nothing here on inherited objects.
 */
#ifndef XENSHBUF_H
#define XENSHBUF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Size of a page and of a directory page, whatever the host's pages are. */
#define XENSHBUF_PAGE_BYTES 4096

/** Pages of the biggest buffer: what Linux's gntdev maps in one request (256 MiB). */
#define XENSHBUF_MAX_PAGES 65536

/** What xengnttab_open() of <xengnttab.h> returns: there it is called xengnttab_handle. */
struct xengntdev_handle;

/** The backend's end of one buffer. */
struct xenshbuf;

/** The frontend's end of one buffer. */
struct xenshbuf_front;

/**
 * The pages of a buffer: size_bytes / 4096, rounded up.  Never overflows; 0 for 0.
 * (sndif.h, displif.h: "num_grefs_total".)
 */
uint32_t xenshbuf_pages(uint32_t size_bytes);

/** The directory pages of a buffer of that many pages: n_pages / 1023, rounded up. */
uint32_t xenshbuf_dir_pages(uint32_t n_pages);

/**
 * Map a buffer that the guest domid has allocated (sndif.h XENSND_OP_OPEN, displif.h
 * XENDISPL_OP_DBUF_CREATE, XENDISPL_OP_GET_EDID).
 *
 * Reads the directory that begins at gref_directory by grant copy (on a kernel without it, by
 * mapping each of its pages read-only for a moment), then maps all pages of the buffer side by
 * side, all or nothing.  The mapping is read-only unless writable is not 0.  max_pages is the
 * caller's cap, compared with the pages of size_bytes before anything of the guest is touched.
 *
 * The handle xgt stays the caller's and must outlive the buffer, which is the caller's too, until
 * xenshbuf_unmap().
 *
 * @return 0, or with *out untouched
 * -EINVAL if size_bytes is 0, gref_directory is 0, domid is none, or the directory is unsound: it
 *         ends too early, comes back to a page it had, or names gref 0;
 * -E2BIG  if the buffer has more pages than max_pages or XENSHBUF_MAX_PAGES;
 * -EFAULT if a gref, of the directory or in it, is not granted to us, or not to be written to;
 * -ENOMEM without memory; or what mapping failed with, as a negative errno.
 */
int xenshbuf_map(struct xenshbuf **out, struct xengntdev_handle *xgt, uint32_t domid,
		 uint32_t gref_directory, uint32_t size_bytes, int writable, uint32_t max_pages);

/**
 * Supply the pages of a buffer to the guest domid (displif.h XENDISPL_DBUF_FLG_REQ_ALLOC).
 *
 * Reads and checks the links of the directory and maps all of it, then allocates zeroed pages
 * through /dev/xen/gntalloc, grants them writable to domid and to nobody else, and writes their
 * grefs, and nothing else, into the directory.  So a guest cannot make this fail with pages that it
 * was granted already, and keep those: the kernel counts them no more.
 *
 * Ownership as for xenshbuf_map(); xgt is used during the call only.
 *
 * @return 0, or with *out untouched and no grant left
 * -EINVAL, -E2BIG, -EFAULT, -ENOMEM as for xenshbuf_map(), but the grefs of pages are not read;
 * -ENOSPC if the kernel refuses that many pages: its limit (xenshbuf_gntalloc_limit()) is reached,
 *         or the grant table of this domain is full;
 * -ENOENT, -ENODEV, -ENXIO without /dev/xen/gntalloc, -EACCES if we may not open it;
 * or what mapping failed with, as a negative errno.
 */
int xenshbuf_provide(struct xenshbuf **out, struct xengntdev_handle *xgt, uint32_t domid,
		     uint32_t gref_directory, uint32_t size_bytes, uint32_t max_pages);

/**
 * Supply the pages of a buffer of xenshbuf_provide() once more, to the same guest.
 *
 * For pools: since XSA-396 the kernel does not wait for a guest to let go of a page, so pages that
 * a guest had are best kept for that guest until it is gone.  All pages that the buffer was made
 * with are zeroed, then the grefs of as many as size_bytes needs are written as before.
 *
 * @return 0, or with the buffer still the caller's, as big as it was, and good for another try
 * -EINVAL as for xenshbuf_map(), or if the buffer is one of xenshbuf_map();
 * -E2BIG  if the buffer was made with fewer pages;
 * -EFAULT, -ENOMEM, or what mapping failed with.
 */
int xenshbuf_provide_again(struct xenshbuf *buf, struct xengntdev_handle *xgt,
			   uint32_t gref_directory, uint32_t size_bytes);

/**
 * Supply pages that the caller has granted to the guest domid in a way of its own, for example with
 * xengnttab_dmabuf_imp_to_refs(): writes their grefs into the directory as xenshbuf_provide() does.
 * grefs are as many as size_bytes has pages.  Pages and grants stay the caller's.
 *
 * @return 0, or -EINVAL, -E2BIG, -EFAULT, -ENOMEM as for xenshbuf_provide(), or what mapping failed
 * with.  After an error some of the grefs may be in the directory.
 */
int xenshbuf_provide_refs(struct xengntdev_handle *xgt, uint32_t domid, uint32_t gref_directory,
			  uint32_t size_bytes, const uint32_t *grefs);

/**
 * Give a buffer back: unmap what was mapped, end the grants of what was provided.
 *
 * Do it before the request that ends the buffer is answered.  The object is gone whatever is
 * returned.  Does nothing for NULL.
 *
 * @return 0, or the -errno of the first step that failed; the other steps are done nevertheless.
 */
int xenshbuf_unmap(struct xenshbuf *buf);

/** The first byte of the buffer, page-aligned; valid until xenshbuf_unmap(). */
void *xenshbuf_data(const struct xenshbuf *buf);

/** Pages of the buffer. */
uint32_t xenshbuf_n_pages(const struct xenshbuf *buf);

/** The gref of each page, xenshbuf_n_pages() of them; the buffer's, valid as long as it. */
const uint32_t *xenshbuf_grefs(const struct xenshbuf *buf);

/**
 * The /dev/xen/gntalloc descriptor that holds the pages of this buffer, from offset 0, and nothing
 * else.  Whoever has it can map them with MAP_SHARED, as often as wanted, until xenshbuf_unmap();
 * it also lets its holder allocate grants, so it is for trusted processes only.  Stays the
 * buffer's.
 *
 * @return the descriptor, or -ENOTTY if the buffer is one of xenshbuf_map().
 */
int xenshbuf_gntalloc_fd(const struct xenshbuf *buf);

/** Where the pages begin in that descriptor, as the kernel has said: so far always at 0. */
uint64_t xenshbuf_gntalloc_offset(const struct xenshbuf *buf);

/**
 * The kernel's limit of pages allocated through gntalloc, of all processes together: 1024 unless
 * the administrator raised it, less than one frame of 1920x1080.
 *
 * @return 0; -ENOENT if the module is not loaded; -EINVAL if the number makes no sense; another
 * -errno from reading it.
 */
int xenshbuf_gntalloc_limit(uint32_t *pages);

/**
 * Make the frontend's end of a buffer for the backend in domain domid.
 *
 * With be_alloc 0 the pages and the directory are allocated, zeroed and granted writable, and the
 * directory is filled.  With be_alloc not 0 that is done for the directory alone, without grefs:
 * the backend fills it.  The buffer is the caller's until xenshbuf_front_free().
 *
 * @return 0, or with *out untouched
 * -EINVAL if size_bytes is 0 or domid is none;
 * -E2BIG  if the buffer has more than XENSHBUF_MAX_PAGES;
 * -ENOSPC, -ENOENT, -ENODEV, -ENXIO, -EACCES, -ENOMEM as for xenshbuf_provide().
 */
int xenshbuf_front_alloc(struct xenshbuf_front **out, uint32_t domid, uint32_t size_bytes,
			 int be_alloc);

/** The gref that goes into the request: that of the first directory page. */
uint32_t xenshbuf_front_dir_start(const struct xenshbuf_front *front);

/**
 * Map what the backend has provided, read-write; call it once the backend has answered.  Does
 * nothing for a buffer of be_alloc 0, and nothing if it is mapped.
 *
 * The handle xgt stays the caller's and must outlive the mapping.
 *
 * @return 0; -EINVAL if the backend left a gref 0; -EFAULT if one is not granted to us; -ENOMEM, or
 * what mapping failed with.
 */
int xenshbuf_front_map(struct xenshbuf_front *front, struct xengntdev_handle *xgt);

/**
 * Undo xenshbuf_front_map(); do it before the request that ends the buffer is sent.  Does nothing
 * if nothing is mapped.
 *
 * @return 0, or the -errno of unmapping; the buffer counts as unmapped either way.
 */
int xenshbuf_front_unmap(struct xenshbuf_front *front);

/**
 * Unmap, end all grants and free the buffer; a page that the backend still maps is kept by the
 * kernel until it lets go.  The object is gone whatever is returned.  Does nothing for NULL.
 *
 * @return 0, or the -errno of the first step that failed; the other steps are done nevertheless.
 */
int xenshbuf_front_free(struct xenshbuf_front *front);

/**
 * The first byte of the buffer, page-aligned; valid until xenshbuf_front_free(), with be_alloc
 * until xenshbuf_front_unmap().  NULL with be_alloc while nothing is mapped.
 */
void *xenshbuf_front_data(const struct xenshbuf_front *front);

/** Pages of the buffer, without those of the directory. */
uint32_t xenshbuf_front_n_pages(const struct xenshbuf_front *front);

/**
 * The gref of each page of the buffer, xenshbuf_front_n_pages() of them; the buffer's.  NULL with
 * be_alloc while nothing is mapped.
 */
const uint32_t *xenshbuf_front_grefs(const struct xenshbuf_front *front);

#ifdef __cplusplus
}
#endif

#endif
