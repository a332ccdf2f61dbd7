/* SPDX-License-Identifier: MIT */
/*
 * Grants for another process: a descriptor of /dev/xen/gntdev of their own, which libxengnttab
 * cannot make, since it maps what it is given.
 *
 * Nothing narrows such a descriptor down.  Who holds it can map whatever any domain has granted to
 * ours, so it is for those only who are trusted like dom0 itself.
 */
#ifndef XENAVD_GNTDEV_H
#define XENAVD_GNTDEV_H

#include <stdint.h>

/*
 * Open the device and name n grants of a domain to it, without mapping them.  Whoever has the
 * descriptor maps exactly n pages from *offset_bytes on, shared, once and never again; whether the
 * grants are any good is found out then.  May block: for the worker.
 *
 * @return the descriptor, the caller's; -ENOENT, -EACCES, -EMFILE, -ENOMEM or another -errno.
 */
int gntdev_slot(uint16_t domid, const uint32_t *grefs, uint32_t n, uint64_t *offset_bytes);

#endif
