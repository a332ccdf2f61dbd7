/* SPDX-License-Identifier: MIT */
/* What waits to be sent. */
#ifndef XENAV_CLIENT_SEND_H
#define XENAV_CLIENT_SEND_H

#include "client/base.h"

/* Let the object send these OUT_*, now if possible. */
void send_post(struct xenav_object *o, unsigned int what);

/* Forget these OUT_*, as far as they are not sent. */
void send_cancel(struct xenav_object *o, unsigned int what);

/* Send what waits, as far as the socket takes it; failures go to x->send_error. */
void send_flush(struct xenav *x);

#endif
