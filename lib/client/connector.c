/* SPDX-License-Identifier: MIT */
/*
 * Connectors: frames, and the buffers they stand in.
 *
 * A frame's pixels are promised until the following frame is done.  So a buffer that the daemon
 * replaces stays mapped until the first frame given after that is done.  But what is a guest's own
 * memory is given back as soon as the guest wants it.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

struct xenav_connector *connector_of(struct xenav_object *o)
{
	return (struct xenav_connector *)((char *)o - offsetof(struct xenav_connector, o));
}

/* Unmap the retired buffers that no frame after this one needs. */
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

void connector_reset(struct xenav_connector *c)
{
	for (size_t i = 0; i < CLIENT_MAX_BUFFERS; i++)
		map_drop(c->o.x, &c->buffers[i]);
	drop_retired(c, UINT64_MAX);
	c->serial = 0;
	c->held = false;
	c->ready_flags = 0;
	c->done_serial = 0;
	c->granted = 0;
	c->freed = 0;
	c->refused = 0;
	while (connector_offer_sent(c))
		;
	send_cancel(&c->o, OUT_DONE | OUT_READY | OUT_EDID | OUT_REFRESH | OUT_FREED | OUT_OFFER);
}

int connector_on_added(struct xenav *x, const struct xenav_msg_connector_added *m)
{
	struct xenav_connector *c = calloc(1, sizeof *c);
	int rc;

	if (!c)
		return -ENOMEM;
	SLIST_INIT(&c->retired);
	c->ways = XENAV_WAY_COPY;
	for (size_t i = 0; i < XENAV_MAX_OFFERS; i++)
		c->offers[i].fd = -1;
	rc = object_add(x, &c->o, m->h.object, OBJECT_CONNECTOR);
	if (rc < 0) {
		free(c);
		return rc;
	}
	OBJECT_STRING(c->domain_name, m->domain_name);
	OBJECT_STRING(c->unique_id, m->unique_id);
	c->info = (struct xenav_connector_info){
		.domid = m->domid,
		.devid = m->devid,
		.connector = m->connector,
		.width_px = m->width_px,
		.height_px = m->height_px,
		.domain_name = c->domain_name,
		.unique_id = c->unique_id,
	};
	client_log(x, XENAV_LOG_DEBUG, "Object %u is connector %u of domain %u",
		   (unsigned int)m->h.object, (unsigned int)m->connector, (unsigned int)m->domid);
	TELL(x, connector_added, c);
	return 0;
}

void connector_on_claimed(struct xenav_connector *c)
{
	c->serial = 0;
	send_post(&c->o, OUT_READY);
	TELL(c->o.x, connector_claimed, c);
}

/* The connector of ours that a message is for, or NULL if it came too late. */
static int target(struct xenav *x, uint32_t id, struct xenav_connector **out)
{
	struct xenav_object *o;
	int rc;

	*out = NULL;
	rc = object_target(x, id, OBJECT_CONNECTOR, &o);
	if (rc < 0 || !o)
		return rc;
	*out = connector_of(o);
	return 0;
}

uint32_t connector_next_freed(const struct xenav_connector *c)
{
	return (uint32_t)__builtin_ctz(c->freed);
}

/* Let the daemon know that we have nothing of that buffer any more. */
static void free_buffer(struct xenav_connector *c, uint32_t buffer)
{
	map_drop(c->o.x, &c->buffers[buffer]);
	c->freed |= 1u << buffer;
	send_post(&c->o, OUT_FREED);
}

/* A buffer that is the guest's.  That it cannot be mapped is no reason to part: grants may have
 * ended meanwhile, or run out. */
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
	client_log(c->o.x, XENAV_LOG_INFO, "A buffer of object %u cannot be mapped: %s",
		   (unsigned int)c->o.id, strerror(-rc));
	c->refused |= 1u << m->buffer;
	free_buffer(c, m->buffer);
	return 0;
}

int connector_on_buffer(struct xenav *x, const struct xenav_msg_frame_buffer *m, int fd)
{
	struct xenav_connector *c;
	struct xenav_map *old;
	int rc;

	rc = target(x, m->h.object, &c);
	if (rc < 0 || !c)
		return rc;
	if (!(m->way & c->granted))
		return -EPROTO;
	if (m->way != XENAV_WAY_COPY)
		return take_guest_memory(c, m, fd);
	old = c->buffers[m->buffer];
	if (old && old->way != XENAV_WAY_COPY)
		return -EPROTO;
	if (old && c->serial > 0) {
		if (c->n_retired >= CLIENT_MAX_BUFFERS)
			return -EPROTO;
		old->until_serial = c->serial + 1;
		SLIST_INSERT_HEAD(&c->retired, old, link);
		c->n_retired++;
		c->buffers[m->buffer] = NULL;
	}
	map_drop(x, &c->buffers[m->buffer]);
	rc = map_new(&c->buffers[m->buffer], fd, m->size_bytes, false);
	if (rc == 0)
		c->buffers[m->buffer]->way = XENAV_WAY_COPY;
	return rc;
}

int connector_on_gone(struct xenav *x, const struct xenav_msg_frame_buffer_gone *m)
{
	struct xenav_connector *c;
	struct xenav_map *map;
	int rc;

	rc = target(x, m->h.object, &c);
	if (rc < 0 || !c)
		return rc;
	/* The two have crossed.  The frame that we did not take will not come again: it is done. */
	if (c->refused & 1u << m->buffer) {
		c->refused &= ~(1u << m->buffer);
		if (!c->held) {
			c->done_serial = c->serial;
			send_post(&c->o, OUT_DONE | OUT_READY);
		}
		return 0;
	}
	map = c->buffers[m->buffer];
	if (!map || map->way == XENAV_WAY_COPY)
		return -EPROTO;
	if (map->serial > 0 && map->serial >= c->done_serial)
		TELL(x, frame_gone, c, map->serial);
	/* It may have released the connector, or refused this very frame. */
	if (!x->closing && c->buffers[m->buffer] == map)
		free_buffer(c, m->buffer);
	return 0;
}

/* All of the frame inside its buffer. */
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

int connector_on_frame(struct xenav *x, const struct xenav_msg_frame *m)
{
	struct xenav_connector *c;
	struct xenav_frame frame;
	struct xenav_map *map;
	int rc;

	rc = target(x, m->h.object, &c);
	if (rc < 0 || !c)
		return rc;
	if (m->buffer >= CLIENT_MAX_BUFFERS || m->serial <= c->serial)
		return -EPROTO;
	map = c->buffers[m->buffer];
	/* It will come again in a buffer that we can take. */
	if (!map && (c->refused & 1u << m->buffer)) {
		c->serial = m->serial;
		return 0;
	}
	if (!map || !frame_ok(m, map))
		return -EPROTO;
	c->serial = m->serial;
	c->held = true;
	map->serial = m->serial;
	frame = (struct xenav_frame){
		.pixels = map->addr ? (const char *)map->addr + m->offset_bytes : NULL,
		.width_px = m->width_px,
		.height_px = m->height_px,
		.stride_bytes = m->stride_bytes,
		.fourcc = m->fourcc,
		.serial = m->serial,
		.way = map->way,
		.dmabuf_fd = map->fd,
		.dmabuf_size_bytes = map->addr ? 0 : (uint32_t)map->size,
		.offset_bytes = map->addr ? 0 : m->offset_bytes,
		.offered = (int)map->offered - 1,
	};
	if (x->listener.frame)
		x->listener.frame(x->data, c, &frame);
	else
		xenav_frame_done(c);
	return 0;
}

int connector_on_blank(struct xenav *x, const struct xenav_msg_plain *m)
{
	struct xenav_connector *c;
	int rc;

	rc = target(x, m->h.object, &c);
	if (rc < 0 || !c)
		return rc;
	TELL(x, blank, c);
	return 0;
}

const struct xenav_connector_info *xenav_connector_get_info(const struct xenav_connector *c)
{
	return &c->info;
}

void xenav_connector_set_data(struct xenav_connector *c, void *data)
{
	c->o.data = data;
}

void *xenav_connector_get_data(const struct xenav_connector *c)
{
	return c->o.data;
}

int xenav_connector_set_ways(struct xenav_connector *c, uint32_t ways)
{
	if (ways == 0 || (ways & ~XENAV_WAYS))
		return -EINVAL;
	if (c->o.wanted || c->o.unanswered)
		return -EALREADY;
	c->ways = ways;
	return 0;
}

uint32_t xenav_connector_get_ways(const struct xenav_connector *c)
{
	return c->granted;
}

int xenav_connector_claim(struct xenav_connector *c)
{
	return object_claim(&c->o, false);
}

int xenav_connector_watch(struct xenav_connector *c)
{
	return object_claim(&c->o, true);
}

int xenav_connector_release(struct xenav_connector *c)
{
	return object_release(&c->o);
}

int xenav_frame_done(struct xenav_connector *c)
{
	int rc;

	rc = client_check(c->o.x);
	if (rc < 0)
		return rc;
	if (!c->held)
		return -EINVAL;
	c->held = false;
	c->done_serial = c->serial;
	drop_retired(c, c->serial);
	send_post(&c->o, OUT_DONE | OUT_READY);
	return 0;
}

int xenav_frame_refuse(struct xenav_connector *c)
{
	uint32_t i = 0;
	int rc;

	rc = client_check(c->o.x);
	if (rc < 0)
		return rc;
	if (!c->held)
		return -EINVAL;
	while (i < CLIENT_MAX_BUFFERS && !(c->buffers[i] && c->buffers[i]->serial == c->serial))
		i++;
	/* A copy, or the guest has taken it back. */
	if (i == CLIENT_MAX_BUFFERS || c->buffers[i]->way == XENAV_WAY_COPY)
		return -EINVAL;
	c->held = false;
	c->refused |= 1u << i;
	free_buffer(c, i);
	return 0;
}

int xenav_frame_again(struct xenav_connector *c)
{
	int rc;

	rc = client_check(c->o.x);
	if (rc < 0)
		return rc;
	if (!c->o.claimed)
		return -EINVAL;
	c->ready_flags |= XENAV_FRAME_AGAIN;
	if (!c->held)
		send_post(&c->o, OUT_READY);
	return 0;
}
