/* SPDX-License-Identifier: MIT */
/* What a consumer says of an object that it has claimed, in one table: who may say it, and what
 * then is done. */
#ifndef XENAVD_REQUESTS_H
#define XENAVD_REQUESTS_H

#include "xenav-proto.h"

struct claims;
struct object;

/*
 * Serve the request, which is not HELLO or CLAIM, of that object.  passed is the descriptor that
 * came with it, and stays the caller's.
 *
 * @return 0, -ENOTCONN when the consumer has not claimed the object, -EINVAL when that is of the
 * other kind, or a value in the request makes no sense, -EPERM when the consumer only watches and
 * would drive, -EOPNOTSUPP when there is no such request; of CONNECTOR_BUFFER also -EACCES when the
 * consumer may have no dma-bufs, and what connector_offer() says.
 */
int requests_serve(struct claims *claims, struct object *object, const union xenav_msg *request,
		   int passed);

#endif
