/* SPDX-License-Identifier: MIT */
/*
 * Grants for another process: a descriptor of /dev/xen/gntdev of their own, which libxengnttab
 * cannot make, because it maps every grant itself.
 *
 * The kernel does not restrict such a descriptor: its holder can map every grant of any domain to
 * ours.  It is only for consumers that are trusted like dom0 itself.
 */
#ifndef XENAVD_GNTDEV_H
#define XENAVD_GNTDEV_H

#include <stdint.h>

/*
 * Open the device and name n grants of a domain to it, without mapping them.  The holder of the
 * descriptor can map exactly n pages from *offset_bytes on, shared, once; only that mapping shows
 * whether the grants are valid.  May block: for the worker.
 *
 * @return the descriptor, the caller's; -ENOENT, -EACCES, -EMFILE, -ENOMEM or another -errno.
 */
int gntdev_slot(uint16_t domid, const uint32_t *grefs, uint32_t n, uint64_t *offset_bytes);

#endif
