/* SPDX-License-Identifier: MIT */
/* Connectors: what the program says of the screen that it shows them on, and what it offers. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/internal.h"
#include "wire/edid.h"

void connector_put_edid(const struct xenav_connector *c, struct xenav_msg_connector_edid *m)
{
	if (c->edid_blocks == 0)
		return;
	m->index = c->edid_next;
	m->n_blocks = c->edid_blocks;
	memcpy(m->block, c->edid + (size_t)m->index * XENAV_EDID_BLOCK_BYTES, sizeof m->block);
}

/* What the screen is like the driver alone says, and only while it is one. */
static int check_driver(const struct xenav_connector *c)
{
	int rc;

	rc = client_check(c->o.x);
	if (rc < 0)
		return rc;
	if (!c->o.claimed)
		return -EINVAL;
	return c->o.watches ? -EPERM : 0;
}

int xenav_connector_set_edid(struct xenav_connector *c, const void *edid, size_t size_bytes)
{
	int rc;

	rc = check_driver(c);
	if (rc < 0)
		return rc;
	if (size_bytes > 0) {
		if (!edid_is_whole(edid, size_bytes, XENAV_EDID_MAX_BLOCKS))
			return -EINVAL;
		memcpy(c->edid, edid, size_bytes);
	}
	c->edid_blocks = (uint8_t)(size_bytes / XENAV_EDID_BLOCK_BYTES);
	/* The daemon starts anew with the first, also in the middle of another. */
	c->edid_next = 0;
	send_post(&c->o, OUT_EDID);
	return 0;
}

int xenav_connector_set_refresh(struct xenav_connector *c, uint32_t period_ns)
{
	int rc;

	rc = check_driver(c);
	if (rc < 0)
		return rc;
	if (period_ns != 0 &&
	    (period_ns < XENAV_REFRESH_MIN_NS || period_ns > XENAV_REFRESH_MAX_NS))
		return -EINVAL;
	c->period_ns = period_ns;
	send_post(&c->o, OUT_REFRESH);
	return 0;
}

/* XENAV_MAX_OFFERS: none. */
static uint32_t next_offer(const struct xenav_connector *c)
{
	uint32_t i = 0;

	while (i < XENAV_MAX_OFFERS && c->offers[i].fd < 0)
		i++;
	return i;
}

int connector_put_offer(const struct xenav_connector *c, struct xenav_msg_connector_buffer *m)
{
	m->buffer = next_offer(c);
	m->size_bytes = c->offers[m->buffer].size_bytes;
	return c->offers[m->buffer].fd;
}

bool connector_offer_sent(struct xenav_connector *c)
{
	const uint32_t i = next_offer(c);

	if (i == XENAV_MAX_OFFERS)
		return false;
	close(c->offers[i].fd);
	c->offers[i].fd = -1;
	return next_offer(c) < XENAV_MAX_OFFERS;
}

int xenav_connector_offer_buffer(struct xenav_connector *c, uint32_t index, int dmabuf_fd,
				 uint32_t size_bytes)
{
	int rc;

	rc = client_check(c->o.x);
	if (rc < 0)
		return rc;
	if (!c->o.claimed || index >= XENAV_MAX_OFFERS || size_bytes == 0)
		return -EINVAL;
	if (c->o.watches)
		return -EPERM;
	if (!(c->granted & XENAV_WAY_DMABUF))
		return -EACCES;
	dmabuf_fd = fcntl(dmabuf_fd, F_DUPFD_CLOEXEC, 0);
	if (dmabuf_fd < 0)
		return -errno;
	if (c->offers[index].fd >= 0)
		close(c->offers[index].fd);
	c->offers[index].fd = dmabuf_fd;
	c->offers[index].size_bytes = size_bytes;
	send_post(&c->o, OUT_OFFER);
	return 0;
}
