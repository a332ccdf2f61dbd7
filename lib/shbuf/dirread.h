/* SPDX-License-Identifier: MIT */
/*
 * Reading the page directory of another domain: every page is fetched once into private memory, by
 * grant copy, and what was fetched is then the only truth.  The rules are in pgdir.h.
 */
#ifndef XENSHBUF_DIRREAD_H
#define XENSHBUF_DIRREAD_H

#include <stdint.h>

struct xengntdev_handle;
struct pgdir_walk;

/*
 * Follow a walk that pgdir_walk_start() has begun to its end.  Nothing stays mapped.
 *
 * @return 0, -EINVAL if the directory is unsound, -EFAULT if one of its pages is not granted to us,
 * -EIO if they cannot be copied.
 */
int dirread_all(struct pgdir_walk *walk, struct xengntdev_handle *xgt, uint32_t domid);

#endif
