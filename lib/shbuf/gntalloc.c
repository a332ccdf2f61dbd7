/* SPDX-License-Identifier: MIT */
/* See gntalloc.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <xen/sys/gntalloc.h>

#include "shbuf/gntalloc.h"
#include "shbuf/pgdir.h"
#include "xenshbuf.h"

#define GNTALLOC_DEVICE "/dev/xen/gntalloc"
#define GNTALLOC_LIMIT  "/sys/module/xen_gntalloc/parameters/limit"

static size_t length_bytes(const struct gntalloc *mem)
{
	return (size_t)mem->count * XENSHBUF_PAGE_BYTES;
}

static int alloc_grefs(struct gntalloc *mem, uint32_t domid, uint32_t count)
{
	const size_t head_bytes = offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids);
	const size_t refs_bytes = count * sizeof *mem->grefs;
	struct ioctl_gntalloc_alloc_gref *req;
	int rc = 0;

	/* The size includes padding behind the grefs, which the kernel accesses, too. */
	req = calloc(1, sizeof *req + refs_bytes);
	if (!req)
		return -ENOMEM;

	req->domid = (uint16_t)domid;
	req->flags = GNTALLOC_FLAG_WRITABLE;
	req->count = count;
	if (ioctl(mem->fd, IOCTL_GNTALLOC_ALLOC_GREF, req) < 0) {
		rc = -errno;
	} else {
		mem->index = req->index;
		mem->count = count;
		memcpy(mem->grefs, (const char *)req + head_bytes, refs_bytes);
	}
	free(req);
	return rc;
}

void gntalloc_init(struct gntalloc *mem)
{
	memset(mem, 0, sizeof *mem);
	mem->fd = -1;
}

int gntalloc_share(struct gntalloc *mem, uint32_t domid, uint32_t count)
{
	void *data;
	int rc;

	gntalloc_init(mem);
	mem->grefs = calloc(count, sizeof *mem->grefs);
	if (!mem->grefs)
		return -ENOMEM;
	mem->fd = open(GNTALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	if (mem->fd < 0) {
		rc = -errno;
		goto err;
	}
	rc = alloc_grefs(mem, domid, count);
	if (rc < 0)
		goto err;
	data = mmap(NULL, length_bytes(mem), PROT_READ | PROT_WRITE, MAP_SHARED, mem->fd,
		    (off_t)mem->index);
	if (data == MAP_FAILED) {
		rc = -errno;
		goto err;
	}
	mem->data = data;
	return 0;

err:
	gntalloc_end(mem);
	return rc;
}

/* Without an action the call changes nothing: it only finds out whether fd has the page. */
static int look_for_page(int fd, uint64_t index)
{
	struct ioctl_gntalloc_unmap_notify notify = {.index = index};

	return ioctl(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &notify) < 0 ? -errno : 0;
}

int gntalloc_adopt(struct gntalloc *mem, int fd, uint64_t index, const uint32_t *grefs,
		   uint32_t count)
{
	const size_t refs_bytes = count * sizeof *grefs;
	uint32_t *copy;
	void *data;
	int rc;

	gntalloc_init(mem);
	if (index % XENSHBUF_PAGE_BYTES != 0 || index > INT64_MAX / 2)
		return -EINVAL;
	/* Before mmap(), which maps any file, also one that shrinks later. */
	rc = look_for_page(fd, index);
	if (rc == 0)
		rc = look_for_page(fd, index + (uint64_t)(count - 1) * XENSHBUF_PAGE_BYTES);
	if (rc < 0)
		return rc;
	copy = malloc(refs_bytes);
	if (!copy)
		return -ENOMEM;
	data = mmap(NULL, (size_t)count * XENSHBUF_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, (off_t)index);
	if (data == MAP_FAILED) {
		rc = -errno;
		free(copy);
		return rc;
	}
	memcpy(copy, grefs, refs_bytes);
	*mem = (struct gntalloc){fd, index, count, copy, data};
	return 0;
}

int gntalloc_end(struct gntalloc *mem)
{
	struct ioctl_gntalloc_dealloc_gref req = {0};
	int rc = 0;

	if (mem->data && munmap(mem->data, length_bytes(mem)) < 0)
		rc = -errno;
	/* close() ends the grants only if no other process has the descriptor. */
	if (mem->count) {
		req.index = mem->index;
		req.count = mem->count;
		if (ioctl(mem->fd, IOCTL_GNTALLOC_DEALLOC_GREF, &req) < 0 && !rc)
			rc = -errno;
	}
	if (mem->fd >= 0)
		close(mem->fd);
	free(mem->grefs);
	gntalloc_init(mem);
	return rc;
}

int xenshbuf_gntalloc_limit(uint32_t *pages)
{
	char text[32];
	char *end;
	ssize_t len;
	unsigned long long value;
	int rc = 0;
	int fd;

	fd = open(GNTALLOC_LIMIT, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof text - 1);
	if (len < 0)
		rc = -errno;
	close(fd);
	if (rc < 0)
		return rc;

	text[len] = '\0';
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || (*end && *end != '\n') || text[0] == '-')
		return -EINVAL;
	*pages = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	return 0;
}
