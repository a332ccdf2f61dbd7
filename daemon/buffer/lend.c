/* SPDX-License-Identifier: MIT */
/* See lend.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "buffer/account.h"
#include "buffer/gbuf.h"
#include "buffer/lend.h"
#include "xen/dmabuf.h"
#include "xen/gntdev.h"
#include "xenav-proto.h"
#include "xenshbuf.h"

/* What of these ways there is for the buffer.  One that we supplied is no grant of a guest's. */
static uint32_t possible(const struct gbuf *gbuf, bool supplied, uint32_t ways)
{
	if (gbuf_offer_key(gbuf))
		return ways & XENAV_WAY_DMABUF;
	if (supplied || !dmabuf_can_export())
		return ways & XENAV_WAY_DIRECT;
	return ways & (XENAV_WAY_DIRECT | XENAV_WAY_DMABUF);
}

int lend_begin(struct lend *lend, struct gbuf *gbuf, uint32_t ways)
{
	uint64_t offset_bytes;
	const bool supplied = gbuf_gntalloc_fd(gbuf, &offset_bytes) >= 0;
	int rc = 0;

	*lend = (struct lend)LEND_INIT;
	lend->ways = possible(gbuf, supplied, ways);
	if (!lend->ways)
		return -EOPNOTSUPP;
	/* Mapping pages of our own, or of consumers, costs Xen nothing. */
	if (!supplied && !gbuf_offer_key(gbuf))
		rc = gbuf_charge_lent(gbuf);
	if (rc < 0)
		return rc;
	lend->domid = gbuf_domid(gbuf);
	lend->pages = (uint32_t)rc;
	lend->gbuf = gbuf;
	return 0;
}

static int duplicate(int fd)
{
	if (fd < 0)
		return fd;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* Each of these: @return a descriptor or -errno. */

static int make_dmabuf(struct lend *lend)
{
	lend->way = XENAV_WAY_DMABUF;
	lend->offset_bytes = 0;
	return duplicate(gbuf_dmabuf_fd(lend->gbuf));
}

static int make_direct(struct lend *lend, uint32_t pages)
{
	const int fd = gbuf_gntalloc_fd(lend->gbuf, &lend->offset_bytes);

	lend->way = XENAV_WAY_DIRECT;
	if (fd >= 0)
		return duplicate(fd);
	return gntdev_slot(lend->domid, gbuf_grefs(lend->gbuf), pages, &lend->offset_bytes);
}

/* Who can import a dma-buf has more use for it than for memory that is mapped. */
void lend_run(struct lend *lend)
{
	const uint32_t pages = xenshbuf_pages(gbuf_size_bytes(lend->gbuf));
	int fd = -EOPNOTSUPP;

	if (lend->ways & XENAV_WAY_DMABUF)
		fd = make_dmabuf(lend);
	if (fd < 0 && (lend->ways & XENAV_WAY_DIRECT))
		fd = make_direct(lend, pages);
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
		account_uncharge_lent(lend->domid, lend->pages);
	lend->pages = 0;
}
