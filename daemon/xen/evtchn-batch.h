/* SPDX-License-Identifier: MIT */
/*
 * Ports by the batch.  libxenevtchn reads and unmasks one port in a call; its descriptor gives and
 * takes as many port numbers as fit the buffer.
 */
#ifndef XENAVD_EVTCHN_BATCH_H
#define XENAVD_EVTCHN_BATCH_H

#include <stdint.h>

#define EVTCHN_BATCH 64

/*
 * Read the ports that have had an event, which masks them.
 *
 * @return their number, at most EVTCHN_BATCH; fewer when no other port had an event; 0 for none; or
 * -errno.
 */
int evtchn_batch_read(int fd, uint32_t ports[EVTCHN_BATCH]);

/* Ports to be unmasked together. */
struct evtchn_batch {
	int fd;
	unsigned n;
	uint32_t ports[EVTCHN_BATCH];
};

/* Add a port, which is unmasked by evtchn_batch_flush() or when the batch is full. */
void evtchn_batch_unmask(struct evtchn_batch *batch, uint32_t port);
void evtchn_batch_flush(struct evtchn_batch *batch);

#endif
