/* SPDX-License-Identifier: MIT */
/* What objects of every kind have in common. */
#ifndef XENAV_CLIENT_OBJECT_H
#define XENAV_CLIENT_OBJECT_H

#include "client/base.h"

/* The kinds there are, each defined in its own file. */
extern const struct object_ops stream_ops;
extern const struct object_ops connector_ops;

/* For the calls of the program: 0, -EALREADY, -EINVAL if it is not wanted, -ENOTCONN. */
int object_claim(struct xenav_object *o, uint32_t mode);
int object_release(struct xenav_object *o);

/* The daemon announces an object of that kind; its id must be a new one. */
int object_add(struct xenav *x, const struct object_ops *ops, const union xenav_msg *m);

/* Handle a message of that kind, unless it is for a claim that we do not have any more. */
int object_handle(struct xenav *x, const struct object_ops *ops, const struct in_row *row,
		  const struct incoming *in);

int object_on_removed(struct xenav *x, const struct xenav_msg_plain *m);
int object_on_claimed(struct xenav *x, const struct xenav_msg_claim *m);
int object_on_error(struct xenav *x, const struct xenav_msg_error *m);

void object_destroy(struct xenav_object *o);

#endif
