/* SPDX-License-Identifier: MIT */
/* See evtchn-batch.h. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "report/log.h"
#include "xen/evtchn-batch.h"

int evtchn_batch_read(int fd, uint32_t ports[EVTCHN_BATCH])
{
	const ssize_t n = read(fd, ports, EVTCHN_BATCH * sizeof ports[0]);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return (int)((size_t)n / sizeof ports[0]);
}

void evtchn_batch_unmask(struct evtchn_batch *batch, uint32_t port)
{
	batch->ports[batch->n++] = port;
	if (batch->n == EVTCHN_BATCH)
		evtchn_batch_flush(batch);
}

/* The kernel takes all of them, and passes over ports that are not bound. */
void evtchn_batch_flush(struct evtchn_batch *batch)
{
	const size_t size = batch->n * sizeof batch->ports[0];

	if (batch->n == 0)
		return;
	batch->n = 0;
	if (write(batch->fd, batch->ports, size) != (ssize_t)size)
		log_err("Could not unmask event channels: %s", strerror(errno));
}
