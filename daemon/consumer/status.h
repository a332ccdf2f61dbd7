/* SPDX-License-Identifier: MIT */
/* The requests of consumers about xenavd itself (xenav-status.h), in one table: rights and service.
 */
#ifndef XENAVD_CONSUMER_STATUS_H
#define XENAVD_CONSUMER_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "xenav-proto.h"

struct session;

/* Is this an opcode of such a request? */
bool status_has(uint16_t opcode);

/*
 * Serve a request.
 *
 * @return 0; -EACCES without the right, -EBUSY while another STATUS_GET is being answered; for
 * STATUS_KICK -ENOENT without that consumer, -EINVAL when it is the one that asks.
 */
int status_serve(struct session *session, const union xenav_msg *msg);

#endif
