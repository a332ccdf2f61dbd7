/* SPDX-License-Identifier: MIT */
/*
 * The device nodes of the fake machine: /dev/xen/gntalloc and, for slots that another process maps,
 * /dev/xen/gntdev, whose descriptors are of the machine's memory, so that mmap() needs no help
 * wherever they go; and what xenstored finds of domain 0 below /proc/xen.
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
#include <sys/stat.h>
#include <unistd.h>
#include <xen/sys/gntalloc.h>
#include <xen/sys/gntdev.h>

#include "preload.h"

#define MAX_OPENED 256

/* One descriptor of gntalloc, and the run of grants that it holds; or one of gntdev. */
struct opened {
	int fd; /* 0: free */
	bool gntdev;
	uint64_t index;
	uint32_t count;
	uint32_t *refs;
};

static struct opened opened[MAX_OPENED];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool preload_attach(void)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	const char *dir = getenv(MACHINE_ENV);

	pthread_mutex_lock(&once);
	if (!machine && dir)
		machine_attach(dir);
	pthread_mutex_unlock(&once);
	return machine != NULL;
}

uint16_t preload_domid(void)
{
	const char *domid = getenv(MACHINE_DOMID_ENV);

	return domid ? (uint16_t)atoi(domid) : 0;
}

/* Without the lock: a sanitizer maps and closes files whatever its thread has locked. */
static struct opened *find_opened(int fd)
{
	for (unsigned i = 0; i < MAX_OPENED && fd > 0; i++)
		if (__atomic_load_n(&opened[i].fd, __ATOMIC_ACQUIRE) == fd)
			return &opened[i];
	return NULL;
}

static int open_device(bool gntdev)
{
	const int error = machine_fault(CALL_OPEN, MACHINE_ANY);
	int fd = -1;

	if (error) {
		errno = error;
		return -1;
	}
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < MAX_OPENED && fd < 0; i++) {
		if (opened[i].fd > 0)
			continue;
		fd = fcntl(machine_ram_fd(), F_DUPFD_CLOEXEC, 3);
		opened[i].gntdev = gntdev;
		if (fd >= 0)
			__atomic_store_n(&opened[i].fd, fd, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	return fd;
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

static int alloc_gref(struct opened *o, struct ioctl_gntalloc_alloc_gref *req)
{
	uint32_t *ids = (uint32_t *)(void *)((char *)req +
					     offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids));
	int64_t first;

	if (o->count > 0)
		return -EBUSY; /* we use one run a descriptor */
	o->refs = calloc(req->count, sizeof *o->refs);
	if (!o->refs)
		return -ENOMEM;
	first = machine_gntalloc(preload_domid(), req->domid, req->count,
				 !(req->flags & GNTALLOC_FLAG_WRITABLE), o->refs);
	if (first < 0) {
		free(o->refs);
		o->refs = NULL;
		return (int)first;
	}
	memcpy(ids, o->refs, req->count * sizeof *ids);
	o->count = req->count;
	o->index = (uint64_t)first * MACHINE_PAGE;
	req->index = o->index;
	return 0;
}

static void end_grefs(struct opened *o)
{
	if (o->count > 0)
		machine_gntfree(preload_domid(), (uint32_t)(o->index / MACHINE_PAGE), o->count,
				o->refs);
	free(o->refs);
	o->refs = NULL;
	o->count = 0;
}

static int set_notify(const struct opened *o, const struct ioctl_gntalloc_unmap_notify *notify)
{
	if (notify->index - o->index >= (uint64_t)o->count * MACHINE_PAGE)
		return -ENOENT;
	return notify->action ? -EINVAL : 0;
}

static int gntalloc_ioctl(struct opened *o, unsigned long request, void *arg)
{
	const struct ioctl_gntalloc_dealloc_gref *dealloc = arg;

	if (request == IOCTL_GNTALLOC_ALLOC_GREF)
		return alloc_gref(o, arg);
	if (request == IOCTL_GNTALLOC_SET_UNMAP_NOTIFY)
		return set_notify(o, arg);
	if (request != IOCTL_GNTALLOC_DEALLOC_GREF)
		return -ENOTTY;
	if (dealloc->index != o->index || dealloc->count != o->count)
		return -EINVAL;
	end_grefs(o);
	return 0;
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

static bool is_ram(int fd)
{
	struct stat ram, other;

	return fstat(machine_ram_fd(), &ram) == 0 && fstat(fd, &other) == 0 &&
	       ram.st_dev == other.st_dev && ram.st_ino == other.st_ino;
}

/* In a test that is both processes: the earlier one's descriptor has no pages any more. */
static void forget_pages(uint64_t index)
{
	for (unsigned i = 0; i < MAX_OPENED; i++) {
		if (opened[i].fd <= 0 || opened[i].count == 0 || opened[i].index != index)
			continue;
		free(opened[i].refs);
		opened[i].refs = NULL;
		opened[i].count = 0;
	}
}

/* A descriptor of gntalloc that an earlier process has left, which is first asked for its pages. */
static struct opened *adopt(int fd, unsigned long request, const void *arg)
{
	const struct ioctl_gntalloc_unmap_notify *notify = arg;
	struct opened *o = find_opened(fd);

	if (request != IOCTL_GNTALLOC_SET_UNMAP_NOTIFY || !preload_attach() || !is_ram(fd))
		return o;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < MAX_OPENED && !o; i++)
		if (opened[i].fd <= 0)
			o = &opened[i];
	if (o) {
		forget_pages(notify->index);
		o->gntdev = false;
		o->index = notify->index;
		o->count =
			machine_gntalloc_adopt((uint32_t)(notify->index / MACHINE_PAGE), &o->refs);
		__atomic_store_n(&o->fd, fd, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	return o;
}

int ioctl(int fd, unsigned long request, ...)
{
	static void *next;
	struct opened *o;
	va_list ap;
	void *arg;
	int rc;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	o = find_opened(fd);
	if (!o || o->count == 0)
		o = adopt(fd, request, arg);
	if (!o)
		return ((int (*)(int, unsigned long, ...))next_of(&next, "ioctl"))(fd, request,
										   arg);
	rc = ordered_failure(request, arg);
	pthread_mutex_lock(&lock);
	if (rc == 0)
		rc = o->gntdev ? gntdev_ioctl(request, arg) : gntalloc_ioctl(o, request, arg);
	pthread_mutex_unlock(&lock);
	errno = -rc;
	return rc < 0 ? -1 : 0;
}

/* The other is the library's own, by the name that is not replaced. */
long sysconf(int name)
{
	const char *bytes = getenv(MACHINE_PAGE_BYTES_ENV);

	return name == _SC_PAGESIZE && bytes ? atol(bytes) : __sysconf(name);
}

int close(int fd)
{
	static void *next;
	struct opened *o = find_opened(fd);

	if (o) {
		pthread_mutex_lock(&lock);
		end_grefs(o);
		__atomic_store_n(&o->fd, 0, __ATOMIC_RELEASE);
		pthread_mutex_unlock(&lock);
	}
	return ((int (*)(int))next_of(&next, "close"))(fd);
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
	} else if (find_opened(fd)) {
		const int error = machine_fault(CALL_MMAP, MACHINE_ANY);

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
