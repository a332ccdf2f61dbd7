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
struct object;
struct stream;

/* No object is of OBJECT_ANY: it stands for all kinds in a table. */
enum object_kind { OBJECT_ANY, OBJECT_STREAM, OBJECT_CONNECTOR };

/* What objects of one kind do in their own way; one row for each kind, in a file of its own. */
struct object_ops {
	enum object_kind kind;
	const char *name; /* of the kind, for the log */
	uint32_t ways;    /* XENAV_WAY_* that its buffers can take */
	const struct guest_info *(*guest)(const struct object *object);
	enum right (*right)(const struct object *object, const struct consumer_rights *rights);
	bool (*has_mode)(const struct object *object, enum xenav_mode mode);
	void (*announce)(const struct object *object, union xenav_msg *msg);

	/* 0, -EBUSY, -EUSERS or another -errno that answers the CLAIM. */
	int (*claim)(struct claim *claim);
	/* CLAIMED is on its way: tell the present state.  May be NULL. */
	void (*claimed)(struct claim *claim);
	void (*release)(struct claim *claim);
	/* The lane of the claim, which is data, has room again. */
	void (*room)(void *data);
};

struct object {
	uint32_t id;
	const struct object_ops *ops;
	union { /* by ops->kind */
		void *thing;
		struct stream *stream;
		struct connector *connector;
	};
	LIST_HEAD(, claim) claims; /* in every mode: see claims.h */
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
 * Register a stream or connector, as the ops say.
 *
 * @return 0, -ENOMEM, or -EOVERFLOW when all numbers have been used.
 */
int objects_add(struct objects *objects, const struct object_ops *ops, void *thing);

/* Take out and free. */
void objects_remove(struct objects *objects, struct object *object);

/* The object of that number, or NULL. */
struct object *objects_find(const struct objects *objects, uint32_t id);

/* The first object of a larger number, or NULL. */
struct object *objects_after(const struct objects *objects, uint32_t id);

/* The object of that stream or connector, or NULL. */
struct object *objects_of(const struct objects *objects, const void *thing);

/* For an announcement: a field that is zero takes a name, which is cut when it is too long. */
void object_put_string(char *field, size_t size, const char *s);

#endif
