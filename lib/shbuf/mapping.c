/* SPDX-License-Identifier: MIT */
/* See mapping.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <xengnttab.h>

#include "shbuf/mapping.h"

/* libxengnttab logs before it returns, which can change errno. */
static int failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

int mapping_create(void **addr, struct xengntdev_handle *xgt, uint32_t domid, uint32_t *refs,
		   uint32_t n, bool writable)
{
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	void *mapped;

	errno = 0;
	mapped = xengnttab_map_domain_grant_refs(xgt, n, domid, refs, prot);
	if (!mapped) {
		/* gntdev reports EINVAL for any gref that the hypervisor refuses. */
		return errno == EINVAL ? -EFAULT : failure();
	}
	*addr = mapped;
	return 0;
}

int mapping_destroy(struct xengntdev_handle *xgt, void *addr, uint32_t n)
{
	errno = 0;
	return xengnttab_unmap(xgt, addr, n) ? failure() : 0;
}
