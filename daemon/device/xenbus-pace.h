/* SPDX-License-Identifier: MIT */
/* How often a frontend may make us offer and write, see xenbus.h. */
#ifndef XENAVD_XENBUS_PACE_H
#define XENAVD_XENBUS_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct xenbus;

/*
 * Five offers in ten seconds are free; then 1, 2, 4 .. 64 seconds pass between two.  A frontend
 * that was quiet for long enough starts anew.
 *
 * @return 0 if an offer may be made now, else when
 */
uint64_t xenbus_offer_due(struct xenbus *xb, uint64_t now_ns);

/* Note an offer. */
void xenbus_offered(struct xenbus *xb, uint64_t now_ns);

/* The driver has let go, and none does that because of us: the next driver need not wait for the
 * last one's offers, except for the first second. */
void xenbus_excuse(struct xenbus *xb);

/*
 * Pay for a write.  A frontend may change its state without end; each of our writes costs xenstored
 * a transaction.
 *
 * @return whether the write may be made now; else again_ns says when
 */
bool xenbus_may_write(struct xenbus *xb, uint64_t now_ns, uint64_t *again_ns);

#endif
