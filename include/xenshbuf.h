/* SPDX-License-Identifier: MIT */
/**
 * @file
 * libxenshbuf: big buffers shared with a Xen guest through a page directory, as sndif.h and
 * displif.h describe it.  The user-space twin of the kernel's xen-front-pgdir-shbuf, both ends.
 *
 * A list of directory pages describes a buffer: each page holds the gref of the next one and the
 * grefs of up to 1023 pages of the buffer.  The request carries the gref of the first directory
 * page and the size of the buffer; both sides compute the rest.  The frontend allocates the pages,
 * or the backend if the frontend asks for that mode (be_alloc).
 *
 *     frontend end (struct xenshbuf_front)      backend end (struct xenshbuf)
 *     xenshbuf_front_alloc(.., be_alloc = 0)    xenshbuf_map()     reads the list, maps the pages
 *     xenshbuf_front_alloc(.., be_alloc = 1)    xenshbuf_provide() allocates, fills the list
 *     xenshbuf_front_dir_start()                (is in the request)
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
 * Trust: the library copies the other end's directory once, page by page, and checks it before use;
 * any directory costs at most ceil(pages / 1023) copies.  The other end can change the content of a
 * mapped buffer at any time: read each value once, then check it, then use it.
 *
 * Errors: functions that return int return 0 or a negative errno, and make an object only with 0.
 * The library logs nothing (libxengnttab logs to the logger of its handle).
 * Threads: the objects hold all state; one object belongs to one thread at a time.
 * Mapping may take long while the other domain's memory is paged out: keep it off an event loop.
 * A child after fork() has none of the mappings and may call nothing here on inherited objects.
 */
#ifndef XENSHBUF_H
#define XENSHBUF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Size of a page and of a directory page, with any page size of the host. */
#define XENSHBUF_PAGE_BYTES 4096

/** Pages of the largest buffer: the most that Linux's gntdev maps in one request (256 MiB). */
#define XENSHBUF_MAX_PAGES 65536

/** Result of xengnttab_open() of <xengnttab.h>, which calls it xengnttab_handle. */
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

/** The directory pages of a buffer of n_pages pages: n_pages / 1023, rounded up. */
uint32_t xenshbuf_dir_pages(uint32_t n_pages);

/**
 * Map a buffer that the guest domid has allocated (sndif.h XENSND_OP_OPEN, displif.h
 * XENDISPL_OP_DBUF_CREATE, XENDISPL_OP_GET_EDID).
 *
 * Reads the directory that begins at gref_directory by grant copy, then maps all pages of the
 * buffer side by side, all or nothing.  The mapping is writable if writable is not 0.  max_pages
 * limits the pages of size_bytes; the library compares them before it touches memory of the guest.
 *
 * The handle xgt stays the caller's and must outlive the buffer.  The buffer belongs to the caller,
 * until xenshbuf_unmap().
 *
 * @return 0, or with *out untouched
 * -EINVAL if size_bytes or gref_directory is 0, domid is not the number of a domain, or the
 *         directory ends too early, names one of its pages twice, or names gref 0;
 * -E2BIG  if the buffer has more pages than max_pages or XENSHBUF_MAX_PAGES;
 * -EFAULT if a gref of the directory or of the buffer is not granted to this domain, or not granted
 *         writable;
 * -EIO    if the kernel copies no grants;
 * -ENOMEM without memory; or another negative errno of the mapping.
 */
int xenshbuf_map(struct xenshbuf **out, struct xengntdev_handle *xgt, uint32_t domid,
		 uint32_t gref_directory, uint32_t size_bytes, int writable, uint32_t max_pages);

/**
 * Supply the pages of a buffer to the guest domid (displif.h XENDISPL_DBUF_FLG_REQ_ALLOC).
 *
 * Reads and checks the links of the directory and maps all of its pages, then allocates zeroed
 * pages through /dev/xen/gntalloc, grants them writable to domid alone, and writes only their grefs
 * into the directory.  In this order a guest cannot make the call fail and keep pages that it was
 * already granted, which the kernel would no longer count.
 *
 * The buffer belongs to the caller until xenshbuf_unmap(); xgt is used during the call only.
 *
 * @return 0, or with *out untouched and no grant left
 * -EINVAL, -E2BIG, -EFAULT, -ENOMEM as for xenshbuf_map(), but the grefs of pages are not read;
 * -ENOSPC if the kernel refuses that many pages: its limit (xenshbuf_gntalloc_limit()) is reached,
 *         or the grant table of this domain is full;
 * -ENOENT, -ENODEV, -ENXIO without /dev/xen/gntalloc, -EACCES if the caller may not open it;
 * or another negative errno of the mapping.
 */
int xenshbuf_provide(struct xenshbuf **out, struct xengntdev_handle *xgt, uint32_t domid,
		     uint32_t gref_directory, uint32_t size_bytes, uint32_t max_pages);

/**
 * Supply the pages of a buffer of xenshbuf_provide() once more, to the same guest.
 *
 * For pools: since XSA-396 the kernel does not wait for a guest to release a page, so pages that a
 * guest had are best kept for that guest until it is gone.  All pages of the buffer are zeroed,
 * then the grefs of as many as size_bytes needs are written as in xenshbuf_provide().
 *
 * @return 0, or with the buffer unchanged and still the caller's
 * -EINVAL as for xenshbuf_map(), or if the buffer is one of xenshbuf_map();
 * -E2BIG  if the buffer was made with fewer pages;
 * -EFAULT, -ENOMEM as for xenshbuf_map(), or another negative errno of the mapping.
 */
int xenshbuf_provide_again(struct xenshbuf *buf, struct xengntdev_handle *xgt,
			   uint32_t gref_directory, uint32_t size_bytes);

/**
 * Supply pages that the caller itself has granted to the guest domid, for example with
 * xengnttab_dmabuf_imp_to_refs(): writes their grefs into the directory as xenshbuf_provide() does.
 * grefs has one entry for each page of size_bytes and is read during the call only.  Pages and
 * grants stay the caller's.
 *
 * @return 0, or -EINVAL, -E2BIG, -EFAULT, -ENOMEM as for xenshbuf_provide(), or another negative
 * errno of the mapping.  After an error some of the grefs may be in the directory.
 */
int xenshbuf_provide_refs(struct xengntdev_handle *xgt, uint32_t domid, uint32_t gref_directory,
			  uint32_t size_bytes, const uint32_t *grefs);

/**
 * Take over a buffer of xenshbuf_provide() of an earlier process, whose descriptor has outlived
 * that process, for example in the descriptor store of systemd: the pages, what is in them and what
 * the guest was granted stay as they are.
 *
 * fd and offset are those of xenshbuf_gntalloc_fd() and xenshbuf_gntalloc_offset(); grefs has an
 * entry for each of the n_pages pages and is copied.  They are not read from the guest.  fd belongs
 * to the buffer after 0, otherwise it stays the caller's.
 *
 * @return 0, or with *out untouched
 * -EINVAL if domid is not the number of a domain, n_pages is 0, a gref is 0, or offset is no offset
 *         of a page;
 * -E2BIG  if n_pages is more than XENSHBUF_MAX_PAGES;
 * -ENOTTY if fd is no descriptor of /dev/xen/gntalloc;
 * -ENOENT if it does not have that many pages at that offset;
 * -ENOMEM, or another negative errno of mmap().
 */
int xenshbuf_adopt(struct xenshbuf **out, uint32_t domid, int fd, uint64_t offset,
		   const uint32_t *grefs, uint32_t n_pages);

/**
 * Destroy a buffer: unmap it, and end the grants of one of xenshbuf_provide().
 *
 * Call it before answering the request that ends the buffer.  The object is freed with any result.
 * Does nothing for NULL.
 *
 * @return 0, or the -errno of the first step that failed; the other steps are done nevertheless.
 */
int xenshbuf_unmap(struct xenshbuf *buf);

/** The first byte of the buffer, page-aligned; valid until xenshbuf_unmap(). */
void *xenshbuf_data(const struct xenshbuf *buf);

/** Pages of the buffer. */
uint32_t xenshbuf_n_pages(const struct xenshbuf *buf);

/** The gref of each page, xenshbuf_n_pages() of them; valid until xenshbuf_unmap(). */
const uint32_t *xenshbuf_grefs(const struct xenshbuf *buf);

/**
 * The /dev/xen/gntalloc descriptor that holds the pages of this buffer and nothing else.  Its
 * holder can map them with MAP_SHARED, any number of times, until xenshbuf_unmap(), and can also
 * allocate grants: pass it to trusted processes only.  It belongs to the buffer.
 *
 * @return the descriptor, or -ENOTTY if the buffer is one of xenshbuf_map().
 */
int xenshbuf_gntalloc_fd(const struct xenshbuf *buf);

/** Offset of the pages in that descriptor, as reported by the kernel: so far always 0. */
uint64_t xenshbuf_gntalloc_offset(const struct xenshbuf *buf);

/**
 * Read the kernel's limit of pages allocated through gntalloc by all processes together: 1024, less
 * than one frame of 1920x1080, unless the administrator has raised it.
 *
 * @return 0 and *pages; -ENOENT if the module is not loaded; -EINVAL if its parameter is no such
 * number; or another -errno of reading it.
 */
int xenshbuf_gntalloc_limit(uint32_t *pages);

/**
 * Make the frontend's end of a buffer for the backend in domain domid.
 *
 * With be_alloc 0 the pages and the directory are allocated, zeroed and granted writable, and the
 * directory is filled.  With be_alloc not 0 only the directory is allocated and granted, without
 * grefs: the backend fills it.  The buffer belongs to the caller until xenshbuf_front_free().
 *
 * @return 0, or with *out untouched
 * -EINVAL if size_bytes is 0 or domid is not the number of a domain;
 * -E2BIG  if the buffer has more than XENSHBUF_MAX_PAGES;
 * -ENOSPC, -ENOENT, -ENODEV, -ENXIO, -EACCES, -ENOMEM as for xenshbuf_provide().
 */
int xenshbuf_front_alloc(struct xenshbuf_front **out, uint32_t domid, uint32_t size_bytes,
			 int be_alloc);

/** The gref of the first directory page, for the request. */
uint32_t xenshbuf_front_dir_start(const struct xenshbuf_front *front);

/**
 * Map the pages that the backend has provided, read-write; call it after the backend's answer. Does
 * nothing for a buffer of be_alloc 0, and nothing if it is mapped.
 *
 * The handle xgt stays the caller's and must outlive the mapping.
 *
 * @return 0; -EINVAL if the backend left a gref 0; -EFAULT if a gref is not granted to this domain;
 * -ENOMEM, or another negative errno of the mapping.
 */
int xenshbuf_front_map(struct xenshbuf_front *front, struct xengntdev_handle *xgt);

/**
 * Undo xenshbuf_front_map(); call it before sending the request that ends the buffer.  Does nothing
 * if nothing is mapped.
 *
 * @return 0, or the -errno of unmapping; the buffer counts as unmapped either way.
 */
int xenshbuf_front_unmap(struct xenshbuf_front *front);

/**
 * Unmap, end all grants and free the buffer; the kernel keeps a page that the backend still maps
 * until the backend unmaps it.  The object is freed with any result.  Does nothing for NULL.
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
 * The gref of each page of the buffer, xenshbuf_front_n_pages() of them; valid as long as
 * xenshbuf_front_data().  NULL with be_alloc while nothing is mapped.
 */
const uint32_t *xenshbuf_front_grefs(const struct xenshbuf_front *front);

#ifdef __cplusplus
}
#endif

#endif
