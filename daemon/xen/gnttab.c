/* SPDX-License-Identifier: MIT */
/* See gnttab.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xengnttab.h>

#include "xen/gnttab.h"
#include "xen/long-call.h"
#include "xen/xenlog.h"
#include "xenshbuf.h"

struct gnttab {
	xengnttab_handle *handle;
};

int gnttab_open(struct gnttab **out)
{
	struct gnttab *gnttab = calloc(1, sizeof *gnttab);
	int rc;

	if (!gnttab)
		return -ENOMEM;
	gnttab->handle = xengnttab_open(xen_logger(), 0);
	if (!gnttab->handle) {
		rc = errno ? -errno : -EIO;
		free(gnttab);
		return rc;
	}
	*out = gnttab;
	return 0;
}

void gnttab_close(struct gnttab *gnttab)
{
	if (!gnttab)
		return;
	xengnttab_close(gnttab->handle);
	free(gnttab);
}

int gnttab_map_page(struct gnttab *gnttab, uint16_t domid, uint32_t gref, void **page)
{
	LONG_CALL;

	*page = xengnttab_map_grant_ref(gnttab->handle, domid, gref, PROT_READ | PROT_WRITE);
	if (*page)
		return 0;
	return errno ? -errno : -EIO;
}

void gnttab_unmap_page(struct gnttab *gnttab, void *page)
{
	if (page)
		xengnttab_unmap(gnttab->handle, page, 1);
}

int gnttab_map_buffer(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
		      uint32_t size_bytes, bool writable, struct xenshbuf **out)
{
	LONG_CALL;

	return xenshbuf_map(out, gnttab->handle, domid, gref_directory, size_bytes, writable,
			    xenshbuf_pages(size_bytes));
}

int gnttab_provide_buffer(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
			  uint32_t size_bytes, struct xenshbuf **buf)
{
	LONG_CALL;

	if (*buf)
		return xenshbuf_provide_again(*buf, gnttab->handle, gref_directory, size_bytes);
	return xenshbuf_provide(buf, gnttab->handle, domid, gref_directory, size_bytes,
				xenshbuf_pages(size_bytes));
}

int gnttab_provide_refs(struct gnttab *gnttab, uint16_t domid, uint32_t gref_directory,
			uint32_t size_bytes, const uint32_t *grefs)
{
	LONG_CALL;

	return xenshbuf_provide_refs(gnttab->handle, domid, gref_directory, size_bytes, grefs);
}
