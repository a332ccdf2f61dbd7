/* SPDX-License-Identifier: MIT */
/*
 * See outmem.h.  The order matters: allocate the memory and map it writable before sealing it.  A
 * consumer that may only read can then neither remove pages (no SIGBUS on either side) nor get
 * write access by mmap(), mprotect() or opening the file in /proc.  One that may write can punch
 * holes.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer/ledger.h"
#include "buffer/outmem.h"
#include "xenshbuf.h"

/* More than any guest can have mapped.  The kernel itself would allocate until memory runs out. */
#define OUTMEM_MAX_BYTES ((size_t)256 * 1024 * 1024)

static int seal(int fd, bool writable)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	if (!writable)
		seals |= F_SEAL_FUTURE_WRITE;
	/* Mode 0: only the descriptor that is sent gives access. */
	if (fchmod(fd, 0) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
		return -errno;
	return 0;
}

int outmem_begin(struct outmem *mem, size_t size_bytes)
{
	const size_t page = XENSHBUF_PAGE_BYTES;
	int rc;

	*mem = (struct outmem)OUTMEM_INIT;
	if (size_bytes == 0)
		return -EINVAL;
	if (size_bytes > OUTMEM_MAX_BYTES)
		return -ENOMEM;
	mem->size_bytes = (size_bytes + page - 1) / page * page;
	mem->fd = memfd_create("xenavd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	rc = mem->fd < 0 ? -errno : 0;
	/* Before the mode is 0: later only root could. */
	if (rc == 0)
		rc = ledger_watch(mem->fd, &mem->watch);
	if (rc < 0)
		outmem_destroy(mem);
	return rc;
}

static int finish(struct outmem *mem, bool writable)
{
	mem->data = mmap(NULL, mem->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, mem->fd, 0);
	if (mem->data == MAP_FAILED) {
		mem->data = NULL;
		return -errno;
	}
	return seal(mem->fd, writable);
}

int outmem_extend(struct outmem *mem, size_t n_bytes, bool writable)
{
	int rc = 0;

	if (n_bytes > mem->size_bytes - mem->there_bytes)
		n_bytes = mem->size_bytes - mem->there_bytes;
	/* Running out of memory at the first access would be a SIGBUS. */
	if (fallocate(mem->fd, 0, (off_t)mem->there_bytes, (off_t)n_bytes) < 0)
		rc = errno == ENOSPC ? -ENOMEM : -errno;
	mem->there_bytes += n_bytes;
	if (rc == 0 && mem->there_bytes < mem->size_bytes)
		return 1;
	if (rc == 0)
		rc = finish(mem, writable);
	if (rc < 0)
		outmem_destroy(mem);
	return rc;
}

int outmem_create(struct outmem *mem, size_t size_bytes, bool writable)
{
	int rc;

	rc = outmem_begin(mem, size_bytes);
	return rc < 0 ? rc : outmem_extend(mem, mem->size_bytes, writable);
}

int outmem_read(const struct outmem *mem, size_t offset_bytes, void *to, size_t bytes)
{
	char *at = to;
	ssize_t n;

	while (bytes > 0) {
		n = pread(mem->fd, at, bytes, (off_t)offset_bytes);
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		offset_bytes += (size_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

void outmem_destroy(struct outmem *mem)
{
	if (mem->data)
		munmap(mem->data, mem->size_bytes);
	if (mem->fd >= 0)
		close(mem->fd);
	*mem = (struct outmem)OUTMEM_INIT;
}
