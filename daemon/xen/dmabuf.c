/* SPDX-License-Identifier: MIT */
/*
 * See dmabuf.h.  The kernel identifies an export by its handle and the number of its first
 * descriptor.  Another file may have that number later, so each export has a handle of its own.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xengnttab.h>

/* These headers need stdint.h before them. */
#include <xen/sys/gntalloc.h>
#include <xen/sys/gntdev.h>

#include "report/cleanup.h"
#include "report/log.h"
#include "xen/devices.h"
#include "xen/dmabuf.h"
#include "xen/long-call.h"
#include "xen/xenlog.h"

#define TRY_RELEASE_MS 100

struct dmabuf {
	xengnttab_handle *handle;
	int fd; /* -1: closed */
	uint32_t number;
};

static int failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

/* Results of dmabuf_try(). */
static bool can_export, can_import;

bool dmabuf_can_export(void)
{
	return can_export;
}

int dmabuf_export(struct dmabuf **out, uint16_t domid, const uint32_t *grefs, uint32_t n)
{
	struct dmabuf *dmabuf = calloc(1, sizeof *dmabuf);
	int rc;

	if (!dmabuf)
		return -ENOMEM;
	dmabuf->fd = -1;
	errno = 0;
	dmabuf->handle = xengnttab_open(xen_logger(), 0);
	if (!dmabuf->handle) {
		rc = failure();
		goto err;
	}
	errno = 0;
	long_call_begins();
	rc = xengnttab_dmabuf_exp_from_refs(dmabuf->handle, domid, 0, n, grefs, &dmabuf->number)
		     ? failure()
		     : 0;
	long_call_ended();
	if (rc < 0)
		goto err;
	dmabuf->fd = (int)dmabuf->number;
	*out = dmabuf;
	return 0;
err:
	dmabuf_free(dmabuf);
	return rc;
}

int dmabuf_fd(const struct dmabuf *dmabuf)
{
	return dmabuf->fd;
}

static void close_fd(struct dmabuf *dmabuf)
{
	if (dmabuf->fd >= 0)
		close(dmabuf->fd);
	dmabuf->fd = -1;
}

int dmabuf_release(struct dmabuf *dmabuf, uint32_t wait_ms)
{
	close_fd(dmabuf);
	errno = 0;
	if (xengnttab_dmabuf_exp_wait_released(dmabuf->handle, dmabuf->number, wait_ms))
		return errno == ENOENT ? 0 : failure();
	return 0;
}

void dmabuf_free(struct dmabuf *dmabuf)
{
	if (!dmabuf)
		return;
	close_fd(dmabuf);
	if (dmabuf->handle)
		xengnttab_close(dmabuf->handle);
	free(dmabuf);
}

/* -------- imports -------- */

struct dmabuf_import {
	xengnttab_handle *handle;
	int fd; /* its number identifies the import to the kernel */
	bool granted;
};

bool dmabuf_can_import(void)
{
	return can_import;
}

uint64_t dmabuf_size_bytes(int fd)
{
	CLEANUP_CLOSE int info = -1;
	char text[1024];
	const char *size;
	ssize_t n;

	snprintf(text, sizeof text, "/proc/self/fdinfo/%d", fd);
	info = open(text, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return 0;
	n = read(info, text, sizeof text - 1);
	if (n < 0)
		return 0;
	text[n] = '\0';
	/* Only the fdinfo of a dma-buf names an exporter. */
	size = strstr(text, "\nsize:\t");
	return size && strstr(text, "\nexp_name:\t")
		       ? strtoull(size + strlen("\nsize:\t"), NULL, 10)
		       : 0;
}

int dmabuf_import(struct dmabuf_import **out, uint16_t domid, int fd, uint32_t *grefs, uint32_t n)
{
	struct dmabuf_import *import = calloc(1, sizeof *import);
	int rc = 0;

	if (!import)
		return -ENOMEM;
	import->fd = fd;
	errno = 0;
	import->handle = xengnttab_open(xen_logger(), 0);
	long_call_begins();
	if (!import->handle ||
	    xengnttab_dmabuf_imp_to_refs(import->handle, domid, (uint32_t)fd, n, grefs))
		rc = failure();
	long_call_ended();
	if (rc < 0) {
		dmabuf_import_end(import);
		return rc;
	}
	import->granted = true;
	*out = import;
	return 0;
}

int dmabuf_import_end(struct dmabuf_import *import)
{
	int rc = 0;

	if (!import)
		return 0;
	errno = 0;
	if (import->granted && xengnttab_dmabuf_imp_release(import->handle, (uint32_t)import->fd))
		rc = failure();
	if (import->handle)
		xengnttab_close(import->handle);
	free(import);
	return rc;
}

/* -------- what is possible -------- */

/*
 * Make a request without its structure.  A kernel without dma-bufs answers ENOTTY, and one that
 * exports none in a PV domain EINVAL, both before they read the structure.
 *
 * @return 0 or -errno.
 */
static int ask(unsigned long request)
{
	CLEANUP_CLOSE int fd = open(GNTDEV_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, request, NULL) < 0 && errno != EFAULT)
		return -errno;
	return 0;
}

/* Only a try shows whether Xen maps a page for devices. @return 0, also without a page for the try,
 * or -errno. */
static int try_export(uint16_t own_domid)
{
	struct ioctl_gntalloc_alloc_gref page = {
		.domid = own_domid,
		.flags = GNTALLOC_FLAG_WRITABLE,
		.count = 1,
	};
	CLEANUP_CLOSE int fd = open(GNTALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	struct dmabuf *dmabuf;
	int rc;

	if (fd < 0 || ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, &page) < 0)
		return 0;
	rc = dmabuf_export(&dmabuf, own_domid, page.gref_ids, 1);
	if (rc < 0)
		return rc;
	dmabuf_release(dmabuf, TRY_RELEASE_MS);
	dmabuf_free(dmabuf);
	return 0;
}

static const char *kernel_says(int rc)
{
	return rc == -ENOTTY ? "the kernel has no CONFIG_XEN_GNTDEV_DMABUF" : strerror(-rc);
}

void dmabuf_try(uint16_t own_domid)
{
	int rc = ask(IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS);

	if (rc < 0)
		log_info("Cannot export guests' buffers as dma-bufs: %s",
			 rc == -EINVAL ? "the kernel exports none in a PV domain"
				       : kernel_says(rc));
	else if ((rc = try_export(own_domid)) < 0)
		log_info(
			"Cannot export guests' buffers as dma-bufs: Xen does not map them for devices "
			"here (%s)",
			strerror(-rc));
	can_export = rc == 0;
	rc = ask(IOCTL_GNTDEV_DMABUF_IMP_TO_REFS);
	if (rc < 0)
		log_info("Cannot grant consumers' dma-bufs to guests: %s", kernel_says(rc));
	can_import = rc == 0;
}
