/* SPDX-License-Identifier: MIT */
/* The requests of consumers about objects, in one table: kind of object, rights, and service. */
#ifndef XENAVD_REQUESTS_H
#define XENAVD_REQUESTS_H

#include "xenav-proto.h"

struct claims;

/*
 * Serve a request, which is not HELLO.  The descriptor `passed` came with it, and stays the
 * caller's.
 *
 * @return 0, also for a request about an object that has just gone; for CLAIM -ENOENT without such
 * an object, or the result of claims_take(); for all others -ENOTCONN when the consumer has not
 * claimed the object, -EINVAL for an object of another kind or a value out of bounds, -EPERM when a
 * watcher sends a request of the driver; for CONNECTOR_BUFFER also -EACCES when the consumer may
 * have no dma-bufs, or the result of connector_offer().
 */
int requests_serve(struct claims *claims, const union xenav_msg *msg, int passed);

#endif
