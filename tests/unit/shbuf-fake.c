/* SPDX-License-Identifier: MIT */
/*
 * As much of Xen as libxenshbuf sees: see shbuf-fake.h.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#include <xen/sys/gntalloc.h>
#include <xengnttab.h>

#include "shbuf-fake.h"

#define PAGE        4096
#define MAX_REGIONS 16

/* The pages of one open of /dev/xen/gntalloc. */
struct region {
	int fd; /* as the library has it; -1: free */
	int keep_fd;
	uint32_t owner, granted_to;
	uint32_t first, count; /* of the grefs; page i has the last one minus i */
	char *view;
};

struct mapping {
	char *addr;
	uint32_t count;
};

struct fake fake;
static struct region regions[MAX_REGIONS];
static struct mapping mappings[MAX_REGIONS];
static uint32_t next_gref;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

void fake_reset(void)
{
	size_t i;

	assert_int_equal(fake.n_granted, 0);
	assert_int_equal(fake.n_mapped, 0);
	memset(&fake, 0, sizeof fake);
	for (i = 0; i < MAX_REGIONS; i++)
		regions[i].fd = -1;
	fake.limit = 200000;
	next_gref = 8;
}

/* Every call that can fail passes here. */
static bool must_fail(int error)
{
	if (++fake.n_calls != fake.fail_at)
		return false;
	errno = error;
	return true;
}

static struct region *find_region(uint32_t gref)
{
	size_t i;

	for (i = 0; i < MAX_REGIONS; i++)
		if (regions[i].count && gref - regions[i].first < regions[i].count)
			return &regions[i];
	return NULL;
}

static off_t region_offset(const struct region *region, uint32_t gref)
{
	return (off_t)(region->first + region->count - 1 - gref) * PAGE;
}

/* The region of a gref, if domid has granted it to the caller. */
static struct region *find_granted(uint32_t gref, uint32_t domid)
{
	struct region *region = find_region(gref);

	if (!region || region->owner != domid || region->granted_to != fake.self)
		return NULL;
	return region;
}

uint32_t *fake_page(uint32_t gref)
{
	struct region *region = find_region(gref);

	assert_non_null(region);
	return (uint32_t *)(void *)(region->view + region_offset(region, gref));
}

int fake_granted_to(uint32_t gref)
{
	struct region *region = find_region(gref);

	return region ? (int)region->granted_to : -1;
}

int xengnttab_grant_copy(xengnttab_handle *, uint32_t count, xengnttab_grant_copy_segment_t *segs)
{
	struct region *region;
	uint32_t ref = segs->source.foreign.ref;

	assert_int_equal(count, 1);
	assert_int_equal(segs->flags, GNTCOPY_source_gref);
	assert_int_equal(segs->source.foreign.offset, 0);
	assert_int_equal(segs->len, PAGE);
	fake.n_copies++;
	if (fake.no_grant_copy || must_fail(ENOTTY)) {
		/* As in the library: its logging can change errno. */
		errno = 0;
		return -1;
	}
	if (fake.copy_forgets)
		return 0;
	region = find_granted(ref, segs->source.foreign.domid);
	segs->status = region ? fake.copy_status : GNTST_bad_gntref;
	if (segs->status == GNTST_okay) {
		memcpy(segs->dest.virt, fake_page(ref), PAGE);
		if (fake.on_copy)
			fake.on_copy(ref);
	}
	return 0;
}

static struct mapping *new_mapping(char *addr, uint32_t count)
{
	size_t i;

	for (i = 0; i < MAX_REGIONS; i++)
		if (!mappings[i].addr) {
			mappings[i].addr = addr;
			mappings[i].count = count;
			return &mappings[i];
		}
	fail_msg("too many mappings");
	return NULL;
}

void *xengnttab_map_domain_grant_refs(xengnttab_handle *, uint32_t count, uint32_t domid,
				      uint32_t *refs, int prot)
{
	struct region *region;
	char *addr;
	void *page;
	uint32_t i;

	if (must_fail(ENOMEM))
		return NULL;
	for (i = 0; i < count; i++)
		if (!find_granted(refs[i], domid) ||
		    ((prot & PROT_WRITE) && refs[i] == fake.read_only)) {
			errno = EINVAL;
			return NULL;
		}
	addr = __real_mmap(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);
	assert_ptr_not_equal(addr, MAP_FAILED);
	for (i = 0; i < count; i++) {
		region = find_granted(refs[i], domid);
		page = __real_mmap(addr + (size_t)i * PAGE, PAGE, prot, MAP_SHARED | MAP_FIXED,
				   region->keep_fd, region_offset(region, refs[i]));
		assert_ptr_not_equal(page, MAP_FAILED);
	}
	new_mapping(addr, count);
	fake.n_maps++;
	fake.n_mapped += count;
	fake.n_mappings++;
	fake.last_prot = prot;
	return addr;
}

int xengnttab_unmap(xengnttab_handle *, void *start_address, uint32_t count)
{
	size_t i;

	for (i = 0; i < MAX_REGIONS; i++)
		if (mappings[i].addr == start_address && mappings[i].count == count) {
			mappings[i].addr = NULL;
			munmap(start_address, (size_t)count * PAGE);
			fake.n_mapped -= count;
			fake.n_mappings--;
			return must_fail(ENOENT) ? -1 : 0;
		}
	fail_msg("unmapped what was not mapped so");
	return -1;
}

static int open_text(const char *text)
{
	int fd = memfd_create("limit", MFD_CLOEXEC);

	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
	return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
	size_t i;
	int fd;

	if (!strcmp(path, "/sys/module/xen_gntalloc/parameters/limit")) {
		errno = ENOENT;
		return fake.limit_text ? open_text(fake.limit_text) : -1;
	}
	if (strcmp(path, "/dev/xen/gntalloc"))
		return __real_open(path, flags);

	assert_int_equal(flags, O_RDWR | O_CLOEXEC);
	if (must_fail(EMFILE))
		return -1;
	errno = fake.open_errno;
	if (fake.open_errno)
		return -1;
	fd = memfd_create("gntalloc", MFD_CLOEXEC);
	assert_true(fd >= 0);
	/* The library has closed the descriptor of a slot without pages. */
	for (i = 0; regions[i].count; i++)
		assert_true(i + 1 < MAX_REGIONS);
	regions[i].fd = fd;
	return fd;
}

static int alloc_gref(struct region *region, struct ioctl_gntalloc_alloc_gref *req)
{
	uint32_t *ids = (uint32_t *)(void *)((char *)req +
					     offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids));
	size_t len = (size_t)req->count * PAGE;
	uint32_t i;

	assert_int_equal(req->flags, GNTALLOC_FLAG_WRITABLE);
	assert_int_equal(region->count, 0);
	if (fake.n_granted + req->count > fake.limit) {
		errno = ENOSPC;
		return -1;
	}
	assert_int_equal(ftruncate(region->fd, (off_t)len), 0);
	region->keep_fd = dup(region->fd);
	region->view = __real_mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, region->fd, 0);
	assert_ptr_not_equal(region->view, MAP_FAILED);
	region->owner = fake.self;
	region->granted_to = req->domid;
	region->first = next_gref;
	region->count = req->count;
	next_gref += req->count;
	fake.n_granted += req->count;
	for (i = 0; i < req->count; i++)
		ids[i] = region->first + region->count - 1 - i;
	req->index = 0;
	return 0;
}

static int dealloc_gref(struct region *region, const struct ioctl_gntalloc_dealloc_gref *req)
{
	assert_int_equal(req->index, 0);
	assert_int_equal(req->count, region->count);
	munmap(region->view, (size_t)region->count * PAGE);
	close(region->keep_fd);
	fake.n_granted -= region->count;
	region->count = 0;
	region->fd = -1;
	return must_fail(EINVAL) ? -1 : 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	size_t i;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	for (i = 0; regions[i].fd != fd; i++)
		assert_true(i + 1 < MAX_REGIONS);
	if (request == IOCTL_GNTALLOC_DEALLOC_GREF)
		return dealloc_gref(&regions[i], arg);
	assert_int_equal(request, IOCTL_GNTALLOC_ALLOC_GREF);
	fake.n_allocs++;
	return must_fail(ENOMEM) ? -1 : alloc_gref(&regions[i], arg);
}

void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (must_fail(EAGAIN))
		return MAP_FAILED;
	assert_int_equal(flags, MAP_SHARED);
	return __real_mmap(addr, len, prot, flags, fd, offset);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return must_fail(ENOMEM) ? NULL : __real_calloc(n, size);
}
