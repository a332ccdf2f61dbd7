/* SPDX-License-Identifier: MIT */
/* See place.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "report/cleanup.h"
#include "report/log.h"
#include "xen/devices.h"
#include "xen/place.h"
#include "xenshbuf.h"

int place_take(void)
{
	CLEANUP_CLOSE int fd = -1;
	int rc = 0;

	if (sysconf(_SC_PAGESIZE) != XENSHBUF_PAGE_BYTES) {
		log_err("The kernel's pages are larger than Xen's 4096 bytes: "
			"xenavd cannot map guest memory");
		return -EOPNOTSUPP;
	}
	fd = open(EVTCHN_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		rc = -errno;
	if (rc == -EWOULDBLOCK)
		log_err("Another xenavd already serves this domain");
	else if (rc < 0)
		log_err("Could not lock " EVTCHN_DEVICE ": %s", strerror(-rc));
	return rc < 0 ? rc : steal_fd(&fd);
}
