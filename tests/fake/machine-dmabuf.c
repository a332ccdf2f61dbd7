/* SPDX-License-Identifier: MIT */
/* dma-bufs of the machine: see machine.h.  A lock that belongs to the open file, not to a process,
 * says whether anybody has it. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

struct label {
	char magic[16];
	uint32_t first;
	uint32_t count;
};

static const char magic[16] = "fake dma-buf";

int machine_dmabuf(uint32_t first, uint32_t count)
{
	struct flock held = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct label label = {.first = first, .count = count};
	int fd = memfd_create("dma-buf", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	memcpy(label.magic, magic, sizeof magic);
	if (ftruncate(fd, (off_t)count * MACHINE_PAGE) < 0 ||
	    pwrite(fd, &label, sizeof label, 0) != (ssize_t)sizeof label ||
	    fcntl(fd, F_OFD_SETLK, &held) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

bool machine_dmabuf_frames(int fd, uint32_t *first, uint32_t *count)
{
	struct label label;

	if (pread(fd, &label, sizeof label, 0) != (ssize_t)sizeof label ||
	    memcmp(label.magic, magic, sizeof magic) != 0)
		return false;
	*first = label.first;
	*count = label.count;
	return true;
}

int machine_dmabuf_observe(int fd)
{
	char path[32];
	int observer;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	observer = open(path, O_RDWR | O_CLOEXEC);
	return observer < 0 ? -errno : observer;
}

bool machine_dmabuf_released(int observer)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(observer, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}
