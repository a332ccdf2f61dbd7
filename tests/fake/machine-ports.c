/* SPDX-License-Identifier: MIT */
/*
 * The machine's event channels: see machine.h.  A port of a process behaves as /dev/xen/evtchn has
 * it: an event masks the port and puts its number where the process reads it, here a fifo; what
 * comes while it is masked is kept until it is unmasked.  A guest waits on a word in its domain.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "machine-priv.h"

/* The fifos this process writes to. */
static struct {
	uint32_t serial;
	int fd;
} fifos[MACHINE_HANDLES];

static void wake_guest(struct machine_domain *domain)
{
	__atomic_add_fetch(&domain->events, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &domain->events, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void fifo_name(uint32_t serial, char name[32])
{
	snprintf(name, 32, "events-%u", serial);
}

/* Both ways, so that it needs no reader to be opened and none to be written to. */
static int fifo_of(int handle)
{
	uint32_t serial = machine->handles[handle].serial;
	char name[32];

	if (fifos[handle].serial == serial)
		return fifos[handle].fd;
	if (fifos[handle].serial)
		close(fifos[handle].fd);
	fifo_name(serial, name);
	fifos[handle].fd = machine_open_file(name, O_RDWR | O_NONBLOCK);
	fifos[handle].serial = fifos[handle].fd < 0 ? 0 : serial;
	return fifos[handle].fd;
}

void machine_close_fifos(void)
{
	for (unsigned i = 0; i < MACHINE_HANDLES; i++) {
		if (fifos[i].serial)
			close(fifos[i].fd);
		fifos[i].serial = 0;
	}
}

static void deliver(uint32_t number)
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
	port->masked = 1;
	port->pending = 0;
	/* The fifo has room for every port there is. */
	if (write(fifo_of(port->handle), &number, sizeof number) < 0)
		return;
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
		deliver((uint32_t)port);
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
			deliver(i);
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
		deliver(port->remote);
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
		if (port->pending)
			deliver(number);
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

/* -------- processes -------- */

int machine_handle_open(int *fd)
{
	char path[256];
	char name[32];
	uint32_t serial = 0;
	int handle = -ENOSPC;

	machine_lock();
	for (unsigned i = 0; i < MACHINE_HANDLES && handle < 0; i++) {
		if (machine->handles[i].used)
			continue;
		serial = machine->next_serial++;
		machine->handles[i] = (struct machine_handle){
			.used = true,
			.pid = (int32_t)getpid(),
			.serial = serial,
		};
		handle = (int)i;
	}
	machine_unlock();
	if (handle < 0)
		return handle;
	fifo_name(serial, name);
	snprintf(path, sizeof path, "%s/%s", machine_dir, name);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	*fd = machine_open_file(name, O_RDWR);
	if (*fd < 0)
		return *fd;
	/* Xen sends it events too, e.g. when it binds a port: it needs no other descriptor. */
	machine_lock();
	fifos[handle].serial = serial;
	fifos[handle].fd = *fd;
	machine_unlock();
	return handle;
}

void machine_handle_end(int handle)
{
	char path[256];
	char name[32];

	for (uint32_t i = 1; i < MACHINE_PORTS; i++)
		if (machine->ports[i].state != PORT_FREE && machine->ports[i].handle == handle)
			close_port(&machine->ports[i]);
	fifo_name(machine->handles[handle].serial, name);
	snprintf(path, sizeof path, "%s/%s", machine_dir, name);
	unlink(path);
	machine->handles[handle].used = false;
}

void machine_handle_close(int handle)
{
	machine_lock();
	machine_handle_end(handle);
	fifos[handle].serial = 0; /* the descriptor is the caller's */
	machine_unlock();
}

uint32_t machine_ports_of_process(int pid)
{
	uint32_t n = 0;

	machine_lock();
	for (uint32_t i = 1; i < MACHINE_PORTS; i++) {
		const struct machine_port *port = &machine->ports[i];

		n += port->state != PORT_FREE && port->handle >= 0 &&
		     machine->handles[port->handle].pid == pid;
	}
	machine_unlock();
	return n;
}
