/* SPDX-License-Identifier: MIT */
/*
 * See dmabuf.h.  The kernel knows an export by its handle and the number of the descriptor that it
 * had at first, which may long be another's; so each has a handle of its own.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <xengnttab.h>

#include "report/log.h"
#include "xen/dmabuf.h"
#include "xen/xenlog.h"

struct dmabuf {
	xengnttab_handle *handle;
	int fd; /* -1: closed */
	uint32_t number;
};

static int failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

/* No export has this number: a kernel that knows of any says so. */
static bool try(void)
{
	xengnttab_handle *handle = xengnttab_open(NULL, 0);
	bool known;

	if (!handle)
		return false;
	errno = 0;
	known = xengnttab_dmabuf_exp_wait_released(handle, UINT32_MAX, 0) == 0 || errno == ENOENT;
	xengnttab_close(handle);
	return known;
}

bool dmabuf_available(void)
{
	static bool tried, available;

	if (tried)
		return available;
	tried = true;
	available = try();
	if (!available)
		log_info("This kernel makes no dma-bufs of guests' buffers "
			 "(CONFIG_XEN_GNTDEV_DMABUF)");
	return available;
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
	if (xengnttab_dmabuf_exp_from_refs(dmabuf->handle, domid, 0, n, grefs, &dmabuf->number)) {
		rc = failure();
		goto err;
	}
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
