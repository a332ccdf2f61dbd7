/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a daemon to count its allocations: a number in a file that the environment names,
 * which whoever counts has mapped, too.  See alloc-count.h.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc-count.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *memalign(size_t alignment, size_t size);

/* Counted here until the file is mapped. */
static uint64_t early;
static uint64_t *count = &early;

static void __attribute__((constructor)) attach(void)
{
	const char *path = getenv(ALLOC_COUNT_ENV);
	const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *page;

	if (fd < 0)
		return;
	page = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page != MAP_FAILED)
		count = page;
}

static void add(void)
{
	__atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size)
{
	add();
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	add();
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	add();
	return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
	add();
	return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *new = memalign(alignment, size);

	if (!new)
		return ENOMEM;
	*out = new;
	return 0;
}
