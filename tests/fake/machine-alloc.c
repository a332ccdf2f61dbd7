/* SPDX-License-Identifier: MIT */
/* The machine's pages from /dev/xen/gntalloc: see machine.h.  They are of a descriptor, and not of
 * a process. */
#include <config.h>

#include <errno.h>

#include "machine-priv.h"

static void end_grants(int index, uint16_t alloc)
{
	for (uint32_t ref = 0; index >= 0 && ref < machine->domains[index].n_refs; ref++) {
		const struct machine_grant *grant = &machine->grants[index][ref];

		if (grant->in_use && machine->frames[grant->frame].alloc == alloc)
			machine_grant_end_locked(index, ref);
	}
}

void machine_alloc_end(int number)
{
	struct machine_handle *handle = &machine->handles[number];
	const uint16_t alloc = (uint16_t)(number + 1);

	if (handle->count == 0)
		return;
	end_grants(machine_index(handle->domid), alloc);
	/* All of the domain's are gone already, if that is. */
	for (uint32_t i = 0; i < handle->count; i++)
		if (machine->frames[handle->first + i].alloc == alloc)
			machine_frame_drop(handle->first + i);
	machine->n_alloc -= handle->count;
	handle->count = 0;
}

static int64_t allocate(int number, uint16_t to, uint32_t count, bool readonly, uint32_t *refs)
{
	struct machine_handle *handle = &machine->handles[number];
	int64_t first = -ENOSPC;
	int64_t ref = 0;

	if (handle->count > 0)
		return -EBUSY; /* we use one run a descriptor */
	machine_handles_settle();
	if (machine->n_alloc + count <= machine->alloc_limit)
		first = machine_frames_take(handle->domid, count, (uint16_t)(number + 1));
	if (first < 0)
		return first;
	handle->first = (uint32_t)first;
	handle->count = count;
	machine->n_alloc += count;
	for (uint32_t i = 0; i < count && ref >= 0; i++) {
		ref = machine_grant_locked(handle->domid, to, (uint32_t)first + i, readonly);
		refs[i] = (uint32_t)ref;
	}
	if (ref < 0)
		machine_alloc_end(number);
	return ref < 0 ? ref : first;
}

int64_t machine_gntalloc(int handle, uint16_t to, uint32_t count, bool readonly, uint32_t *refs)
{
	int64_t first;

	machine_lock();
	first = allocate(handle, to, count, readonly, refs);
	machine_unlock();
	return first;
}

bool machine_gntalloc_has(int number, uint32_t first, uint32_t count)
{
	const struct machine_handle *handle = &machine->handles[number];

	return count <= handle->count && first >= handle->first &&
	       first - handle->first <= handle->count - count;
}

int machine_gntfree(int number, uint32_t first, uint32_t count)
{
	struct machine_handle *handle = &machine->handles[number];
	int rc = -EINVAL;

	machine_lock();
	if (count > 0 && handle->first == first && handle->count == count) {
		machine_alloc_end(number);
		rc = 0;
	}
	machine_unlock();
	return rc;
}

uint32_t machine_allocated(void)
{
	uint32_t n;

	machine_lock();
	machine_handles_settle();
	n = machine->n_alloc;
	machine_unlock();
	return n;
}

uint32_t machine_allocated_by(int pid)
{
	uint32_t n = 0;

	machine_lock();
	machine_handles_settle();
	for (unsigned i = 0; i < MACHINE_HANDLES; i++)
		if (machine->handles[i].used && machine->handles[i].pid == pid)
			n += machine->handles[i].count;
	machine_unlock();
	return n;
}
