/* SPDX-License-Identifier: MIT */
/*
 * The registry of what consumers can see: every stream and connector there is, under the number
 * that the protocol names it by.  Numbers count up and are never used again, so the table is
 * always sorted and a number is all that a session needs to remember how far it has announced.
 */
#ifndef XENAVD_OBJECTS_H
#define XENAVD_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "config/policy.h"
#include "xenav-proto.h"

struct claim;
struct connector;
struct stream;

/* Exactly one of stream and connector is set. */
struct object {
	uint32_t id;
	struct stream *stream;
	struct connector *connector;
	LIST_HEAD(, claim) claims; /* of those that drive or watch it: see claims.h */
};

struct objects {
	struct object **sorted; /* by id */
	size_t n;
	size_t room;
	uint32_t last_id;
};

/* An empty registry is all zero. */
void objects_finish(struct objects *objects);

/*
 * Register a stream or a connector (the other is NULL).
 *
 * @return 0, -ENOMEM, or -EOVERFLOW when all numbers have been used.
 */
int objects_add(struct objects *objects, struct stream *stream, struct connector *connector);

/* Take out and free. */
void objects_remove(struct objects *objects, struct object *object);

/* The object of that number, or NULL. */
struct object *objects_find(const struct objects *objects, uint32_t id);

/* The first object of a larger number, or NULL. */
struct object *objects_after(const struct objects *objects, uint32_t id);

/* The object of that stream or connector (the other is NULL), or NULL. */
struct object *objects_of(const struct objects *objects, const struct stream *stream,
			  const struct connector *connector);

/* What the consumer may do with it, and whether its buffers may go other ways than as a copy. */
enum right object_right(const struct object *object, const struct policy *policy,
			const struct consumer_id *consumer, bool *direct);

/* Can it be claimed in this mode (XENAV_MODE_*)?  That a capture stream cannot be watched is for
 * the stream to say. */
bool object_has_mode(const struct object *object, uint32_t mode);

/* Its announcement. */
void object_describe(const struct object *object, union xenav_msg *msg);

#endif
