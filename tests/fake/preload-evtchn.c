/* SPDX-License-Identifier: MIT */
/*
 * libxenevtchn on the fake machine, with the library's own ABI.  As the kernel does, it knows only
 * the ports of the descriptor that is asked: others are ENOTCONN, and a descriptor of anything else
 * has no such calls.  Numbers of ports can be written to the descriptor to unmask them, and read.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenevtchn.h>

#include "preload.h"

struct xenevtchn_handle {
	int handle; /* or -ENOTTY */
	int fd;
};

/* Those of this process that are open, for write(): xenavd has one, other daemons one for each
 * ring. Slots from n_used_here on have never been used. */
#define OPEN_MAX_HERE 512
static xenevtchn_handle *open_here[OPEN_MAX_HERE];
static unsigned n_used_here;

static unsigned n_used(void)
{
	return __atomic_load_n(&n_used_here, __ATOMIC_ACQUIRE);
}

static void note_used(unsigned n)
{
	unsigned before = n_used();

	while (before < n && !__atomic_compare_exchange_n(&n_used_here, &before, n, false,
							  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

static void note_open(xenevtchn_handle *xce)
{
	for (unsigned i = 0; i < OPEN_MAX_HERE; i++) {
		xenevtchn_handle *none = NULL;

		if (__atomic_compare_exchange_n(&open_here[i], &none, xce, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST)) {
			note_used(i + 1);
			return;
		}
	}
	abort();
}

static void note_closed(xenevtchn_handle *xce)
{
	for (unsigned i = 0; i < n_used(); i++) {
		xenevtchn_handle *found = xce;

		__atomic_compare_exchange_n(&open_here[i], &found, NULL, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	}
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *, unsigned int flags)
{
	xenevtchn_handle *xce = calloc(1, sizeof *xce);

	if (!xce)
		return NULL;
	xce->handle = preload_attach() ? -machine_fault(CALL_OPEN, MACHINE_ANY) : -ENOENT;
	if (xce->handle == 0)
		xce->handle = machine_evtchn_open(preload_domid(), &xce->fd);
	if (xce->handle < 0) {
		errno = -xce->handle;
		free(xce);
		return NULL;
	}
	if (flags & XENEVTCHN_NO_CLOEXEC)
		fcntl(xce->fd, F_SETFD, 0);
	note_open(xce);
	return xce;
}

/* xenstored calls it after a live update.  The library believes whatever it is given. */
xenevtchn_handle *xenevtchn_fdopen(struct xentoollog_logger *, int fd, unsigned int)
{
	xenevtchn_handle *xce = calloc(1, sizeof *xce);

	if (!xce)
		return NULL;
	xce->fd = fd;
	xce->handle = preload_attach() ? machine_evtchn_of(fd) : -ENOTTY;
	note_open(xce);
	return xce;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
	if (!xce)
		return 0;
	note_closed(xce);
	close(xce->fd);
	machine_reap_closed();
	free(xce);
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
	return xce->fd;
}

static int result(int rc)
{
	if (rc >= 0)
		return rc;
	errno = -rc;
	return -1;
}

static int ordered(enum machine_call call, uint32_t domid)
{
	return -machine_fault(call, domid);
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
						     evtchn_port_t remote_port)
{
	int rc = ordered(CALL_BIND, domid);

	if (rc == 0 && xce->handle < 0)
		rc = -ENOTTY;
	if (rc == 0)
		rc = machine_port_bind(preload_domid(), (uint16_t)domid, remote_port, xce->handle);
	return result(rc);
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *xce, uint32_t domid)
{
	if (xce->handle < 0)
		return result(-ENOTTY);
	return result(machine_port_alloc(preload_domid(), (uint16_t)domid, xce->handle));
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce, unsigned int)
{
	if (xce->handle < 0)
		return result(-ENOTTY);
	return result(machine_port_virq(preload_domid(), xce->handle));
}

/* @return 0, -ENOTTY, or -ENOTCONN. */
static int check_own(const xenevtchn_handle *xce, evtchn_port_t port)
{
	if (xce->handle < 0)
		return -ENOTTY;
	if (port >= MACHINE_PORTS || machine->ports[port].state == PORT_FREE ||
	    machine->ports[port].handle != xce->handle)
		return -ENOTCONN;
	return 0;
}

static uint32_t remote_of(evtchn_port_t port)
{
	return port < MACHINE_PORTS ? machine->ports[port].remote_domid : MACHINE_ANY;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
	int rc = ordered(CALL_UNBIND, remote_of(port));

	if (rc == 0)
		rc = check_own(xce, port);
	if (rc == 0)
		rc = machine_port_close(preload_domid(), port);
	return result(rc);
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
	int rc = ordered(CALL_NOTIFY, remote_of(port));

	if (rc == 0)
		rc = check_own(xce, port);
	if (rc == 0)
		rc = machine_port_notify(preload_domid(), port);
	return result(rc);
}

/* Passes over ports that are not its own. */
static int unmask(const xenevtchn_handle *xce, evtchn_port_t port)
{
	int rc = check_own(xce, port);

	if (rc == 0)
		rc = machine_port_unmask(preload_domid(), port);
	return rc == -ENOTCONN ? 0 : rc;
}

/* The kernel takes a page of them at most, and no part of a number. */
static ssize_t unmask_all(const xenevtchn_handle *xce, const char *buf, size_t size)
{
	evtchn_port_t port = MACHINE_PORTS;
	size_t done = 0;
	int rc;

	if (size >= sizeof port)
		memcpy(&port, buf, sizeof port);
	rc = ordered(CALL_UNMASK, remote_of(port));
	if (size > MACHINE_PAGE)
		size = MACHINE_PAGE;
	for (; rc == 0 && size - done >= sizeof port; done += sizeof port) {
		memcpy(&port, buf + done, sizeof port);
		rc = unmask(xce, port);
	}
	return rc < 0 ? result(rc) : (ssize_t)done;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
	return unmask_all(xce, (const char *)&port, sizeof port) < 0 ? -1 : 0;
}

static xenevtchn_handle *handle_of(int fd)
{
	for (unsigned i = 0; i < n_used(); i++) {
		xenevtchn_handle *xce = __atomic_load_n(&open_here[i], __ATOMIC_ACQUIRE);

		if (xce && xce->fd == fd)
			return xce;
	}
	return NULL;
}

ssize_t write(int fd, const void *buf, size_t size)
{
	static void *next;
	xenevtchn_handle *xce = handle_of(fd);

	if (xce)
		return unmask_all(xce, buf, size);
	if (!__atomic_load_n(&next, __ATOMIC_RELAXED))
		__atomic_store_n(&next, dlsym(RTLD_NEXT, "write"), __ATOMIC_RELAXED);
	return ((ssize_t(*)(int, const void *, size_t))next)(fd, buf, size);
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
	uint32_t port;
	ssize_t n;
	int rc = ordered(CALL_PENDING, MACHINE_ANY);

	if (rc < 0)
		return result(rc);
	n = read(xce->fd, &port, sizeof port);
	if (n == (ssize_t)sizeof port)
		return (xenevtchn_port_or_error_t)port;
	if (n >= 0)
		errno = EIO;
	return -1;
}

int xenevtchn_restrict(xenevtchn_handle *, domid_t)
{
	errno = EOPNOTSUPP;
	return -1;
}
