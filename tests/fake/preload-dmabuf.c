/* SPDX-License-Identifier: MIT */
/*
 * libxengnttab's dma-bufs on the fake machine.  As on stock Debian there are none, unless a test
 * orders them.  The pages of an export stay mapped until everybody has let go of it.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>
#include <xengnttab.h>

#include "preload.h"

/* How often a waiting call looks. */
#define LOOK_NS 1000000

struct export
{
	xengnttab_handle *xgt;
	uint32_t number; /* of its descriptor at first */
	int observer;
	uint32_t count;
	LIST_ENTRY(export) link;
	uint32_t tracks[];
};

static LIST_HEAD(, export) exports = LIST_HEAD_INITIALIZER(exports);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void untrack(const struct export *export, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		machine_untrack(export->tracks[i]);
}

/* Drivers here map memory, so the frames have to be side by side. */
static int track(struct export *export, uint32_t domid, const uint32_t *refs, uint32_t *first)
{
	for (uint32_t i = 0; i < export->count; i++) {
		uint32_t frame = 0;
		int64_t rc =
			machine_track(preload_domid(), (uint16_t)domid, refs[i], false, &frame);

		if (rc < 0) {
			untrack(export, i);
			return (int)rc;
		}
		export->tracks[i] = (uint32_t)rc;
		if (i == 0)
			*first = frame;
		if (frame != *first + i) {
			untrack(export, i + 1);
			return -EINVAL;
		}
	}
	return 0;
}

static int export_refs(struct export *export, uint32_t domid, const uint32_t *refs, uint32_t *fd)
{
	uint32_t first = 0;
	int rc = track(export, domid, refs, &first);

	if (rc < 0)
		return rc;
	rc = machine_dmabuf(first, export->count);
	if (rc < 0) {
		untrack(export, export->count);
		return rc;
	}
	*fd = export->number = (uint32_t)rc;
	export->observer = machine_dmabuf_observe(rc);
	return 0;
}

int xengnttab_dmabuf_exp_from_refs(xengnttab_handle *xgt, uint32_t domid, uint32_t, uint32_t count,
				   const uint32_t *refs, uint32_t *fd)
{
	struct export *export = calloc(1, sizeof *export + count * sizeof export->tracks[0]);
	int rc = -machine_fault(CALL_DMABUF_EXPORT, domid);

	if (rc == 0)
		rc = export ? -machine->dmabuf_errno : -ENOMEM;
	if (rc == 0 && machine->dmabuf_unexportable)
		rc = -EINVAL;
	if (rc == 0) {
		export->xgt = xgt;
		export->count = count;
		rc = export_refs(export, domid, refs, fd);
	}
	if (rc < 0) {
		free(export);
		errno = -rc;
		return -1;
	}
	pthread_mutex_lock(&lock);
	LIST_INSERT_HEAD(&exports, export, link);
	pthread_mutex_unlock(&lock);
	return 0;
}

/* -------- imports -------- */

struct import {
	xengnttab_handle *xgt;
	uint32_t fd;
	uint32_t count;
	LIST_ENTRY(import) link;
	uint32_t refs[];
};

static LIST_HEAD(, import) imports = LIST_HEAD_INITIALIZER(imports);

static int grant_frames(struct import *import, uint32_t domid, uint32_t first)
{
	for (uint32_t i = 0; i < import->count; i++) {
		int64_t ref = machine_grant(preload_domid(), (uint16_t)domid, first + i, false);

		while (ref < 0 && i > 0)
			machine_grant_end(preload_domid(), import->refs[--i]);
		if (ref < 0)
			return (int)ref;
		import->refs[i] = (uint32_t)ref;
	}
	return 0;
}

int xengnttab_dmabuf_imp_to_refs(xengnttab_handle *xgt, uint32_t domid, uint32_t fd, uint32_t count,
				 uint32_t *refs)
{
	struct import *import = calloc(1, sizeof *import + count * sizeof import->refs[0]);
	int rc = -machine_fault(CALL_DMABUF_IMPORT, domid);
	uint32_t first = 0, n = 0;

	if (rc == 0 && (!machine_dmabuf_frames((int)fd, &first, &n) || n < count))
		rc = -EINVAL;
	if (rc == 0 && !import)
		rc = -ENOMEM;
	if (rc == 0) {
		*import = (struct import){.xgt = xgt, .fd = fd, .count = count};
		rc = grant_frames(import, domid, first);
	}
	if (rc < 0) {
		free(import);
		errno = -rc;
		return -1;
	}
	for (uint32_t i = 0; i < count; i++)
		refs[i] = import->refs[i];
	pthread_mutex_lock(&lock);
	LIST_INSERT_HEAD(&imports, import, link);
	pthread_mutex_unlock(&lock);
	return 0;
}

int xengnttab_dmabuf_imp_release(xengnttab_handle *xgt, uint32_t fd)
{
	struct import *import;

	pthread_mutex_lock(&lock);
	LIST_FOREACH (import, &imports, link)
		if (import->xgt == xgt && import->fd == fd)
			break;
	if (import)
		LIST_REMOVE(import, link);
	pthread_mutex_unlock(&lock);
	if (!import) {
		errno = ENOENT;
		return -1;
	}
	/* A mapping of the page stays valid. */
	for (uint32_t i = 0; i < import->count; i++)
		machine_grant_end(preload_domid(), import->refs[i]);
	free(import);
	return 0;
}

/* -------- the end of exports -------- */

/* Forget the dma-bufs that have been released. */
static struct export *find(const xengnttab_handle *xgt, uint32_t number)
{
	struct export *export;

	LIST_FOREACH (export, &exports, link)
		if (export->xgt == xgt && export->number == number)
			break;
	if (!export || !machine_dmabuf_released(export->observer))
		return export;
	LIST_REMOVE(export, link);
	untrack(export, export->count);
	close(export->observer);
	free(export);
	return NULL;
}

int xengnttab_dmabuf_exp_wait_released(xengnttab_handle *xgt, uint32_t fd, uint32_t wait_to_ms)
{
	const struct timespec step = {.tv_nsec = LOOK_NS};
	const struct export *export;

	machine_fault(CALL_DMABUF_WAIT, MACHINE_ANY);
	pthread_mutex_lock(&lock);
	while ((export = find(xgt, fd)) && wait_to_ms-- > 0)
		nanosleep(&step, NULL);
	pthread_mutex_unlock(&lock);
	errno = machine->dmabuf_errno ? machine->dmabuf_errno : export ? ETIMEDOUT : ENOENT;
	return -1;
}
