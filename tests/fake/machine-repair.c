/* SPDX-License-Identifier: MIT */
/*
 * A process may be killed while it holds the machine's lock, which a hypervisor is not: what it
 * has left half done is made whole or undone.  The tracks say what is mapped, the grants in use and
 * the pages of descriptors say how many there are.
 */
#include <config.h>

#include "machine-priv.h"

static bool is_there(unsigned index)
{
	return machine->domains[index].exists || machine->domains[index].dying;
}

static void count_maps(void)
{
	for (unsigned i = 0; i < MACHINE_DOMAINS; i++)
		for (uint32_t ref = 0; is_there(i) && ref < machine->domains[i].n_refs; ref++)
			machine->grants[i][ref].maps = 0;
	for (uint32_t f = 0; f < MACHINE_FRAMES; f++)
		machine->frames[f].maps = 0;
	machine->n_tracked = 0;
	for (uint32_t i = 0; i < MACHINE_MAPTRACK; i++) {
		const struct machine_track *track = &machine->tracks[i];

		if (track->pid == 0)
			continue;
		machine->grants[track->domain][track->ref].maps++;
		machine->frames[track->frame].maps++;
		machine->n_tracked += track->by == machine->backend_domid;
	}
}

static void count_grants(void)
{
	for (unsigned i = 0; i < MACHINE_DOMAINS; i++) {
		machine->domains[i].n_grants = 0;
		for (uint32_t ref = 0; is_there(i) && ref < machine->domains[i].n_refs; ref++)
			machine->domains[i].n_grants += machine->grants[i][ref].in_use;
	}
}

/* Pages that a descriptor was about to get, and those that it was about to lose, are nobody's. */
static void repair_pages(void)
{
	machine->n_alloc = 0;
	for (uint32_t f = 0; f < MACHINE_FRAMES; f++) {
		const uint16_t alloc = machine->frames[f].alloc;
		const struct machine_handle *handle = &machine->handles[alloc ? alloc - 1 : 0];

		if (alloc &&
		    (!handle->used || f < handle->first || f - handle->first >= handle->count))
			machine_frame_drop(f);
	}
	for (unsigned i = 0; i < MACHINE_HANDLES; i++)
		if (machine->handles[i].used)
			machine->n_alloc += machine->handles[i].count;
}

/* Grants of pages that are nobody's, which only the backend's domain can have. */
static void repair_grants(void)
{
	const int index = machine_index(machine->backend_domid);

	for (uint32_t ref = 0; index >= 0 && ref < machine->domains[index].n_refs; ref++) {
		struct machine_grant *grant = &machine->grants[index][ref];

		if (grant->in_use && machine->frames[grant->frame].owner == 0)
			grant->in_use = 0;
	}
}

/* A port that is bound at one end only was being bound, or being closed. */
static bool is_half_bound(uint32_t number)
{
	const struct machine_port *port = &machine->ports[number];
	const struct machine_port *remote = &machine->ports[port->remote];

	return port->state == PORT_INTERDOMAIN &&
	       (remote->state != PORT_INTERDOMAIN || remote->remote != number);
}

static void repair_ports(void)
{
	for (uint32_t i = 1; i < MACHINE_PORTS; i++) {
		struct machine_port *port = &machine->ports[i];

		if (is_half_bound(i) && port->handle < 0)
			port->state = PORT_UNBOUND;
		else if (is_half_bound(i))
			port->state = PORT_FREE;
		/* It was being unmasked. */
		if (port->state != PORT_FREE && port->handle >= 0 && port->pending && !port->masked)
			machine_deliver(i);
	}
}

void machine_repair(void)
{
	repair_pages();
	repair_grants();
	count_grants();
	count_maps();
	repair_ports();
	for (unsigned i = 0; i < MACHINE_DOMAINS; i++)
		machine_domain_settle(i);
}
