/* SPDX-License-Identifier: MIT */
/* Connectors over a pause: the functions of struct object_ops. */
#ifndef XENAV_CLIENT_RESHOW_H
#define XENAV_CLIENT_RESHOW_H

#include "client/connector.h"

bool reshow_is_same(const struct xenav_object *o, const union xenav_msg *msg, bool by_name);

/* Give up the buffers of the daemon that is gone. */
void reshow_lose(struct xenav_object *o);

/* The connector is claimed again: say what the program has set, and ask for a frame. */
void reshow_begin(struct xenav_object *o);

#endif
