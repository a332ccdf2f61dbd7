/* SPDX-License-Identifier: MIT */
/* See evtchn-fake.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#include <xenevtchn.h>

#include "evtchn-fake.h"

struct fake_evtchn fake_evtchn;
static int ends[2] = {-1, -1};

void fake_evtchn_reset(void)
{
	assert_int_equal(ends[0], -1);
	memset(&fake_evtchn, 0, sizeof fake_evtchn);
}

static void deliver(int port)
{
	uint32_t number = (uint32_t)port;

	fake_evtchn.ports[port].masked = true;
	assert_int_equal(write(ends[1], &number, sizeof number), sizeof number);
}

void fake_evtchn_raise(int port)
{
	if (port < 0 || !fake_evtchn.ports[port].bound)
		return;
	if (fake_evtchn.ports[port].masked)
		fake_evtchn.ports[port].pending = true;
	else
		deliver(port);
}

int fake_evtchn_local(uint32_t remote)
{
	for (int i = 0; i < FAKE_PORTS; i++)
		if (fake_evtchn.ports[i].bound && fake_evtchn.ports[i].remote == remote)
			return i;
	return -1;
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *, unsigned int)
{
	if (fake_evtchn.open_errno) {
		errno = fake_evtchn.open_errno;
		return NULL;
	}
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	return (xenevtchn_handle *)(void *)ends;
}

int xenevtchn_close(xenevtchn_handle *)
{
	close(ends[0]);
	close(ends[1]);
	ends[0] = ends[1] = -1;
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *)
{
	return ends[0];
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *)
{
	uint32_t port;

	/* A blocking read would block the whole daemon. */
	assert_true(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	return read(ends[0], &port, sizeof port) == sizeof port ? (int)port : -1;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *, uint32_t domid,
						     evtchn_port_t remote_port)
{
	int port = 1;

	if (++fake_evtchn.n_binds == fake_evtchn.fail_bind) {
		errno = EINVAL;
		return -1;
	}
	while (fake_evtchn.ports[port].bound)
		port++;
	assert_true(port < FAKE_PORTS);
	memset(&fake_evtchn.ports[port], 0, sizeof fake_evtchn.ports[port]);
	fake_evtchn.ports[port].bound = true;
	fake_evtchn.ports[port].domid = domid;
	fake_evtchn.ports[port].remote = remote_port;
	fake_evtchn.n_bound++;
	/* Xen raises an event, because one may have been lost before. */
	deliver(port);
	return port;
}

int xenevtchn_unbind(xenevtchn_handle *, evtchn_port_t port)
{
	assert_true(fake_evtchn.ports[port].bound);
	fake_evtchn.ports[port].bound = false;
	fake_evtchn.n_bound--;
	return 0;
}

int xenevtchn_notify(xenevtchn_handle *, evtchn_port_t port)
{
	assert_true(fake_evtchn.ports[port].bound);
	fake_evtchn.ports[port].notified++;
	return 0;
}

int xenevtchn_unmask(xenevtchn_handle *, evtchn_port_t port)
{
	assert_true(fake_evtchn.ports[port].bound);
	assert_true(fake_evtchn.ports[port].masked);
	fake_evtchn.ports[port].masked = false;
	fake_evtchn.ports[port].unmasked++;
	if (fake_evtchn.ports[port].pending) {
		fake_evtchn.ports[port].pending = false;
		deliver((int)port);
	}
	return 0;
}
