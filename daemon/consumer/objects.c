/* SPDX-License-Identifier: MIT */
/* The registry of announced objects: see objects.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consumer/objects.h"
#include "display/connector.h"
#include "sound/stream.h"
#include "wire/wire.h"

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

int objects_add(struct objects *objects, struct stream *stream, struct connector *connector)
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
	object->stream = stream;
	object->connector = connector;
	objects->sorted[objects->n++] = object;
	return 0;
}

/* Where the first object stands whose number is at least that. */
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

struct object *objects_of(const struct objects *objects, const struct stream *stream,
			  const struct connector *connector)
{
	for (size_t i = 0; i < objects->n; i++)
		if (objects->sorted[i]->stream == stream &&
		    objects->sorted[i]->connector == connector)
			return objects->sorted[i];
	return NULL;
}

enum right object_right(const struct object *object, const struct policy *policy,
			const struct consumer_id *consumer, bool *direct)
{
	struct consumer_rights rights;
	struct connector_info connector;
	struct stream_info stream;
	enum right right;

	if (object->stream) {
		stream_get_info(object->stream, &stream);
		policy_consumer(policy, consumer, stream.guest, &rights);
		right = stream.direction == XENAV_CAPTURE ? rights.capture : rights.playback;
	} else {
		connector_get_info(object->connector, &connector);
		policy_consumer(policy, consumer, connector.guest, &rights);
		right = rights.display;
	}
	*direct = rights.direct;
	return right;
}

bool object_has_mode(const struct object *object, uint32_t mode)
{
	struct stream_info stream = {.direction = XENAV_PLAYBACK};

	if (object->stream)
		stream_get_info(object->stream, &stream);
	return (mode == XENAV_MODE_FEED) == (stream.direction == XENAV_CAPTURE);
}

/* The field is zero and large enough for all sensible names; others are cut. */
static void put_string(char *field, size_t size, const char *s)
{
	memcpy(field, s, strnlen(s, size - 1));
}

static void describe_stream(const struct object *object, union xenav_msg *msg)
{
	struct xenav_msg_stream_added *m = &msg->stream_added;
	struct stream_info info;

	stream_get_info(object->stream, &info);
	wire_init(msg, XENAV_OP_STREAM_ADDED, object->id);
	m->domid = info.guest->domid;
	m->devid = info.devid;
	m->pcm = info.pcm;
	m->stream = info.stream;
	m->direction = info.direction;
	put_string(m->domain_name, sizeof m->domain_name, info.guest->name);
	put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
	put_string(m->pcm_name, sizeof m->pcm_name, info.pcm_name);
}

static void describe_connector(const struct object *object, union xenav_msg *msg)
{
	struct xenav_msg_connector_added *m = &msg->connector_added;
	struct connector_info info;

	connector_get_info(object->connector, &info);
	wire_init(msg, XENAV_OP_CONNECTOR_ADDED, object->id);
	m->domid = info.guest->domid;
	m->devid = info.devid;
	m->connector = info.index;
	m->width_px = info.width_px;
	m->height_px = info.height_px;
	put_string(m->domain_name, sizeof m->domain_name, info.guest->name);
	put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
}

void object_describe(const struct object *object, union xenav_msg *msg)
{
	if (object->stream)
		describe_stream(object, msg);
	else
		describe_connector(object, msg);
}
