/* SPDX-License-Identifier: MIT */
/*
 * The event channels of a domain without a hypervisor: libxenevtchn's calls, a pipe for the device,
 * and the kernel's rule that an event masks its port until the port is unmasked; an event that came
 * meanwhile is delivered then.
 */
#ifndef XENAVD_EVTCHN_FAKE_H
#define XENAVD_EVTCHN_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_PORTS 80

struct fake_evtchn {
	struct {
		bool bound;
		bool masked;
		bool pending;
		uint32_t domid;
		uint32_t remote;
		unsigned notified;
		unsigned unmasked;
	} ports[FAKE_PORTS];
	int n_bound;
	int n_binds;
	int fail_bind; /* this call of bind_interdomain fails, counted from 1 */
	int open_errno;
};

extern struct fake_evtchn fake_evtchn;

void fake_evtchn_reset(void);

/* The other end notifies. */
void fake_evtchn_raise(int port);

/* The local port bound to the remote port, or -1. */
int fake_evtchn_local(uint32_t remote);

#endif
