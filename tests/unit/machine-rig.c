/* SPDX-License-Identifier: MIT */
/* See machine-rig.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "count-fds.h"
#include "machine-rig.h"
#include "test.h"

static char dir[64];
static int fds_before;

static void forget(const char *name)
{
	char path[96];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

void machine_up(void)
{
	snprintf(dir, sizeof dir, "%s/xenav-unit-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(machine_create(dir), 0);
	assert_int_equal(machine_domain_create(GUEST), 0);
	play(BACKEND);
	/* No other process looks for them, and they shall go with this one. */
	forget("ram");
	forget("machine");
	assert_non_null(machine_frame(0));
	fds_before = count_fds();
}

void machine_down(void)
{
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(bound_ports(), 0);
	assert_int_equal(machine_allocated(), 0);
	assert_int_equal(count_fds(), fds_before);
	machine_detach();
	assert_int_equal(rmdir(dir), 0);
}

void play(uint16_t domid)
{
	char text[8];

	snprintf(text, sizeof text, "%u", domid);
	assert_int_equal(setenv(MACHINE_DOMID_ENV, text, 1), 0);
}

uint32_t mapped_pages(void)
{
	return machine_mapped_by(getpid());
}

uint32_t bound_ports(void)
{
	return machine_ports_of_process(getpid());
}

void fail_call(enum machine_call call, uint32_t after, int error)
{
	machine_order_nothing();
	machine_order(call, MACHINE_ANY, after, 1, error, 0);
}

uint32_t offer_port(uint16_t domid)
{
	const int port = machine_port_alloc(domid, 0, -1);

	assert_true(port > 0);
	return (uint32_t)port;
}

void raise_event(int port)
{
	const struct machine_port *end;

	if (port < 0)
		return;
	end = &machine->ports[port];
	if (end->state == PORT_INTERDOMAIN)
		machine_port_notify(end->remote_domid, end->remote);
}

struct machine_grant *grant_of(uint16_t domid, uint32_t ref)
{
	assert_int_not_equal(machine->index_of[domid], 0);
	assert_true(ref < MACHINE_GRANTS);
	return &machine->grants[machine->index_of[domid] - 1][ref];
}

uint32_t *granted_page(uint16_t domid, uint32_t ref)
{
	const struct machine_grant *grant = grant_of(domid, ref);

	assert_true(grant->in_use);
	return machine_frame(grant->frame);
}
