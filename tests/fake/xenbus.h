/* SPDX-License-Identifier: MIT */
/*
 * /dev/xen/xenbus of a domain that is not domain 0: a socket with the ring of that domain behind
 * it, so that a process which connects there, with XENSTORED_PATH, is to xenstored what the domain
 * is: unprivileged.  One connection at a time, and what it watched ends with it, as the kernel
 * sees to.
 */
#ifndef XENAVD_FAKE_XENBUS_H
#define XENAVD_FAKE_XENBUS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ringstore.h"

struct toolstack;

struct xenbus {
	uint16_t domid;
	struct ringstore store;
	char path[96];
	int listener;
	pthread_t up;   /* from the socket to the ring */
	pthread_t down; /* and back */

	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t changed;
	int connection; /* or -1 */
	bool is_reset;
	bool stopping;
};

/* Make the domain, with its xenstore, and serve the socket at path. @return 0 or -errno. */
int xenbus_start(struct xenbus *bus, struct toolstack *ts, uint16_t domid, const char *path);

/* When nobody is connected any more; fine if it was never started. */
void xenbus_stop(struct xenbus *bus);

#endif
