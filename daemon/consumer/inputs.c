/* SPDX-License-Identifier: MIT */
/* See inputs.h. */
#include <config.h>

#include "consumer/claims.h"
#include "consumer/inputs.h"
#include "consumer/server.h"
#include "wire/wire.h"

/* -------- what an input device is -------- */

static enum right right(const struct object *, const struct consumer_rights *rights)
{
	return rights->input ? RIGHT_CLAIM : RIGHT_NO;
}

static bool has_mode(const struct object *, enum xenav_mode mode)
{
	return mode == XENAV_MODE_FEED;
}

static uint32_t caps_bits(const struct input_caps *caps)
{
	return (caps->keyboard ? XENAV_INPUT_KEYBOARD : 0) |
	       (caps->pointer ? XENAV_INPUT_POINTER : 0) |
	       (caps->absolute ? XENAV_INPUT_ABSOLUTE : 0) | (caps->touch ? XENAV_INPUT_TOUCH : 0);
}

static void announce(const struct object *object, union xenav_msg *msg)
{
	struct xenav_msg_input_added *m = &msg->input_added;
	struct input_info info;

	input_get_info(object->input, &info);
	wire_init(msg, XENAV_OP_INPUT_ADDED, object->id);
	m->domid = info.guest->domid;
	m->devid = info.devid;
	m->caps = caps_bits(info.caps);
	m->contacts = info.caps->contacts;
	m->width = info.caps->width;
	m->height = info.caps->height;
	m->touch_width = info.caps->touch_width;
	m->touch_height = info.caps->touch_height;
	object_put_string(m->domain_name, sizeof m->domain_name, info.guest->name);
	object_put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
}

static void status(const struct object *object, union xenav_msg *msg)
{
	struct xenav_msg_status_input *m = &msg->status_input;
	struct input_info info;

	input_get_info(object->input, &info);
	wire_init(msg, XENAV_OP_STATUS_INPUT, object->id);
	m->domid = info.guest->domid;
	m->devid = info.devid;
	m->caps = caps_bits(info.caps);
	m->contacts = info.caps->contacts;
	object_put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
	input_get_status(object->input, m);
}

/* -------- how it is claimed -------- */

static int claim_it(struct claim *claim)
{
	return input_join(claim->object->input, claim);
}

static void release(struct claim *claim)
{
	input_leave(claim->object->input, claim);
}

/* Nothing that is told after CLAIMED goes stale. */
static void on_room(void *)
{
}

static const struct object_ops ops = {
	.kind = OBJECT_INPUT,
	.name = "input device",
	.ways = XENAV_WAY_COPY,
	.right = right,
	.has_mode = has_mode,
	.announce = announce,
	.status = status,
	.claim = claim_it,
	.release = release,
	.room = on_room,
};

static void on_added(struct input *input, void *data)
{
	struct input_info info;

	input_get_info(input, &info);
	server_announce(data, &ops, input, info.guest);
}

static void on_removed(struct input *input, void *data)
{
	server_withdraw(data, input);
}

/* The feeders of an input device are claims. */
static void on_taken(const void *feeder, uint32_t count)
{
	struct claim *claim = (void *)(uintptr_t)feeder;
	union xenav_msg msg;

	if (!claim->claims->counts)
		return;
	wire_init(&msg, XENAV_OP_INPUT_TAKEN, claim->object->id);
	msg.input_taken.count = count;
	lane_send(&claim->lane, &msg, -1);
}

const struct input_observer server_inputs = {
	.added = on_added,
	.removed = on_removed,
	.taken = on_taken,
};
