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

/* The ways that the kind of the buffer allows. */
static uint32_t possible(const struct gbuf *gbuf, uint32_t ways)
{
	switch (gbuf_kind(gbuf)) {
	case GBUF_MAPPED:
		return ways & (XENAV_WAY_DIRECT | (dmabuf_can_export() ? XENAV_WAY_DMABUF : 0));
	case GBUF_SUPPLIED:
		return ways & XENAV_WAY_DIRECT;
	case GBUF_OFFERED:
		return ways & XENAV_WAY_DMABUF;
	}
	return 0;
}

int lend_begin(struct lend *lend, struct gbuf *gbuf, uint32_t ways)
{
	uint32_t pages = 0;
	int rc = 0;

	*lend = (struct lend)LEND_INIT;
	lend->ways = possible(gbuf, ways);
	if (!lend->ways)
		return -EOPNOTSUPP;
	/* Only mapping a guest's grants takes mappings from Xen. */
	if (gbuf_kind(gbuf) == GBUF_MAPPED) {
		pages = xenshbuf_pages(gbuf_size_bytes(gbuf));
		rc = account_charge_lent(gbuf_domid(gbuf), pages);
	}
	if (rc < 0)
		return rc;
	lend->domid = gbuf_domid(gbuf);
	lend->pages = pages;
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

static int make_dmabuf(struct lend *lend)
{
	lend->way = XENAV_WAY_DMABUF;
	lend->offset_bytes = 0;
	return duplicate(gbuf_dmabuf_fd(lend->gbuf));
}

static int make_direct(struct lend *lend, uint32_t pages)
{
	lend->way = XENAV_WAY_DIRECT;
	if (gbuf_kind(lend->gbuf) == GBUF_SUPPLIED)
		return duplicate(gbuf_gntalloc_fd(lend->gbuf, &lend->offset_bytes));
	return gntdev_slot(lend->domid, gbuf_grefs(lend->gbuf), pages, &lend->offset_bytes);
}

/* Prefer a dma-buf: a consumer that can import one needs no mapping. */
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
