/* SPDX-License-Identifier: MIT */
/*
 * Connectors: frames, and the buffers that hold them.
 *
 * The program may read the pixels of a frame until the following frame is done.  So a buffer that
 * the daemon replaces stays mapped until the first frame after it is done.  The guest's own memory
 * is given back as soon as the guest wants it.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/connector.h"
#include "client/reshow.h"
#include "client/send.h"

/* Buffers that a daemon may replace before a frame is done; a pause adds two at most. */
#define MAX_RETIRED (XENAV_MAX_BUFFERS + 2)

static struct xenav_connector *connector_of(struct xenav_object *o)
{
	_Static_assert(offsetof(struct xenav_connector, o) == 0,
		       "a connector begins with its object");
	return (struct xenav_connector *)o;
}

static void drop_retired(struct xenav_connector *c, uint64_t done_serial)
{
	struct xenav_map *map, *next;

	for (map = SLIST_FIRST(&c->retired); map; map = next) {
		next = SLIST_NEXT(map, link);
		if (map->until_serial > done_serial)
			continue;
		SLIST_REMOVE(&c->retired, map, xenav_map, link);
		c->n_retired--;
		map_drop(c->o.x, &map);
	}
}

void connector_retire(struct xenav_connector *c, struct xenav_map **map)
{
	(*map)->until_serial = c->serial + 1;
	SLIST_INSERT_HEAD(&c->retired, *map, link);
	c->n_retired++;
	*map = NULL;
}

void connector_done(struct xenav_connector *c)
{
	c->held = false;
	c->done_serial = c->serial;
	drop_retired(c, c->serial);
	/* Frames of before a pause are done already. */
	send_post(&c->o, c->serial > c->base ? OUT_DONE | OUT_READY : OUT_READY);
}

/* The next offer to be sent, or XENAV_MAX_OFFERS. */
static uint32_t next_offer(const struct xenav_connector *c)
{
	uint32_t i = 0;

	while (i < XENAV_MAX_OFFERS && !c->offers[i].waits)
		i++;
	return i;
}

static int put_offer(struct xenav_object *o, union xenav_msg *m)
{
	const struct xenav_connector *c = connector_of(o);
	const uint32_t i = next_offer(c);

	m->connector_buffer.buffer = i;
	m->connector_buffer.size_bytes = c->offers[i].size_bytes;
	return c->offers[i].fd;
}

static bool offer_sent(struct xenav_object *o)
{
	struct xenav_connector *c = connector_of(o);
	const uint32_t i = next_offer(c);

	if (i == XENAV_MAX_OFFERS)
		return false;
	c->offers[i].waits = false;
	return next_offer(c) < XENAV_MAX_OFFERS;
}

static void drop_offers(struct xenav_connector *c)
{
	for (size_t i = 0; i < XENAV_MAX_OFFERS; i++) {
		if (c->offers[i].fd >= 0)
			close(c->offers[i].fd);
		c->offers[i].fd = -1;
		c->offers[i].waits = false;
	}
}

static void reset(struct xenav_object *o)
{
	struct xenav_connector *c = connector_of(o);

	for (size_t i = 0; i < XENAV_MAX_BUFFERS; i++)
		map_drop(o->x, &c->buffers[i]);
	drop_retired(c, UINT64_MAX);
	c->serial = c->base = 0;
	c->held = false;
	c->has_edid = false;
	c->period_ns = 0;
	c->ready_flags = 0;
	c->done_serial = 0;
	c->freed = 0;
	c->refused = 0;
	drop_offers(c);
	send_cancel(o, OUT_DONE | OUT_READY | OUT_EDID | OUT_REFRESH | OUT_FREED | OUT_OFFER);
}

static void on_added(struct xenav_object *o, const union xenav_msg *msg)
{
	const struct xenav_msg_connector_added *m = &msg->connector_added;
	struct xenav_connector *c = connector_of(o);

	for (size_t i = 0; i < XENAV_MAX_OFFERS; i++)
		c->offers[i].fd = -1;
	COPY_STRING(c->domain_name, m->domain_name);
	COPY_STRING(c->unique_id, m->unique_id);
	c->info = (struct xenav_connector_info){
		.domid = m->domid,
		.devid = m->devid,
		.connector = m->connector,
		.width_px = m->width_px,
		.height_px = m->height_px,
		.domain_name = c->domain_name,
		.unique_id = c->unique_id,
	};
	base_log(o->x, XENAV_LOG_DEBUG, "Object %u is connector %u of domain %u",
		 (unsigned int)o->id, (unsigned int)m->connector, (unsigned int)m->domid);
	TELL(o->x, connector_added, c);
}

void connector_free_buffer(struct xenav_connector *c, uint32_t buffer)
{
	map_drop(c->o.x, &c->buffers[buffer]);
	c->freed |= 1u << buffer;
	send_post(&c->o, OUT_FREED);
}

/* Map the guest's own memory.  A failure does not end the connection: the guest may have ended its
 * grants meanwhile, or the kernel may have none left. */
static int take_guest_memory(struct xenav_connector *c, const struct xenav_msg_frame_buffer *m,
			     int fd)
{
	struct xenav_map **map = &c->buffers[m->buffer];
	int rc;

	if (*map)
		return -EPROTO;
	c->refused &= ~(1u << m->buffer);
	if (m->way == XENAV_WAY_DIRECT)
		rc = map_direct(map, fd, m->size_bytes, m->offset_bytes);
	else
		rc = map_dmabuf(map, fd, m->size_bytes);
	if (rc == 0) {
		(*map)->way = m->way;
		(*map)->offered = m->offered;
		return 0;
	}
	base_log(c->o.x, XENAV_LOG_INFO, "A buffer of object %u cannot be mapped: %s",
		 (unsigned int)c->o.id, strerror(-rc));
	c->refused |= 1u << m->buffer;
	connector_free_buffer(c, m->buffer);
	return 0;
}

static int on_buffer(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_frame_buffer *m = &in->msg.frame_buffer;
	struct xenav_connector *c = connector_of(o);
	struct xenav_map *old;
	int rc;

	if (!(m->way & c->o.granted))
		return -EPROTO;
	if (m->way != XENAV_WAY_COPY)
		return take_guest_memory(c, m, in->fd);
	old = c->buffers[m->buffer];
	if (old && old->way != XENAV_WAY_COPY)
		return -EPROTO;
	if (old && c->serial > 0) {
		if (c->n_retired >= MAX_RETIRED)
			return -EPROTO;
		connector_retire(c, &c->buffers[m->buffer]);
	}
	map_drop(o->x, &c->buffers[m->buffer]);
	rc = map_new(&c->buffers[m->buffer], in->fd, m->size_bytes, false);
	if (rc == 0)
		c->buffers[m->buffer]->way = XENAV_WAY_COPY;
	return rc;
}

static int on_gone(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_frame_buffer_gone *m = &in->msg.frame_buffer_gone;
	struct xenav_connector *c = connector_of(o);
	struct xenav_map *map;

	/* GONE has crossed with FREED: the refused frame will not come again, so it is done. */
	if (c->refused & 1u << m->buffer) {
		c->refused &= ~(1u << m->buffer);
		if (!c->held)
			connector_done(c);
		return 0;
	}
	map = c->buffers[m->buffer];
	if (!map || map->way == XENAV_WAY_COPY)
		return -EPROTO;
	if (map->serial > 0 && map->serial >= c->done_serial)
		TELL(o->x, frame_gone, c, map->serial);
	/* The callback may have released the connector, or refused this frame. */
	if (!o->x->closing && c->buffers[m->buffer] == map)
		connector_free_buffer(c, m->buffer);
	return 0;
}

/* Is the whole frame inside its buffer? */
static bool frame_ok(const struct xenav_msg_frame *m, const struct xenav_map *map)
{
	const unsigned int pixel = xenav_fourcc_bytes(m->fourcc);
	const uint64_t row = pixel ? (uint64_t)m->width_px * pixel : m->stride_bytes;
	uint64_t bytes;

	if (m->width_px == 0 || m->height_px == 0 || row > m->stride_bytes)
		return false;
	/* Less than 2^64, since both factors are less than 2^32. */
	bytes = (uint64_t)(m->height_px - 1) * m->stride_bytes;
	return m->offset_bytes <= map->size && bytes <= map->size - m->offset_bytes &&
	       row <= map->size - m->offset_bytes - bytes;
}

static int on_frame(struct xenav_object *o, const struct incoming *in)
{
	const struct xenav_msg_frame *m = &in->msg.frame;
	struct xenav_connector *c = connector_of(o);
	struct xenav_frame frame;
	struct xenav_map *map;
	uint64_t serial;

	if (m->buffer >= XENAV_MAX_BUFFERS || __builtin_add_overflow(c->base, m->serial, &serial) ||
	    serial <= c->serial)
		return -EPROTO;
	map = c->buffers[m->buffer];
	/* The daemon sends the frame again in another buffer. */
	if (!map && (c->refused & 1u << m->buffer)) {
		c->serial = serial;
		return 0;
	}
	if (!map || !frame_ok(m, map))
		return -EPROTO;
	c->serial = serial;
	c->held = true;
	map->serial = serial;
	frame = (struct xenav_frame){
		.pixels = map->addr ? (const char *)map->addr + m->offset_bytes : NULL,
		.width_px = m->width_px,
		.height_px = m->height_px,
		.stride_bytes = m->stride_bytes,
		.fourcc = m->fourcc,
		.serial = serial,
		.way = map->way,
		.dmabuf_fd = map->fd,
		.dmabuf_size_bytes = map->addr ? 0 : (uint32_t)map->size,
		.offset_bytes = map->addr ? 0 : m->offset_bytes,
		.offered = (int)map->offered - 1,
	};
	if (o->x->listener.frame)
		TELL(o->x, frame, c, &frame);
	else
		connector_done(c);
	return 0;
}

static int on_blank(struct xenav_object *o, const struct incoming *in)
{
	(void)in;
	TELL(o->x, blank, connector_of(o));
	return 0;
}

static void on_claimed(struct xenav_object *o)
{
	send_post(o, OUT_READY);
	TELL(o->x, connector_claimed, connector_of(o));
}

static void on_failed(struct xenav_object *o, uint16_t opcode, int error)
{
	if (opcode == XENAV_OP_CLAIM)
		TELL(o->x, connector_claim_failed, connector_of(o), error);
	else if (opcode == XENAV_OP_CONNECTOR_BUFFER)
		TELL(o->x, connector_offer_failed, connector_of(o), error);
}

static void on_removed(struct xenav_object *o)
{
	TELL(o->x, connector_removed, connector_of(o));
}

static int put_done(struct xenav_object *o, union xenav_msg *m)
{
	m->frame_done.serial = connector_of(o)->done_serial - connector_of(o)->base;
	return -1;
}

static int put_ready(struct xenav_object *o, union xenav_msg *m)
{
	m->frame_ready.flags = connector_of(o)->ready_flags;
	return -1;
}

static bool ready_sent(struct xenav_object *o)
{
	connector_of(o)->ready_flags = 0;
	return false;
}

static int put_edid(struct xenav_object *o, union xenav_msg *m)
{
	const struct xenav_connector *c = connector_of(o);

	if (c->edid_blocks == 0)
		return -1;
	m->connector_edid.index = c->edid_next;
	m->connector_edid.n_blocks = c->edid_blocks;
	memcpy(m->connector_edid.block, c->edid + (size_t)c->edid_next * XENAV_EDID_BLOCK_BYTES,
	       XENAV_EDID_BLOCK_BYTES);
	return -1;
}

static bool edid_sent(struct xenav_object *o)
{
	return ++connector_of(o)->edid_next < connector_of(o)->edid_blocks;
}

static int put_freed(struct xenav_object *o, union xenav_msg *m)
{
	m->frame_buffer_gone.buffer = (uint32_t)__builtin_ctz(connector_of(o)->freed);
	return -1;
}

static bool freed_sent(struct xenav_object *o)
{
	connector_of(o)->freed &= connector_of(o)->freed - 1;
	return connector_of(o)->freed != 0;
}

static int put_refresh(struct xenav_object *o, union xenav_msg *m)
{
	m->connector_refresh.period_ns = connector_of(o)->period_ns;
	return -1;
}

int64_t connector_number(const struct xenav *x, const void *connector)
{
	const struct xenav_object *o;

	if (!connector)
		return 0;
	TAILQ_FOREACH (o, &x->objects, link)
		if (o == connector && o->ops == &connector_ops && !o->absent)
			return o->id;
	return -1;
}

static const struct in_row in_rows[] = {
	{XENAV_OP_FRAME_BUFFER, on_buffer},
	{XENAV_OP_FRAME_BUFFER_GONE, on_gone},
	{XENAV_OP_FRAME, on_frame},
	{XENAV_OP_BLANK, on_blank},
	{0},
};

static const struct out_row out_rows[] = {
	{OUT_DONE, XENAV_OP_FRAME_DONE, false, put_done, NULL},
	{OUT_READY, XENAV_OP_FRAME_READY, false, put_ready, ready_sent},
	{OUT_EDID, XENAV_OP_CONNECTOR_EDID, false, put_edid, edid_sent},
	{OUT_FREED, XENAV_OP_FRAME_BUFFER_FREED, true, put_freed, freed_sent},
	{OUT_OFFER, XENAV_OP_CONNECTOR_BUFFER, false, put_offer, offer_sent},
	{OUT_REFRESH, XENAV_OP_CONNECTOR_REFRESH, false, put_refresh, NULL},
	{0},
};

const struct object_ops connector_ops = {
	.added_opcode = XENAV_OP_CONNECTOR_ADDED,
	.size = sizeof(struct xenav_connector),
	.in = in_rows,
	.out = out_rows,
	.added = on_added,
	.reset = reset,
	.claimed = on_claimed,
	.failed = on_failed,
	.removed = on_removed,
	.same = reshow_is_same,
	.lost = reshow_lose,
	.resumed = reshow_begin,
};
