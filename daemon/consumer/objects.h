/* SPDX-License-Identifier: MIT */
/*
 * The registry of objects: every stream and connector, under its number in the protocol.  Numbers
 * count up and are never used again, so the table is always sorted, and one number tells which
 * objects a session has announced.
 */
#ifndef XENAVD_OBJECTS_H
#define XENAVD_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "config/policy.h"
#include "consumer/waiting.h"
#include "xenav-proto.h"

struct claim;
struct connector;
struct input;
struct journal_key;
struct object;
struct stream;

/* OBJECT_ANY stands for all kinds in a table; no object is of that kind. */
enum object_kind { OBJECT_ANY, OBJECT_STREAM, OBJECT_CONNECTOR, OBJECT_INPUT };

/* The operations of a kind of objects, defined in one file for each kind. */
struct object_ops {
	enum object_kind kind;
	const char *name; /* of the kind, for the log */
	uint32_t ways;    /* XENAV_WAY_* of buffers of this kind */
	enum right (*right)(const struct object *object, const struct consumer_rights *rights);
	bool (*has_mode)(const struct object *object, enum xenav_mode mode);
	void (*announce)(const struct object *object, union xenav_msg *msg);
	/* Make its message of the status. */
	void (*status)(const struct object *object, union xenav_msg *msg);

	/* Fill kind, devid and id of a key of the journal that stays the same over a restart. NULL:
	 * claims are not kept, because none keeps another out. */
	void (*place)(const struct object *object, struct journal_key *key);

	/* @return 0, or -EBUSY, -EUSERS or another -errno to answer the CLAIM. */
	int (*claim)(struct claim *claim);
	/* Send the present state, behind CLAIMED.  May be NULL. */
	void (*claimed)(struct claim *claim);
	void (*release)(struct claim *claim);
	/* There is room again in the lane of the claim, which is data. */
	void (*room)(void *data);
};

struct object {
	uint32_t id;
	const struct object_ops *ops;
	const struct guest_info *guest;
	union { /* as ops->kind says */
		void *thing;
		struct stream *stream;
		struct connector *connector;
		struct input *input;
	};
	LIST_HEAD(, claim) claims; /* of all modes: see claims.h */
	struct waiting_queue waiting;
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
 * Register an object of the kind of these ops, which belongs to a guest.
 *
 * @return 0, -ENOMEM, or -EOVERFLOW when all numbers have been used.
 */
int objects_add(struct objects *objects, const struct object_ops *ops, void *thing,
		const struct guest_info *guest);

/* Remove an object and free it. */
void objects_remove(struct objects *objects, struct object *object);

/* The object of that number, or NULL. */
struct object *objects_find(const struct objects *objects, uint32_t id);

/* The first object of a larger number, or NULL. */
struct object *objects_after(const struct objects *objects, uint32_t id);

/* The object that stands for this stream or connector, or NULL. */
struct object *objects_of(const struct objects *objects, const void *thing);

/* Put a name into a zero field of an announcement; a name that is too long is cut. */
void object_put_string(char *field, size_t size, const char *s);

#endif
