/* SPDX-License-Identifier: MIT */
/* See objects.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consumer/objects.h"

#define FIRST_ROOM 16

void objects_finish(struct objects *objects)
{
	for (size_t i = 0; i < objects->n; i++)
		free(objects->sorted[i]);
	free(objects->sorted);
	memset(objects, 0, sizeof *objects);
}

static int make_room(struct objects *objects)
{
	const size_t room = objects->room ? objects->room * 2 : FIRST_ROOM;
	struct object **sorted;

	if (objects->n < objects->room)
		return 0;
	sorted = reallocarray(objects->sorted, room, sizeof objects->sorted[0]);
	if (!sorted)
		return -ENOMEM;
	objects->sorted = sorted;
	objects->room = room;
	return 0;
}

int objects_add(struct objects *objects, const struct object_ops *ops, void *thing,
		const struct guest_info *guest)
{
	struct object *object;
	int rc;

	if (objects->last_id == UINT32_MAX)
		return -EOVERFLOW;
	rc = make_room(objects);
	if (rc < 0)
		return rc;
	object = calloc(1, sizeof *object);
	if (!object)
		return -ENOMEM;
	object->id = ++objects->last_id;
	object->ops = ops;
	object->thing = thing;
	object->guest = guest;
	TAILQ_INIT(&object->waiting);
	objects->sorted[objects->n++] = object;
	return 0;
}

/* The index of the first object whose number is at least id. */
static size_t position(const struct objects *objects, uint32_t id)
{
	size_t low = 0, high = objects->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (objects->sorted[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void objects_remove(struct objects *objects, struct object *object)
{
	const size_t at = position(objects, object->id);

	objects->n--;
	memmove(&objects->sorted[at], &objects->sorted[at + 1],
		(objects->n - at) * sizeof objects->sorted[0]);
	free(object);
}

struct object *objects_find(const struct objects *objects, uint32_t id)
{
	const size_t at = position(objects, id);

	return at < objects->n && objects->sorted[at]->id == id ? objects->sorted[at] : NULL;
}

struct object *objects_after(const struct objects *objects, uint32_t id)
{
	size_t at;

	if (id == UINT32_MAX)
		return NULL;
	at = position(objects, id + 1);
	return at < objects->n ? objects->sorted[at] : NULL;
}

struct object *objects_of(const struct objects *objects, const void *thing)
{
	for (size_t i = 0; i < objects->n; i++)
		if (objects->sorted[i]->thing == thing)
			return objects->sorted[i];
	return NULL;
}

void object_put_string(char *field, size_t size, const char *s)
{
	memcpy(field, s, strnlen(s, size - 1));
}
