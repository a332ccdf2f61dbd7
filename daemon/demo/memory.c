/* SPDX-License-Identifier: MIT */
/*
 * See memory.h: what the rooms of the daemon need of grants, in place of daemon/xen/gnttab.c and
 * libxenshbuf.  Each memory is mapped apart for the guest and for the daemon, as it is with Xen;
 * the daemon's mapping is made on the worker.  Nothing is granted to other processes, and there are
 * no dma-bufs, so all frames are copied.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "demo/memory.h"
#include "xen/dmabuf.h"
#include "xen/gntdev.h"
#include "xen/gnttab.h"
#include "xenshbuf.h"

#define PAGE_BYTES   XENSHBUF_PAGE_BYTES
#define MAX_BYTES    (128u << 20)
#define MAX_MEMORIES 0x7fffu

/* A reference has the number of its memory in the upper bits, and the number of a page below. */
#define NUMBER_SHIFT 16
#define PAGE_MASK    0xffffu

struct xenshbuf {
	uint8_t *data;
	size_t size_bytes;
	uint32_t n_pages;
	uint32_t grefs[]; /* of each page */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for memories */
static LIST_HEAD(, memory) memories = LIST_HEAD_INITIALIZER(memories);

/* -------- the guest's end -------- */

/* The lock is held. */
static struct memory *find(uint32_t reference)
{
	struct memory *memory;

	LIST_FOREACH (memory, &memories, link)
		if (memory->reference >> NUMBER_SHIFT == reference >> NUMBER_SHIFT)
			return memory;
	return NULL;
}

static int enter(struct memory *memory)
{
	static uint32_t last;
	int rc = -ENOSPC;

	pthread_mutex_lock(&lock);
	for (uint32_t i = 0; i < MAX_MEMORIES && rc < 0; i++) {
		last = last % MAX_MEMORIES + 1;
		if (find(last << NUMBER_SHIFT))
			continue;
		memory->reference = last << NUMBER_SHIFT;
		LIST_INSERT_HEAD(&memories, memory, link);
		rc = 0;
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

static void destroy(struct memory *memory)
{
	if (memory->data)
		munmap(memory->data, memory->size_bytes);
	if (memory->fd >= 0)
		close(memory->fd);
	free(memory);
}

static int allocate(struct memory *memory)
{
	void *data;

	memory->fd = memfd_create("xenav-demo-guest", MFD_CLOEXEC);
	if (memory->fd < 0 || ftruncate(memory->fd, (off_t)memory->size_bytes) < 0)
		return -errno;
	data = mmap(NULL, memory->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	memory->data = data;
	return 0;
}

int memory_create(struct memory **out, uint16_t domid, uint32_t size_bytes)
{
	struct memory *memory;
	int rc;

	if (size_bytes == 0 || size_bytes > MAX_BYTES)
		return -EINVAL;
	memory = calloc(1, sizeof *memory);
	if (!memory)
		return -ENOMEM;
	memory->domid = domid;
	memory->size_bytes = xenshbuf_pages(size_bytes) * PAGE_BYTES;
	rc = allocate(memory);
	if (rc == 0)
		rc = enter(memory);
	if (rc < 0)
		destroy(memory);
	else
		*out = memory;
	return rc;
}

void memory_destroy(struct memory *memory)
{
	if (!memory)
		return;
	pthread_mutex_lock(&lock);
	LIST_REMOVE(memory, link);
	pthread_mutex_unlock(&lock);
	destroy(memory);
}

/* -------- the daemon's end -------- */

static int map(uint16_t domid, uint32_t reference, uint32_t page, size_t bytes, bool writable,
	       void **out)
{
	const int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	const off_t offset = (off_t)page * PAGE_BYTES;
	const struct memory *memory;
	void *data = MAP_FAILED;
	int rc = -EFAULT;

	pthread_mutex_lock(&lock);
	memory = find(reference);
	if (memory && memory->domid == domid && (uint64_t)offset + bytes <= memory->size_bytes) {
		data = mmap(NULL, bytes, prot, MAP_SHARED, memory->fd, offset);
		rc = data == MAP_FAILED ? -errno : 0;
	}
	pthread_mutex_unlock(&lock);
	*out = data;
	return rc;
}

int gnttab_map_buffer(struct gnttab *, uint16_t domid, uint32_t gref_directory, uint32_t size_bytes,
		      bool writable, struct xenshbuf **out)
{
	const uint32_t n_pages = xenshbuf_pages(size_bytes);
	struct xenshbuf *buf;
	void *data;
	int rc;

	buf = calloc(1, sizeof *buf + n_pages * sizeof buf->grefs[0]);
	if (!buf)
		return -ENOMEM;
	buf->n_pages = n_pages;
	buf->size_bytes = (size_t)n_pages * PAGE_BYTES;
	for (uint32_t i = 0; i < n_pages; i++)
		buf->grefs[i] = gref_directory | i;
	rc = map(domid, gref_directory, 0, buf->size_bytes, writable, &data);
	if (rc < 0) {
		free(buf);
		return rc;
	}
	buf->data = data;
	*out = buf;
	return 0;
}

int gnttab_map_page(struct gnttab *, uint16_t domid, uint32_t gref, void **page)
{
	return map(domid, gref, gref & PAGE_MASK, PAGE_BYTES, true, page);
}

void gnttab_unmap_page(struct gnttab *, void *page)
{
	if (page)
		munmap(page, PAGE_BYTES);
}

void *xenshbuf_data(const struct xenshbuf *buf)
{
	return buf->data;
}

uint32_t xenshbuf_n_pages(const struct xenshbuf *buf)
{
	return buf->n_pages;
}

const uint32_t *xenshbuf_grefs(const struct xenshbuf *buf)
{
	return buf->grefs;
}

int xenshbuf_unmap(struct xenshbuf *buf)
{
	if (!buf)
		return 0;
	munmap(buf->data, buf->size_bytes);
	free(buf);
	return 0;
}

/* -------- what there is none of -------- */

int gnttab_provide_buffer(struct gnttab *, uint16_t, uint32_t, uint32_t, struct xenshbuf **)
{
	return -EOPNOTSUPP;
}

int gnttab_provide_refs(struct gnttab *, uint16_t, uint32_t, uint32_t, const uint32_t *)
{
	return -EOPNOTSUPP;
}

int xenshbuf_gntalloc_fd(const struct xenshbuf *)
{
	return -ENOTTY;
}

uint64_t xenshbuf_gntalloc_offset(const struct xenshbuf *)
{
	return 0;
}

int xenshbuf_adopt(struct xenshbuf **, uint32_t, int, uint64_t, const uint32_t *, uint32_t)
{
	return -ENOENT;
}

int xenshbuf_gntalloc_limit(uint32_t *)
{
	return -ENOENT;
}

int gntdev_slot(uint16_t, const uint32_t *, uint32_t, uint64_t *)
{
	return -EOPNOTSUPP;
}

bool dmabuf_can_export(void)
{
	return false;
}

bool dmabuf_can_import(void)
{
	return false;
}

uint64_t dmabuf_size_bytes(int)
{
	return 0;
}

int dmabuf_export(struct dmabuf **, uint16_t, const uint32_t *, uint32_t)
{
	return -EOPNOTSUPP;
}

int dmabuf_fd(const struct dmabuf *)
{
	return -EBADF;
}

int dmabuf_release(struct dmabuf *, uint32_t)
{
	return 0;
}

void dmabuf_free(struct dmabuf *)
{
}

int dmabuf_import(struct dmabuf_import **, uint16_t, int, uint32_t *, uint32_t)
{
	return -EOPNOTSUPP;
}

int dmabuf_import_end(struct dmabuf_import *)
{
	return 0;
}
