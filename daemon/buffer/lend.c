/* SPDX-License-Identifier: MIT */
/* See lend.h. */
#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "buffer/gbuf.h"
#include "buffer/lend.h"
#include "xen/gntdev.h"
#include "xenav-proto.h"
#include "xenshbuf.h"

int lend_begin(struct lend *lend, const struct gbuf *gbuf, uint32_t ways)
{
	int rc;

	*lend = (struct lend)LEND_INIT;
	if (!(ways & XENAV_WAY_DIRECT))
		return -EOPNOTSUPP;
	rc = gbuf_charge_lent(gbuf);
	if (rc < 0)
		return rc;
	lend->way = XENAV_WAY_DIRECT;
	lend->domid = gbuf_domid(gbuf);
	lend->pages = (uint32_t)rc;
	lend->gbuf = gbuf;
	return 0;
}

void lend_run(struct lend *lend)
{
	const uint32_t pages = xenshbuf_pages(gbuf_size_bytes(lend->gbuf));

	lend->rc = gntdev_slot(lend->domid, gbuf_grefs(lend->gbuf), pages, &lend->offset_bytes);
	if (lend->rc < 0)
		return;
	lend->fd = lend->rc;
	lend->rc = 0;
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
