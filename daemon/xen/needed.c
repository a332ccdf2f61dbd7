/* SPDX-License-Identifier: MIT */
/* See needed.h. */
#include <config.h>

#include <linux/dma-buf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <xenstore_lib.h>

/* These headers need the types of this one before them. */
#include <xen/event_channel.h>

#include <xen/sys/evtchn.h>
#include <xen/sys/gntalloc.h>
#include <xen/sys/gntdev.h>

#include "xen/devices.h"
#include "xen/needed.h"

const char *const *xen_needed(void)
{
	static const char *paths[6] = {
		EVTCHN_DEVICE,
		GNTDEV_DEVICE,
		GNTALLOC_DEVICE,
		XENBUS_DEVICE,
	};

	/* Its own memory, which the environment can set. */
	paths[4] = xs_daemon_socket();
	return paths;
}

const unsigned long *xen_ioctls(void)
{
	static const unsigned long numbers[] = {
		IOCTL_EVTCHN_BIND_INTERDOMAIN,
		IOCTL_EVTCHN_UNBIND,
		IOCTL_EVTCHN_NOTIFY,
		IOCTL_GNTDEV_MAP_GRANT_REF,
		IOCTL_GNTDEV_UNMAP_GRANT_REF,
		IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR,
		IOCTL_GNTDEV_SET_UNMAP_NOTIFY,
		IOCTL_GNTDEV_GRANT_COPY,
		IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS,
		IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED,
		IOCTL_GNTDEV_DMABUF_IMP_TO_REFS,
		IOCTL_GNTDEV_DMABUF_IMP_RELEASE,
		IOCTL_GNTALLOC_ALLOC_GREF,
		IOCTL_GNTALLOC_DEALLOC_GREF,
		IOCTL_GNTALLOC_SET_UNMAP_NOTIFY,
		DMA_BUF_IOCTL_SYNC,
		0,
	};

	return numbers;
}
