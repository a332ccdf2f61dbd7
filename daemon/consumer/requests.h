/* SPDX-License-Identifier: MIT */
/* What a consumer may ask of objects, in one table: of which kind, who may ask it, and what is done
 * then. */
#ifndef XENAVD_REQUESTS_H
#define XENAVD_REQUESTS_H

#include "xenav-proto.h"

struct claims;

/*
 * Serve a request, which is not HELLO.  passed is the descriptor that came with it, and stays the
 * caller's.
 *
 * @return 0, also for a request about an object that has just gone; of CLAIM -ENOENT without such
 * an object, and what claims_take() says; of all others -ENOTCONN when the consumer has not claimed
 * the object, -EINVAL when that is of the other kind, or a value in the request makes no sense,
 * -EPERM when the consumer only watches and would drive; of CONNECTOR_BUFFER also -EACCES when the
 * consumer may have no dma-bufs, and what connector_offer() says.
 */
int requests_serve(struct claims *claims, const union xenav_msg *msg, int passed);

#endif
