/* SPDX-License-Identifier: MIT */
/* The machine's grant tables, and who has what mapped: see machine.h. */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <xen/xen.h>

#include <xen/grant_table.h>

#include "machine-priv.h"

static void set_grant(unsigned index, uint32_t ref, uint16_t to, uint32_t frame, bool readonly)
{
	struct machine_domain *domain = &machine->domains[index];
	struct machine_grant *grant = &machine->grants[index][ref];

	if (ref >= domain->n_refs)
		domain->n_refs = ref + 1;
	grant->frame = frame;
	grant->to = to;
	grant->readonly = readonly;
	grant->in_use = 1;
	domain->n_grants++;
}

int64_t machine_grant_locked(uint16_t domid, uint16_t to, uint32_t frame, bool readonly)
{
	int64_t rc = -ENOSPC;
	int index = machine_index(domid);

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
	return rc;
}

int64_t machine_grant(uint16_t domid, uint16_t to, uint32_t frame, bool readonly)
{
	int64_t rc;

	machine_lock();
	rc = machine_grant_locked(domid, to, frame, readonly);
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

int machine_grant_end_locked(int index, uint32_t ref)
{
	if (index < 0 || ref >= MACHINE_GRANTS || !machine->grants[index][ref].in_use)
		return -EINVAL;
	machine->grants[index][ref].in_use = 0;
	machine->domains[index].n_grants--;
	return machine->grants[index][ref].maps > 0 ? -EBUSY : 0;
}

int machine_grant_end(uint16_t domid, uint32_t ref)
{
	int rc;

	machine_lock();
	rc = machine_grant_end_locked(machine_index(domid), ref);
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

static int64_t track_locked(uint16_t self, uint16_t domid, uint32_t ref, bool writable,
			    uint32_t *frame, int32_t pid)
{
	struct machine_grant *grant;
	unsigned index;
	int64_t track;

	/* gntdev says EINVAL whatever the reason is. */
	if ((self == machine->backend_domid && machine->n_tracked >= machine->maptrack_limit) ||
	    check(self, domid, ref, writable, &grant, &index) != GNTST_okay)
		return -EINVAL;
	track = find_track();
	if (track < 0)
		return track;
	grant->maps++;
	machine->frames[grant->frame].maps++;
	machine->n_tracked += self == machine->backend_domid;
	*frame = grant->frame;
	machine->tracks[track] = (struct machine_track){
		.by = self,
		.domain = (uint16_t)index,
		.writable = writable,
		.ref = ref,
		.frame = grant->frame,
	};
	/* Last: with it the mapping exists, see machine_repair(). */
	__atomic_store_n(&machine->tracks[track].pid, pid, __ATOMIC_RELEASE);
	return track;
}

int64_t machine_track(uint16_t self, uint16_t domid, uint32_t ref, bool writable, uint32_t *frame)
{
	int64_t track;

	machine_lock();
	track = track_locked(self, domid, ref, writable, frame, (int32_t)getpid());
	machine_unlock();
	return track;
}

int machine_track_some(uint16_t self, uint16_t domid, const uint32_t *refs, uint32_t n,
		       bool writable, uint32_t *frames, uint32_t *tracks)
{
	const int32_t pid = (int32_t)getpid();
	int64_t track = 0;
	uint32_t i;

	machine_lock();
	for (i = 0; i < n; i++) {
		track = track_locked(self, domid, refs[i], writable, &frames[i], pid);
		if (track < 0)
			break;
		tracks[i] = (uint32_t)track;
	}
	while (track < 0 && i > 0)
		machine_track_drop(tracks[--i]);
	machine_unlock();
	return track < 0 ? (int)track : 0;
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
	machine_untrack_some(&track, 1);
}

void machine_untrack_some(const uint32_t *tracks, uint32_t n)
{
	machine_lock();
	for (uint32_t i = 0; i < n; i++)
		machine_track_drop(tracks[i]);
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
	for (uint32_t ref = 0; index >= 0 && ref < machine->domains[index].n_refs; ref++)
		if (ref != MACHINE_XENSTORE_REF)
			n += machine->grants[index][ref].maps;
	machine_unlock();
	return n;
}
