/* SPDX-License-Identifier: MIT */
/* See connectors.h. */
#include <config.h>

#include <errno.h>

#include "consumer/claims.h"
#include "consumer/connectors.h"
#include "consumer/server.h"
#include "journal/journal.h"
#include "wire/wire.h"

/* -------- a connector in the registry -------- */

static enum right right(const struct object *, const struct consumer_rights *rights)
{
	return rights->display;
}

static bool has_mode(const struct object *, enum xenav_mode mode)
{
	return mode != XENAV_MODE_FEED;
}

static void announce(const struct object *object, union xenav_msg *msg)
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
	object_put_string(m->domain_name, sizeof m->domain_name, info.guest->name);
	object_put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
}

static void status(const struct object *object, union xenav_msg *msg)
{
	struct xenav_msg_status_connector *m = &msg->status_connector;
	struct connector_info info;

	connector_get_info(object->connector, &info);
	wire_init(msg, XENAV_OP_STATUS_CONNECTOR, object->id);
	m->domid = info.guest->domid;
	m->devid = info.devid;
	m->connector = info.index;
	m->width_px = info.width_px;
	m->height_px = info.height_px;
	object_put_string(m->unique_id, sizeof m->unique_id, info.unique_id);
	connector_get_status(object->connector, m);
}

static void place(const struct object *object, struct journal_key *key)
{
	struct connector_info info;

	connector_get_info(object->connector, &info);
	key->kind = JOURNAL_DISPLAY;
	key->devid = info.devid;
	key->id = info.index;
}

/* -------- messages -------- */

static void on_buffer(const struct connector_buffer *buffer, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;
	struct xenav_msg_frame_buffer *m = &msg.frame_buffer;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER, claim->object->id);
	m->buffer = buffer->index;
	m->size_bytes = buffer->size_bytes;
	m->way = buffer->way;
	m->offset_bytes = buffer->offset_bytes;
	m->offered = buffer->offered;
	lane_send(&claim->lane, &msg, buffer->fd);
}

static void on_gone(uint32_t index, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER_GONE, claim->object->id);
	msg.frame_buffer_gone.buffer = index;
	lane_send(&claim->lane, &msg, -1);
	claim->claims->asked(claim->claims);
}

/* A consumer that keeps a guest waiting is disconnected. */
static void on_late(void *data)
{
	struct claim *claim = data;

	outbox_break(claim->claims->box, -ETIME);
}

static void on_frame(const struct connector_frame *frame, void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;
	struct xenav_msg_frame *m = &msg.frame;

	wire_init(&msg, XENAV_OP_FRAME, claim->object->id);
	m->serial = frame->serial;
	m->buffer = frame->buffer;
	m->offset_bytes = frame->offset_bytes;
	m->width_px = frame->width_px;
	m->height_px = frame->height_px;
	m->stride_bytes = frame->stride_bytes;
	m->fourcc = frame->fourcc;
	lane_send(&claim->lane, &msg, -1);
}

static void on_blank(void *data)
{
	struct claim *claim = data;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_BLANK, claim->object->id);
	lane_send(&claim->lane, &msg, -1);
}

static const struct connector_listener listener = {
	.user = claim_user,
	.buffer = on_buffer,
	.gone = on_gone,
	.late = on_late,
	.frame = on_frame,
	.blank = on_blank,
};

static void on_room(void *data)
{
	struct claim *claim = data;
	const bool again = claim->again;

	if (!claim->ready)
		return;
	claim->ready = false;
	claim->again = false;
	connector_ready(claim->object->connector, claim, again);
}

/* -------- claims -------- */

static int claim_it(struct claim *claim)
{
	return connector_claim(claim->object->connector, claim->mode, &listener, claim->ways,
			       claim);
}

static void release(struct claim *claim)
{
	connector_release(claim->object->connector, claim);
}

static const struct object_ops ops = {
	.kind = OBJECT_CONNECTOR,
	.name = "connector",
	.ways = XENAV_WAYS,
	.right = right,
	.has_mode = has_mode,
	.announce = announce,
	.status = status,
	.place = place,
	.claim = claim_it,
	.release = release,
	.room = on_room,
};

static void on_added(struct connector *conn, void *data)
{
	struct connector_info info;

	connector_get_info(conn, &info);
	server_announce(data, &ops, conn, info.guest);
}

static void on_removed(struct connector *conn, void *data)
{
	server_withdraw(data, conn);
}

const struct connector_observer server_connectors = {
	.added = on_added,
	.removed = on_removed,
};
