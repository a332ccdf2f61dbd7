/* SPDX-License-Identifier: MIT */
/* The device nodes of Xen's drivers. */
#ifndef XENAVD_DEVICES_H
#define XENAVD_DEVICES_H

#define EVTCHN_DEVICE   "/dev/xen/evtchn"
#define GNTALLOC_DEVICE "/dev/xen/gntalloc"
#define GNTDEV_DEVICE   "/dev/xen/gntdev"
#define XENBUS_DEVICE   "/dev/xen/xenbus"

#endif
