/* SPDX-License-Identifier: MIT */
/*
 * The device nodes of the fake machine: /dev/xen/gntalloc and, for slots that another process maps,
 * /dev/xen/gntdev, whose descriptors are of the machine's memory, so that mmap() needs no help
 * wherever they go; and what xenstored finds of domain 0 below /proc/xen.  Which device a
 * descriptor is of the machine knows, wherever this process has it from.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/sys/gntalloc.h>
#include <xen/sys/gntdev.h>

#include "preload.h"

bool preload_attach(void)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	const char *dir = getenv(MACHINE_ENV);

	pthread_mutex_lock(&once);
	/* Whoever has just replaced its program has lost what it had mapped. */
	if (!machine && dir && machine_attach(dir) == 0)
		machine_reap((int)getpid());
	pthread_mutex_unlock(&once);
	return machine != NULL;
}

uint16_t preload_domid(void)
{
	const char *domid = getenv(MACHINE_DOMID_ENV);

	return domid ? (uint16_t)atoi(domid) : 0;
}

static int open_device(bool gntdev)
{
	const int error = machine_fault(CALL_OPEN, MACHINE_ANY);
	int fd;

	if (error) {
		errno = error;
		return -1;
	}
	fd = gntdev ? machine_gntdev_open() : machine_gntalloc_open(preload_domid());
	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

static int open_number(const char *name, uint32_t number)
{
	char text[16];
	int fd = memfd_create(name, MFD_CLOEXEC);
	int len = snprintf(text, sizeof text, "%u\n", number);

	if (fd >= 0 && pwrite(fd, text, (size_t)len, 0) != len)
		return -1;
	return fd;
}

static int open_absent(void)
{
	errno = ENOENT;
	return -1;
}

/* The kernel's answers for a descriptor that plays a dma-buf. */
static int open_fdinfo(int of)
{
	char text[128];
	uint32_t first, count;
	int len, fd;

	if (!machine_dmabuf_frames(of, &first, &count))
		return -1;
	fd = memfd_create("fdinfo", MFD_CLOEXEC);
	len = snprintf(text, sizeof text, "pos:\t0\nsize:\t%llu\ncount:\t1\nexp_name:\tfake\n",
		       (unsigned long long)count * MACHINE_PAGE);
	if (fd >= 0 && pwrite(fd, text, (size_t)len, 0) != len)
		return -1;
	return fd;
}

/* @return whether it is one of ours. */
static bool open_ours(const char *path, int *fd)
{
	int of;

	bool gntalloc = strcmp(path, "/dev/xen/gntalloc") == 0;
	bool gntdev = strcmp(path, "/dev/xen/gntdev") == 0;
	bool limit = strcmp(path, "/sys/module/xen_gntalloc/parameters/limit") == 0;
	bool port = strcmp(path, "/proc/xen/xsd_port") == 0;
	bool page = strcmp(path, "/proc/xen/xsd_kva") == 0;
	bool evtchn = strcmp(path, "/dev/xen/evtchn") == 0;

	if (sscanf(path, "/proc/self/fdinfo/%d", &of) == 1 && preload_attach()) {
		*fd = open_fdinfo(of);
		return *fd >= 0;
	}
	if ((!evtchn && !gntalloc && !gntdev && !limit && !port && !page) || !preload_attach())
		return false;
	if ((gntalloc || limit) && machine->alloc_absent)
		*fd = open_absent();
	else if (gntalloc || gntdev)
		*fd = open_device(gntdev);
	else if (limit)
		*fd = open_number("limit", machine->alloc_limit);
	else if (evtchn)
		*fd = machine_open_file(MACHINE_EVTCHN_FILE, O_RDWR | O_CREAT);
	else if (port)
		*fd = open_number("xsd_port", machine->store_port);
	else
		*fd = fcntl(machine_ram_fd(), F_DUPFD_CLOEXEC, 3); /* frame 0 */
	return true;
}

/*
 * Calls for other descriptors go to the next library, and not to the kernel: that may be a
 * sanitizer, which has to know whose memory and descriptors are whose.
 */
static void *next_of(void **next, const char *name)
{
	void *found = __atomic_load_n(next, __ATOMIC_RELAXED);

	if (!found) {
		found = dlsym(RTLD_NEXT, name);
		__atomic_store_n(next, found, __ATOMIC_RELAXED);
	}
	return found;
}

static int open_any(const char *path, int flags, mode_t mode)
{
	static void *next;
	int fd;

	if (open_ours(path, &fd))
		return fd;
	return ((int (*)(const char *, int, ...))next_of(&next, "open"))(path, flags, mode);
}

static mode_t mode_of(int flags, va_list ap)
{
	return (flags & (O_CREAT | O_TMPFILE)) ? va_arg(ap, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return open_any(path, flags, mode);
}

static int alloc_gref(int handle, struct ioctl_gntalloc_alloc_gref *req)
{
	uint32_t *ids = (uint32_t *)(void *)((char *)req +
					     offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids));
	int64_t first = machine_gntalloc(handle, req->domid, req->count,
					 !(req->flags & GNTALLOC_FLAG_WRITABLE), ids);

	if (first < 0)
		return (int)first;
	req->index = (uint64_t)first * MACHINE_PAGE;
	return 0;
}

static int set_notify(int handle, const struct ioctl_gntalloc_unmap_notify *notify)
{
	const uint64_t frame = notify->index / MACHINE_PAGE;

	if (frame > UINT32_MAX || !machine_gntalloc_has(handle, (uint32_t)frame, 1))
		return -ENOENT;
	return notify->action ? -EINVAL : 0;
}

static int gntalloc_ioctl(int handle, unsigned long request, void *arg)
{
	const struct ioctl_gntalloc_dealloc_gref *dealloc = arg;

	if (request == IOCTL_GNTALLOC_ALLOC_GREF)
		return alloc_gref(handle, arg);
	if (request == IOCTL_GNTALLOC_SET_UNMAP_NOTIFY)
		return set_notify(handle, arg);
	if (request != IOCTL_GNTALLOC_DEALLOC_GREF || dealloc->index % MACHINE_PAGE != 0)
		return -ENOTTY;
	return machine_gntfree(handle, (uint32_t)(dealloc->index / MACHINE_PAGE), dealloc->count);
}

/* The kernel maps any grants side by side, and only when somebody calls mmap(); here they have to
 * be so, and to be there already. */
static int gntdev_ioctl(unsigned long request, void *arg)
{
	struct ioctl_gntdev_map_grant_ref *req = arg;
	const struct ioctl_gntdev_grant_ref *refs = req ? req->refs : NULL;
	uint32_t first = 0;

	/* A call without a structure only asks whether the kernel can do it. */
	if (request == IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS ||
	    request == IOCTL_GNTDEV_DMABUF_IMP_TO_REFS)
		return machine->dmabuf_errno ? -machine->dmabuf_errno : -EFAULT;
	if (request != IOCTL_GNTDEV_MAP_GRANT_REF)
		return -ENOTTY;
	for (uint32_t i = 0; i < req->count; i++) {
		uint32_t frame;

		if (machine_grant_frame(preload_domid(), (uint16_t)refs[i].domid, refs[i].ref,
					false, &frame) != 0)
			return -EINVAL;
		if (i == 0)
			first = frame;
		if (frame != first + i)
			return -EINVAL;
	}
	req->index = (uint64_t)first * MACHINE_PAGE;
	return 0;
}

/* Without the lock: it may have to wait. */
static int ordered_failure(unsigned long request, const void *arg)
{
	const struct ioctl_gntalloc_alloc_gref *alloc = arg;
	const struct ioctl_gntdev_map_grant_ref *map = arg;

	if (request == IOCTL_GNTALLOC_ALLOC_GREF)
		return -machine_fault(CALL_ALLOC, alloc->domid);
	if (request == IOCTL_GNTALLOC_DEALLOC_GREF)
		return -machine_fault(CALL_FREE, MACHINE_ANY);
	if (request == IOCTL_GNTDEV_MAP_GRANT_REF)
		return -machine_fault(CALL_SLOT, map->refs[0].domid);
	return 0;
}

static bool is_of_xen(unsigned long request)
{
	return request == IOCTL_GNTALLOC_ALLOC_GREF || request == IOCTL_GNTALLOC_DEALLOC_GREF ||
	       request == IOCTL_GNTALLOC_SET_UNMAP_NOTIFY ||
	       request == IOCTL_GNTDEV_MAP_GRANT_REF ||
	       request == IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS ||
	       request == IOCTL_GNTDEV_DMABUF_IMP_TO_REFS;
}

static int ioctl_of_xen(int handle, unsigned long request, void *arg)
{
	int rc = ordered_failure(request, arg);

	if (rc == 0 && handle < 0)
		return gntdev_ioctl(request, arg);
	return rc < 0 ? rc : gntalloc_ioctl(handle, request, arg);
}

int ioctl(int fd, unsigned long request, ...)
{
	static void *next;
	int handle = -ENOTTY;
	va_list ap;
	void *arg;
	int rc;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (is_of_xen(request) && preload_attach())
		handle = machine_gntalloc_of(fd);
	if (handle < 0 && !(is_of_xen(request) && machine && machine_is_gntdev(fd)))
		return ((int (*)(int, unsigned long, ...))next_of(&next, "ioctl"))(fd, request,
										   arg);
	rc = ioctl_of_xen(handle, request, arg);
	errno = -rc;
	return rc < 0 ? -1 : 0;
}

/* The other is the library's own, by the name that is not replaced. */
long sysconf(int name)
{
	const char *bytes = getenv(MACHINE_PAGE_BYTES_ENV);

	return name == _SC_PAGESIZE && bytes ? atol(bytes) : __sysconf(name);
}

/* Is it a descriptor of a device node that cannot map that? @return 0 or an errno. */
static int refuse_mmap(int fd, size_t length, off64_t offset)
{
	const int handle = machine_gntalloc_of(fd);
	const uint64_t pages = (length + MACHINE_PAGE - 1) / MACHINE_PAGE;
	int error = 0;

	if (handle >= 0 || machine_is_gntdev(fd))
		error = machine_fault(CALL_MMAP, MACHINE_ANY);
	if (!error && handle >= 0 &&
	    (offset < 0 || offset / MACHINE_PAGE > UINT32_MAX || pages > UINT32_MAX ||
	     !machine_gntalloc_has(handle, (uint32_t)(offset / MACHINE_PAGE), (uint32_t)pages)))
		error = EINVAL;
	return error;
}

/* A descriptor that plays a dma-buf maps memory of the machine. */
void *mmap64(void *addr, size_t length, int prot, int flags, int fd, off64_t offset)
{
	static void *next;
	uint32_t first, count;

	if (fd >= 0 && machine && machine_dmabuf_frames(fd, &first, &count)) {
		if (machine->dmabuf_unmappable) {
			errno = ENODEV;
			return MAP_FAILED;
		}
		fd = machine_ram_fd();
		offset += (off64_t)first * MACHINE_PAGE;
	} else if (fd >= 0 && machine) {
		const int error = refuse_mmap(fd, length, offset);

		if (error) {
			errno = error;
			return MAP_FAILED;
		}
	}
	return ((void *(*)(void *, size_t, int, int, int, off64_t))next_of(&next, "mmap64"))(
		addr, length, prot, flags, fd, offset);
}

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return mmap64(addr, length, prot, flags, fd, offset);
}
