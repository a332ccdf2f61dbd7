/* SPDX-License-Identifier: MIT */
/* What xenavd opens of Xen, not only at its start: a device for each buffer that leaves without a
 * copy or is supplied to a guest, and xenstored's socket when xenstored is back. */
#ifndef XENAVD_NEEDED_H
#define XENAVD_NEEDED_H

/* @return the paths, ended by NULL, valid until the process ends.  In each domain some of them are
 * missing. */
const char *const *xen_needed(void);

/* @return the numbers of the ioctls that xenavd and Xen's libraries make, for those devices and
 * dma-bufs, ended by 0. */
const unsigned long *xen_ioctls(void);

#endif
