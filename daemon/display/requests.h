/* SPDX-License-Identifier: MIT */
/*
 * The requests of displif.h.  Each gets one answer with its id and operation, so that a guest never
 * waits for its time-out; what is refused is logged with the reason.  Mapping and unmapping take
 * time and are answered when they are done; the ring waits, other connectors do not.
 *
 * Reserved bits are never a reason to refuse: Linux does not clear a slot before it fills it.
 *
 * Limits are answered with -ENOSPC (tables, the domain's pages) or -EBUSY (unread events), names
 * that mean nothing with -ENOENT, and what makes no sense with -EINVAL.
 */
#ifndef XENAVD_REQUESTS_H
#define XENAVD_REQUESTS_H

struct connector;
struct request;
struct tables;

/* Prepare the channel of a connector, and the request for what will come through it. */
void requests_init(struct request *request, struct tables *tables, struct connector *conn);

#endif
