/* SPDX-License-Identifier: MIT */
/* Messages that wait to be sent. */
#ifndef XENAV_CLIENT_SEND_H
#define XENAV_CLIENT_SEND_H

#include "client/base.h"

/* Send these OUT_* of the object, now if possible. */
void send_post(struct xenav_object *o, unsigned int what);

/* Forget these OUT_* unless they are sent. */
void send_cancel(struct xenav_object *o, unsigned int what);

/* Do messages wait for room in the socket? */
bool send_waits(const struct xenav *x);

/* Send waiting messages as far as the socket takes them; an error goes to x->send_error. */
void send_flush(struct xenav *x);

#endif
