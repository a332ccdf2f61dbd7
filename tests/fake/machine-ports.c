/* SPDX-License-Identifier: MIT */
/*
 * The machine's event channels: see machine.h.  A port of a process behaves as /dev/xen/evtchn has
 * it: an event masks the port and puts its number where the process reads it, here a fifo; what
 * comes while it is masked is kept until it is unmasked.  A guest waits on a word in its domain.
 */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "machine-priv.h"

static void wake_guest(struct machine_domain *domain)
{
	__atomic_add_fetch(&domain->events, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &domain->events, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* In an order in which whoever is killed here has an event too many, but loses none. */
void machine_deliver(uint32_t number)
{
	struct machine_port *port = &machine->ports[number];
	int index;

	if (port->handle < 0) {
		index = machine_index(port->domid);
		port->pending = 1;
		if (index >= 0)
			wake_guest(&machine->domains[index]);
		return;
	}
	if (port->masked) {
		port->pending = 1;
		return;
	}
	/* The fifo has room for every port there is. */
	if (write(machine_fifo(port->handle), &number, sizeof number) < 0)
		return;
	port->masked = 1;
	atomic_signal_fence(memory_order_seq_cst);
	port->pending = 0;
}

static int find_port(uint16_t domid, int handle)
{
	for (uint32_t i = 1; i < MACHINE_PORTS; i++) {
		if (machine->ports[i].state != PORT_FREE)
			continue;
		machine->ports[i] = (struct machine_port){.domid = domid, .handle = handle};
		return (int)i;
	}
	return -ENOSPC;
}

static struct machine_port *own_port(uint16_t domid, uint32_t port)
{
	if (port == 0 || port >= MACHINE_PORTS || machine->ports[port].state == PORT_FREE ||
	    machine->ports[port].domid != domid)
		return NULL;
	return &machine->ports[port];
}

int machine_port_alloc(uint16_t domid, uint16_t remote_domid, int handle)
{
	int port;

	machine_lock();
	port = find_port(domid, handle);
	if (port > 0) {
		machine->ports[port].state = PORT_UNBOUND;
		machine->ports[port].remote_domid = remote_domid;
	}
	machine_unlock();
	return port;
}

int machine_port_bind(uint16_t domid, uint16_t remote_domid, uint32_t remote, int handle)
{
	const struct machine_port *there;
	int port = -EINVAL;

	machine_lock();
	machine_handles_settle();
	there = own_port(remote_domid, remote);
	if (there && there->state == PORT_UNBOUND && there->remote_domid == domid)
		port = find_port(domid, handle);
	if (port > 0) {
		machine->ports[port].state = PORT_INTERDOMAIN;
		machine->ports[port].remote_domid = remote_domid;
		machine->ports[port].remote = remote;
		machine->ports[remote].state = PORT_INTERDOMAIN;
		machine->ports[remote].remote = (uint32_t)port;
		/* Xen makes it pending at once, for what was sent before. */
		machine_deliver((uint32_t)port);
	}
	machine_unlock();
	return port;
}

int machine_port_virq(uint16_t domid, int handle)
{
	int port;

	machine_lock();
	port = find_port(domid, handle);
	if (port > 0)
		machine->ports[port].state = PORT_VIRQ;
	machine_unlock();
	return port;
}

void machine_raise_virq(void)
{
	machine_lock();
	for (uint32_t i = 1; i < MACHINE_PORTS; i++)
		if (machine->ports[i].state == PORT_VIRQ)
			machine_deliver(i);
	machine_unlock();
}

/* The other end becomes free for the same domain once more. */
static void close_port(struct machine_port *port)
{
	if (port->state == PORT_INTERDOMAIN)
		machine->ports[port->remote].state = PORT_UNBOUND;
	port->state = PORT_FREE;
}

int machine_port_close(uint16_t domid, uint32_t number)
{
	struct machine_port *port;

	machine_lock();
	port = own_port(domid, number);
	if (port)
		close_port(port);
	machine_unlock();
	return port ? 0 : -EINVAL;
}

int machine_port_notify(uint16_t domid, uint32_t number)
{
	struct machine_port *port;

	machine_lock();
	port = own_port(domid, number);
	/* To an end that nobody has bound it goes nowhere, and that is no error. */
	if (port && port->state == PORT_INTERDOMAIN)
		machine_deliver(port->remote);
	machine_unlock();
	return port ? 0 : -EINVAL;
}

/* A number that is no port of the caller's any more is ignored, as the kernel does. */
int machine_port_unmask(uint16_t domid, uint32_t number)
{
	struct machine_port *port;

	machine_lock();
	port = own_port(domid, number);
	if (port && port->masked) {
		port->masked = 0;
		if (port->pending) {
			machine->unmask_events++;
			machine_deliver(number);
		}
	}
	machine_unlock();
	return 0;
}

bool machine_port_take(uint32_t port)
{
	return __atomic_exchange_n(&machine->ports[port].pending, 0, __ATOMIC_ACQ_REL) != 0;
}

uint32_t machine_events(uint16_t domid)
{
	uint32_t events;
	int index;

	machine_lock();
	index = machine_index(domid);
	events = index < 0 ? 0 : __atomic_load_n(&machine->domains[index].events, __ATOMIC_ACQUIRE);
	machine_unlock();
	return events;
}

uint32_t machine_wait_event(uint16_t domid, uint32_t seen, unsigned timeout_ms)
{
	struct timespec ts = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = (long)(timeout_ms % 1000) * 1000000,
	};
	int index;

	machine_lock();
	index = machine_index(domid);
	machine_unlock();
	if (index < 0)
		return seen;
	syscall(SYS_futex, &machine->domains[index].events, FUTEX_WAIT, seen, &ts, NULL, 0);
	return __atomic_load_n(&machine->domains[index].events, __ATOMIC_ACQUIRE);
}

void machine_ports_end(uint16_t domid)
{
	for (uint32_t i = 1; i < MACHINE_PORTS; i++)
		if (machine->ports[i].state != PORT_FREE && machine->ports[i].domid == domid)
			close_port(&machine->ports[i]);
}

void machine_ports_close(int handle)
{
	for (uint32_t i = 1; i < MACHINE_PORTS; i++)
		if (machine->ports[i].state != PORT_FREE && machine->ports[i].handle == handle)
			close_port(&machine->ports[i]);
}

uint32_t machine_ports_of_process(int pid)
{
	uint32_t n = 0;

	machine_lock();
	machine_handles_settle();
	for (uint32_t i = 1; i < MACHINE_PORTS; i++) {
		const struct machine_port *port = &machine->ports[i];

		n += port->state != PORT_FREE && port->handle >= 0 &&
		     machine->handles[port->handle].pid == pid;
	}
	machine_unlock();
	return n;
}
