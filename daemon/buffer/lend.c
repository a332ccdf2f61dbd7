/* SPDX-License-Identifier: MIT */
/* See lend.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "buffer/gbuf.h"
#include "buffer/lend.h"
#include "xen/gntdev.h"
#include "xenav-proto.h"
#include "xenshbuf.h"

int lend_begin(struct lend *lend, const struct gbuf *gbuf, uint32_t ways)
{
	uint64_t offset_bytes;
	int rc = 0;

	*lend = (struct lend)LEND_INIT;
	if (!(ways & XENAV_WAY_DIRECT))
		return -EOPNOTSUPP;
	/* Mapping pages of our own costs Xen nothing. */
	if (gbuf_gntalloc_fd(gbuf, &offset_bytes) < 0)
		rc = gbuf_charge_lent(gbuf);
	if (rc < 0)
		return rc;
	lend->way = XENAV_WAY_DIRECT;
	lend->domid = gbuf_domid(gbuf);
	lend->pages = (uint32_t)rc;
	lend->gbuf = gbuf;
	return 0;
}

/* @return a descriptor or -errno. */
static int make_direct(struct lend *lend, uint32_t pages)
{
	int fd = gbuf_gntalloc_fd(lend->gbuf, &lend->offset_bytes);

	if (fd < 0)
		return gntdev_slot(lend->domid, gbuf_grefs(lend->gbuf), pages, &lend->offset_bytes);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

void lend_run(struct lend *lend)
{
	const uint32_t pages = xenshbuf_pages(gbuf_size_bytes(lend->gbuf));
	const int fd = make_direct(lend, pages);

	lend->rc = fd < 0 ? fd : 0;
	lend->fd = fd < 0 ? -1 : fd;
	lend->size_bytes = pages * XENSHBUF_PAGE_BYTES;
}

void lend_passed(struct lend *lend)
{
	if (lend->fd >= 0)
		close(lend->fd);
	lend->fd = -1;
	lend->gbuf = NULL;
}

void lend_end(struct lend *lend)
{
	lend_passed(lend);
	if (lend->pages > 0)
		gbuf_uncharge_lent(lend->domid, lend->pages);
	lend->pages = 0;
}
