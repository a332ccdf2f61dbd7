/* SPDX-License-Identifier: MIT */
/* See dirread.h. */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <xengnttab.h>

#include "shbuf/dirread.h"
#include "shbuf/pgdir.h"

/*
 * One page by grant copy: one system call, and nothing is mapped that the guest could change.
 * The copy is zeroed first: a success that copied nothing (XSA-318) must not hand out old bytes.
 *
 * @return 0, -EFAULT if the hypervisor refused this gref, -EIO if the call as a whole failed:
 * libxengnttab logs before it returns, so errno cannot tell why.
 */
static int copy_page(struct pgdir_page *copy, xengnttab_handle *xgt, uint32_t domid, uint32_t gref)
{
	xengnttab_grant_copy_segment_t seg;

	memset(copy, 0, sizeof *copy);
	memset(&seg, 0, sizeof seg);
	seg.source.foreign.ref = gref;
	seg.source.foreign.domid = (uint16_t)domid;
	seg.dest.virt = copy;
	seg.len = sizeof *copy;
	seg.flags = GNTCOPY_source_gref;
	/* Not a status of the hypervisor: shows whether the status was written. */
	seg.status = INT16_MAX;

	if (xengnttab_grant_copy(xgt, 1, &seg))
		return -EIO;
	return seg.status == GNTST_okay ? 0 : -EFAULT;
}

int dirread_all(struct pgdir_walk *walk, struct xengntdev_handle *xgt, uint32_t domid)
{
	struct pgdir_page copy;
	int rc;

	do {
		rc = copy_page(&copy, xgt, domid, pgdir_walk_wants(walk));
		if (rc == 0)
			rc = pgdir_walk_take(walk, &copy);
	} while (rc > 0);
	return rc;
}
