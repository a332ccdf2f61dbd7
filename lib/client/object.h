/* SPDX-License-Identifier: MIT */
/* Objects of every kind. */
#ifndef XENAV_CLIENT_OBJECT_H
#define XENAV_CLIENT_OBJECT_H

#include "client/base.h"

/* All kinds, each defined in its own file. */
extern const struct object_ops stream_ops;
extern const struct object_ops connector_ops;
extern const struct object_ops input_ops;

/* For the calls of the program.  @return 0, -EALREADY or -EINVAL if the object is claimed already
 * or not, -ENOTCONN. */
int object_claim(struct xenav_object *o, uint32_t mode);
int object_claim_wait(struct xenav_object *o, uint32_t mode);
int object_release(struct xenav_object *o);

/* Make an object of a kind that the daemon announces; its id must be new. */
int object_add(struct xenav *x, const struct object_ops *ops, const union xenav_msg *m);

/* Handle a message for an object of that kind, unless it belongs to a claim that is given up. */
int object_handle(struct xenav *x, const struct object_ops *ops, const struct in_row *row,
		  const struct incoming *in);

int object_on_removed(struct xenav *x, const struct xenav_msg_plain *m);
int object_on_claimed(struct xenav *x, const struct xenav_msg_claim *m);
int object_on_error(struct xenav *x, const struct xenav_msg_error *m);

/* The present state of an object that is claimed is told. */
int object_on_told(struct xenav *x, const struct xenav_msg_plain *m);

void object_destroy(struct xenav_object *o);

/* The connection is broken: the object stays, without a number. */
void object_lose(struct xenav_object *o);

/* Is any object not announced again? */
bool objects_any_absent(const struct xenav *x);

/* Is any claim to be made again? */
bool objects_any_coming(const struct xenav *x);

/* Remove these objects, as far as the program does not close the connection. */
void objects_remove_absent(struct xenav *x);

#endif
