/* SPDX-License-Identifier: MIT */
/* See pool.h: limits and their explanations. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "buffer/pool.h"
#include "report/log.h"
#include "xen/devices.h"
#include "xenshbuf.h"

/* 1920x1080 at 4 bytes a pixel. */
#define FRAME_PAGES 2025

#define LIMIT_FILE "/sys/module/xen_gntalloc/parameters/limit"

static bool is_absent(int rc)
{
	return rc == -ENOENT || rc == -ENODEV || rc == -ENXIO;
}

void supply_check(void)
{
	uint32_t limit = 0;
	int rc = xenshbuf_gntalloc_limit(&limit);

	if (is_absent(rc))
		log_warn("No guest can be supplied with buffers (be_alloc): the kernel module "
			 "xen-gntalloc is not loaded");
	else if (rc < 0)
		log_warn("Cannot read the limit of xen-gntalloc: %s", strerror(-rc));
	else if (limit < FRAME_PAGES)
		log_warn("The kernel's limit of pages for be_alloc is %u, less than one frame of "
			 "1920x1080 (%u); raise it with \"options xen-gntalloc limit=\" in "
			 "/etc/modprobe.d, and now in " LIMIT_FILE,
			 limit, FRAME_PAGES);
}

/* The kernel reports the same error for its limit and for a full grant table. */
static void explain_full(const struct supply *supply, uint32_t pages, char *text, size_t size)
{
	const uint32_t used = supply_pages(supply);
	uint32_t limit = 0;

	if (xenshbuf_gntalloc_limit(&limit) < 0)
		snprintf(text, size, "the kernel has no pages left to grant");
	else if (used > limit || pages > limit - used)
		snprintf(text, size,
			 "the kernel's limit of %u pages is reached; \"options xen-gntalloc "
			 "limit=\" in /etc/modprobe.d raises it, and " LIMIT_FILE " at once",
			 limit);
	else
		snprintf(text, size,
			 "this domain's grant table is full (gnttab_max_frames= on Xen's command "
			 "line makes that of dom0 larger), or other programs have reached the "
			 "limit of %u pages in " LIMIT_FILE,
			 limit);
}

void supply_explain(const struct supply *supply, int rc, uint32_t size_bytes, char *text,
		    size_t size)
{
	if (rc == -ENOSPC)
		explain_full(supply, xenshbuf_pages(size_bytes), text, size);
	else if (is_absent(rc))
		snprintf(text, size, GNTALLOC_DEVICE " is missing; \"modprobe xen-gntalloc\"");
	else if (rc == -EACCES || rc == -EPERM)
		snprintf(text, size, GNTALLOC_DEVICE " cannot be opened by this user");
	else if (rc == -EFAULT)
		snprintf(text, size,
			 "its directory is not granted writable, or Xen maps no more for this "
			 "domain (gnttab_max_maptrack_frames= on Xen's command line)");
	else
		snprintf(text, size, "its pages cannot be supplied");
}
