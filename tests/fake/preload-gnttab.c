/* SPDX-License-Identifier: MIT */
/*
 * libxengnttab on the fake machine, with the library's own ABI: maps are all or nothing, a copy has
 * a status per segment, and what is unmapped must have been mapped just so.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <unistd.h>
#include <xengnttab.h>

#include "preload.h"

struct mapping {
	char *addr;
	uint32_t count;
	uint16_t domid;
	LIST_ENTRY(mapping) link;
	uint32_t tracks[];
};

struct xengntdev_handle {
	int fd; /* stands for /dev/xen/gntdev */
};

static LIST_HEAD(, mapping) mappings = LIST_HEAD_INITIALIZER(mappings);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

xengnttab_handle *xengnttab_open(struct xentoollog_logger *, unsigned int)
{
	xengnttab_handle *xgt;

	if (!preload_attach()) {
		errno = ENOENT;
		return NULL;
	}
	xgt = calloc(1, sizeof *xgt);
	if (xgt)
		xgt->fd = dup(machine_ram_fd());
	return xgt;
}

int xengnttab_close(xengnttab_handle *xgt)
{
	if (!xgt)
		return 0;
	close(xgt->fd);
	free(xgt);
	return 0;
}

int xengnttab_fd(xengnttab_handle *xgt)
{
	return xgt->fd;
}

int xengnttab_set_max_grants(xengnttab_handle *, uint32_t)
{
	return 0;
}

/* So many pages at once, so that nobody waits long for the machine. */
#define PAGES_AT_ONCE 256u

static uint32_t some_of(uint32_t left)
{
	return left < PAGES_AT_ONCE ? left : PAGES_AT_ONCE;
}

static void untrack(const struct mapping *m, uint32_t count)
{
	for (uint32_t i = 0; i < count; i += PAGES_AT_ONCE)
		machine_untrack_some(&m->tracks[i], some_of(count - i));
}

/* Frames that lie side by side take one system call. */
static int map_frames(char *addr, const uint32_t *frames, uint32_t count, int prot)
{
	uint32_t at = 0;

	while (at < count) {
		uint32_t n = 1;

		while (at + n < count && frames[at + n] == frames[at] + n)
			n++;
		if (mmap(addr + (size_t)at * MACHINE_PAGE, (size_t)n * MACHINE_PAGE, prot,
			 MAP_SHARED | MAP_FIXED, machine_ram_fd(),
			 (off_t)frames[at] * MACHINE_PAGE) == MAP_FAILED)
			return -errno;
		at += n;
	}
	return 0;
}

/* With one_domid, all are of domids[0]. */
static int track_all(struct mapping *m, const uint32_t *domids, bool one_domid,
		     const uint32_t *refs, bool writable, uint32_t *frames)
{
	uint32_t n;

	for (uint32_t i = 0; i < m->count; i += n) {
		const uint32_t domid = domids[one_domid ? 0 : i];
		int rc = -EINVAL;

		n = one_domid ? some_of(m->count - i) : 1;
		if (domid < MACHINE_DOMIDS)
			rc = machine_track_some(preload_domid(), (uint16_t)domid, &refs[i], n,
						writable, &frames[i], &m->tracks[i]);
		if (rc < 0) {
			untrack(m, i);
			return rc;
		}
	}
	return 0;
}

static void *map(uint32_t count, const uint32_t *domids, bool one_domid, const uint32_t *refs,
		 int prot)
{
	size_t length = (size_t)count * MACHINE_PAGE;
	struct mapping *m = calloc(1, sizeof *m + count * sizeof m->tracks[0]);
	uint32_t *frames = calloc(count, sizeof *frames);
	int rc = -machine_fault(CALL_MAP, domids[0]);

	if (rc == 0 && (!m || !frames))
		rc = -ENOMEM;
	if (rc < 0)
		goto out;
	m->count = count;
	m->domid = (uint16_t)domids[0];
	rc = track_all(m, domids, one_domid, refs, (prot & PROT_WRITE) != 0, frames);
	if (rc < 0)
		goto out;
	m->addr = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	rc = m->addr == MAP_FAILED ? -errno : map_frames(m->addr, frames, count, prot);
	if (rc < 0) {
		if (m->addr != MAP_FAILED)
			munmap(m->addr, length);
		untrack(m, count);
		goto out;
	}
	free(frames);
	pthread_mutex_lock(&lock);
	LIST_INSERT_HEAD(&mappings, m, link);
	pthread_mutex_unlock(&lock);
	return m->addr;
out:
	free(m);
	free(frames);
	errno = -rc;
	return NULL;
}

void *xengnttab_map_grant_ref(xengnttab_handle *, uint32_t domid, uint32_t ref, int prot)
{
	return map(1, &domid, true, &ref, prot);
}

void *xengnttab_map_grant_refs(xengnttab_handle *, uint32_t count, uint32_t *domids, uint32_t *refs,
			       int prot)
{
	return map(count, domids, false, refs, prot);
}

void *xengnttab_map_domain_grant_refs(xengnttab_handle *, uint32_t count, uint32_t domid,
				      uint32_t *refs, int prot)
{
	return map(count, &domid, true, refs, prot);
}

void *xengnttab_map_grant_ref_notify(xengnttab_handle *, uint32_t, uint32_t, int, uint32_t,
				     evtchn_port_t)
{
	errno = ENOSYS;
	return NULL;
}

int xengnttab_unmap(xengnttab_handle *, void *start_address, uint32_t count)
{
	struct mapping *m;
	int error;

	pthread_mutex_lock(&lock);
	LIST_FOREACH (m, &mappings, link)
		if (m->addr == start_address && m->count == count)
			break;
	if (m)
		LIST_REMOVE(m, link);
	pthread_mutex_unlock(&lock);
	if (!m) {
		/* The caller is wrong about what it has: let nobody overlook it. */
		fprintf(stderr, "fake gnttab: unmapped what was not mapped so\n");
		abort();
	}
	/* As with the kernel, it is gone whatever is said of it. */
	error = machine_fault(CALL_UNMAP, m->domid);
	munmap(m->addr, (size_t)m->count * MACHINE_PAGE);
	untrack(m, m->count);
	free(m);
	errno = error;
	return error ? -1 : 0;
}

/* One side of a copy is a domain's, the other is local: that is all we use. */
static int copy_segment(xengnttab_grant_copy_segment_t *seg)
{
	bool from = (seg->flags & GNTCOPY_source_gref) != 0;
	uint32_t ref = from ? seg->source.foreign.ref : seg->dest.foreign.ref;
	uint16_t domid = from ? seg->source.foreign.domid : seg->dest.foreign.domid;
	uint16_t offset = from ? seg->source.foreign.offset : seg->dest.foreign.offset;
	void *local = from ? seg->dest.virt : seg->source.virt;
	int status = machine_fault(CALL_COPY_SEGMENT, domid);
	uint32_t frame;
	off_t at;
	ssize_t n;

	if (status == 0)
		status = machine_grant_frame(preload_domid(), domid, ref, !from, &frame);
	if (status != 0)
		return status;
	if (offset + (uint32_t)seg->len > MACHINE_PAGE)
		return GNTST_bad_copy_arg;
	at = (off_t)frame * MACHINE_PAGE + offset;
	n = from ? pread(machine_ram_fd(), local, seg->len, at)
		 : pwrite(machine_ram_fd(), local, seg->len, at);
	return n == seg->len ? GNTST_okay : GNTST_general_error;
}

int xengnttab_grant_copy(xengnttab_handle *, uint32_t count, xengnttab_grant_copy_segment_t *segs)
{
	int error = machine_fault(CALL_COPY, count ? segs[0].source.foreign.domid : MACHINE_ANY);

	if (error) {
		errno = error;
		return -1;
	}
	for (uint32_t i = 0; i < count; i++)
		segs[i].status = (int16_t)copy_segment(&segs[i]);
	return 0;
}
