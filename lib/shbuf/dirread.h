/* SPDX-License-Identifier: MIT */
/*
 * Reading the page directory of another domain: each page is copied once into private memory, and
 * only the copy is used.  The rules are in pgdir.h.
 */
#ifndef XENSHBUF_DIRREAD_H
#define XENSHBUF_DIRREAD_H

#include <stdint.h>

struct xengntdev_handle;
struct pgdir_walk;

/*
 * Finish a walk that pgdir_walk_start() has begun.
 *
 * @return 0, -EINVAL if the directory is unsound, -EFAULT if one of its pages is not granted to us,
 * -EIO if they cannot be copied.
 */
int dirread_all(struct pgdir_walk *walk, struct xengntdev_handle *xgt, uint32_t domid);

#endif
