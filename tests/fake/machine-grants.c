/* SPDX-License-Identifier: MIT */
/* The machine's grant tables, and who has what mapped: see machine.h. */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xen/xen.h>

#include <xen/grant_table.h>

#include "machine-priv.h"

static void set_grant(unsigned index, uint32_t ref, uint16_t to, uint32_t frame, bool readonly)
{
	struct machine_grant *grant = &machine->grants[index][ref];

	grant->frame = frame;
	grant->to = to;
	grant->readonly = readonly;
	grant->in_use = 1;
	machine->domains[index].n_grants++;
}

int64_t machine_grant(uint16_t domid, uint16_t to, uint32_t frame, bool readonly)
{
	int64_t rc = -ENOSPC;
	int index;

	machine_lock();
	index = machine_index(domid);
	if (domid == machine->backend_domid &&
	    machine->domains[index].n_grants >= machine->grant_limit)
		index = -ENOSPC;
	for (uint32_t n = 0; index >= 0 && rc < 0 && n < MACHINE_GRANTS; n++) {
		struct machine_domain *d = &machine->domains[index];
		uint32_t ref = d->next_ref;
		const struct machine_grant *grant = &machine->grants[index][ref];

		d->next_ref = ref + 1 < MACHINE_GRANTS ? ref + 1 : MACHINE_FIRST_REF;
		if (grant->in_use || grant->maps > 0)
			continue;
		set_grant((unsigned)index, ref, to, frame, readonly);
		rc = ref;
	}
	machine_unlock();
	return rc;
}

int machine_grant_at(uint16_t domid, uint32_t ref, uint16_t to, uint32_t frame)
{
	int index;

	machine_lock();
	index = machine_index(domid);
	if (index >= 0)
		set_grant((unsigned)index, ref, to, frame, false);
	machine_unlock();
	return index < 0 ? index : 0;
}

int machine_grant_end(uint16_t domid, uint32_t ref)
{
	int rc = -EINVAL;
	int index;

	machine_lock();
	index = machine_index(domid);
	if (index >= 0 && ref < MACHINE_GRANTS && machine->grants[index][ref].in_use) {
		machine->grants[index][ref].in_use = 0;
		machine->domains[index].n_grants--;
		rc = machine->grants[index][ref].maps > 0 ? -EBUSY : 0;
	}
	machine_unlock();
	return rc;
}

bool machine_grant_mapped(uint16_t domid, uint32_t ref)
{
	bool mapped;
	int index;

	machine_lock();
	index = machine_index(domid);
	mapped = index >= 0 && ref < MACHINE_GRANTS && machine->grants[index][ref].maps > 0;
	machine_unlock();
	return mapped;
}

/* @return GNTST_okay or what the hypervisor says. */
static int check(uint16_t self, uint16_t domid, uint32_t ref, bool write,
		 struct machine_grant **grant, unsigned *index)
{
	int rc = machine_index(domid);

	if (rc < 0 || !machine->domains[rc].exists)
		return GNTST_bad_domain;
	if (ref >= MACHINE_GRANTS)
		return GNTST_bad_gntref;
	*index = (unsigned)rc;
	*grant = &machine->grants[rc][ref];
	if (!(*grant)->in_use || (*grant)->to != self)
		return GNTST_bad_gntref;
	if (write && (*grant)->readonly)
		return GNTST_permission_denied;
	return GNTST_okay;
}

/* Those once used are a list; the others follow each other behind n_tracked's highest. */
static int64_t find_track(void)
{
	for (uint32_t n = 0; n < MACHINE_MAPTRACK; n++) {
		uint32_t track = (machine->free_track + n) % MACHINE_MAPTRACK;

		if (machine->tracks[track].pid == 0) {
			machine->free_track = track + 1;
			return track;
		}
	}
	return -ENOMEM;
}

int64_t machine_track(uint16_t self, uint16_t domid, uint32_t ref, bool writable, uint32_t *frame)
{
	struct machine_grant *grant;
	unsigned index;
	int64_t track;

	machine_lock();
	/* gntdev says EINVAL whatever the reason is. */
	track = -EINVAL;
	if ((self != machine->backend_domid || machine->n_tracked < machine->maptrack_limit) &&
	    check(self, domid, ref, writable, &grant, &index) == GNTST_okay)
		track = find_track();
	if (track >= 0) {
		grant->maps++;
		machine->frames[grant->frame].maps++;
		machine->n_tracked += self == machine->backend_domid;
		*frame = grant->frame;
		machine->tracks[track] = (struct machine_track){
			.pid = (int32_t)getpid(),
			.by = self,
			.domain = (uint16_t)index,
			.writable = writable,
			.ref = ref,
			.frame = grant->frame,
		};
	}
	machine_unlock();
	return track;
}

void machine_track_drop(uint32_t number)
{
	struct machine_track *track = &machine->tracks[number];

	machine->frames[track->frame].maps--;
	machine->grants[track->domain][track->ref].maps--;
	machine->n_tracked -= track->by == machine->backend_domid;
	track->pid = 0;
	machine_domain_settle(track->domain);
}

void machine_untrack(uint32_t track)
{
	machine_lock();
	machine_track_drop(track);
	machine_unlock();
}

int machine_grant_frame(uint16_t self, uint16_t domid, uint32_t ref, bool write, uint32_t *frame)
{
	struct machine_grant *grant;
	unsigned index;
	int status;

	machine_lock();
	status = check(self, domid, ref, write, &grant, &index);
	if (status == GNTST_okay)
		*frame = grant->frame;
	machine_unlock();
	return status;
}

uint32_t machine_mapped_by(int pid)
{
	uint32_t n = 0;

	machine_lock();
	for (uint32_t i = 0; i < MACHINE_MAPTRACK; i++)
		n += machine->tracks[i].pid == pid;
	machine_unlock();
	return n;
}

uint32_t machine_mapped_of(uint16_t domid)
{
	uint32_t n = 0;
	int index;

	machine_lock();
	index = machine_index(domid);
	for (uint32_t ref = 0; index >= 0 && ref < MACHINE_GRANTS; ref++)
		if (ref != MACHINE_XENSTORE_REF)
			n += machine->grants[index][ref].maps;
	machine_unlock();
	return n;
}

/* -------- pages from /dev/xen/gntalloc -------- */

int64_t machine_gntalloc(uint16_t domid, uint16_t to, uint32_t count, bool readonly, uint32_t *refs)
{
	int64_t first = -ENOSPC;
	int64_t ref = 0;
	uint32_t n = 0;

	if (__atomic_load_n(&machine->n_alloc, __ATOMIC_RELAXED) + count <= machine->alloc_limit)
		first = machine_frames_alloc(domid, count);
	if (first < 0)
		return first;
	while (n < count && ref >= 0) {
		ref = machine_grant(domid, to, (uint32_t)first + n, readonly);
		if (ref >= 0)
			refs[n++] = (uint32_t)ref;
	}
	machine_lock();
	for (uint32_t i = 0; i < count; i++)
		machine->frames[first + i].pid = (int32_t)getpid();
	machine->frames[first].run = count;
	machine->n_alloc += count;
	machine_unlock();
	if (ref >= 0)
		return first;
	while (n > 0)
		machine_grant_end(domid, refs[--n]);
	machine_gntfree(domid, (uint32_t)first, count, NULL);
	return ref;
}

void machine_gntfree(uint16_t domid, uint32_t first, uint32_t count, const uint32_t *refs)
{
	for (uint32_t i = 0; refs && i < count; i++)
		machine_grant_end(domid, refs[i]);
	machine_frames_free(first, count);
	machine_lock();
	machine->n_alloc -= count;
	machine_unlock();
}

/* With the lock held. @return the grant of the backend's of pages from gntalloc, or NULL. */
static struct machine_grant *allocated(uint32_t ref)
{
	const int index = machine_index(machine->backend_domid);
	struct machine_grant *grant = ref < MACHINE_GRANTS ? &machine->grants[index][ref] : NULL;

	return grant && grant->in_use && machine->frames[grant->frame].pid ? grant : NULL;
}

void machine_gntalloc_keep(const uint32_t *refs, uint32_t count)
{
	machine_lock();
	for (uint32_t i = 0; i < count; i++) {
		const struct machine_grant *grant = allocated(refs[i]);

		if (grant)
			machine->frames[grant->frame].pid = (int32_t)getpid();
	}
	machine_unlock();
}

void machine_gntalloc_drop(const uint32_t *refs, uint32_t count)
{
	machine_lock();
	for (uint32_t i = 0; i < count; i++) {
		struct machine_grant *grant = allocated(refs[i]);

		if (!grant || machine->frames[grant->frame].pid != getpid())
			continue;
		grant->in_use = 0;
		machine->domains[machine_index(machine->backend_domid)].n_grants--;
		machine_frame_drop(grant->frame);
		machine->n_alloc--;
	}
	machine_unlock();
}

/* With the lock held. */
static void find_refs(uint32_t first, uint32_t count, uint32_t *refs)
{
	for (uint32_t ref = 0; ref < MACHINE_GRANTS; ref++) {
		const struct machine_grant *grant = allocated(ref);

		if (grant && grant->frame - first < count)
			refs[grant->frame - first] = ref;
	}
}

uint32_t machine_gntalloc_adopt(uint32_t first, uint32_t **refs)
{
	uint32_t *found = NULL;
	uint32_t count = 0;

	machine_lock();
	if (first < MACHINE_FRAMES && machine->frames[first].pid)
		count = machine->frames[first].run;
	found = calloc(count + 1, sizeof *found);
	if (!found)
		count = 0;
	for (uint32_t i = 0; i < count; i++)
		machine->frames[first + i].pid = (int32_t)getpid();
	if (count > 0)
		find_refs(first, count, found);
	machine_unlock();
	if (count > 0)
		*refs = found;
	else
		free(found);
	return count;
}

/* The process has died, and the kernel closes its descriptors. */
void machine_alloc_end(int pid)
{
	int index = machine_index(machine->backend_domid);

	for (uint32_t ref = 0; index >= 0 && ref < MACHINE_GRANTS; ref++) {
		struct machine_grant *grant = &machine->grants[index][ref];

		if (!grant->in_use || machine->frames[grant->frame].pid != pid)
			continue;
		grant->in_use = 0;
		machine->domains[index].n_grants--;
	}
	for (uint32_t f = 0; f < MACHINE_FRAMES; f++) {
		if (machine->frames[f].pid != pid)
			continue;
		machine_frame_drop(f);
		machine->n_alloc--;
	}
}

uint32_t machine_allocated_by(int pid)
{
	uint32_t n = 0;

	machine_lock();
	for (uint32_t f = 0; f < MACHINE_FRAMES; f++)
		n += machine->frames[f].pid == pid;
	machine_unlock();
	return n;
}
