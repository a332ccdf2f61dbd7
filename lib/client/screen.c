/* SPDX-License-Identifier: MIT */
/* Connectors: the calls of the program. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/connector.h"
#include "client/send.h"
#include "wire/edid.h"

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
	c->o.ways = ways;
	return 0;
}

uint32_t xenav_connector_get_ways(const struct xenav_connector *c)
{
	return c->o.granted;
}

int xenav_connector_claim(struct xenav_connector *c)
{
	return object_claim(&c->o, XENAV_MODE_DRIVE);
}

int xenav_connector_claim_wait(struct xenav_connector *c)
{
	return object_claim_wait(&c->o, XENAV_MODE_DRIVE);
}

int xenav_connector_watch(struct xenav_connector *c)
{
	return object_claim(&c->o, XENAV_MODE_WATCH);
}

int xenav_connector_release(struct xenav_connector *c)
{
	return object_release(&c->o);
}

int xenav_frame_done(struct xenav_connector *c)
{
	if (base_is_over(c->o.x))
		return -ENOTCONN;
	if (!c->held)
		return -EINVAL;
	connector_done(c);
	return 0;
}

int xenav_frame_refuse(struct xenav_connector *c)
{
	uint32_t i = 0;
	if (base_is_over(c->o.x))
		return -ENOTCONN;
	if (!c->held)
		return -EINVAL;
	while (i < XENAV_MAX_BUFFERS && !(c->buffers[i] && c->buffers[i]->serial == c->serial))
		i++;
	/* The frame is a copy, or the guest has taken its buffer back. */
	if (i == XENAV_MAX_BUFFERS || c->buffers[i]->way == XENAV_WAY_COPY)
		return -EINVAL;
	c->held = false;
	c->refused |= 1u << i;
	connector_free_buffer(c, i);
	return 0;
}

int xenav_frame_again(struct xenav_connector *c)
{
	if (base_is_over(c->o.x))
		return -ENOTCONN;
	if (!c->o.claimed)
		return -EINVAL;
	c->ready_flags |= XENAV_FRAME_AGAIN;
	if (!c->held)
		send_post(&c->o, OUT_READY);
	return 0;
}

/* Only the driver describes the screen, and only while it is one. */
static int check_driver(const struct xenav_connector *c)
{
	if (base_is_over(c->o.x))
		return -ENOTCONN;
	if (!c->o.claimed)
		return -EINVAL;
	return c->o.mode == XENAV_MODE_WATCH ? -EPERM : 0;
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
	/* Block 0 makes the daemon start anew, also in the middle of another EDID. */
	c->edid_next = 0;
	c->has_edid = true;
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

int xenav_connector_offer_buffer(struct xenav_connector *c, uint32_t index, int dmabuf_fd,
				 uint32_t size_bytes)
{
	if (base_is_over(c->o.x))
		return -ENOTCONN;
	if (!c->o.claimed || index >= XENAV_MAX_OFFERS || size_bytes == 0)
		return -EINVAL;
	if (c->o.mode == XENAV_MODE_WATCH)
		return -EPERM;
	if (!(c->o.granted & XENAV_WAY_DMABUF))
		return -EACCES;
	dmabuf_fd = fcntl(dmabuf_fd, F_DUPFD_CLOEXEC, 0);
	if (dmabuf_fd < 0)
		return -errno;
	if (c->offers[index].fd >= 0)
		close(c->offers[index].fd);
	c->offers[index].fd = dmabuf_fd;
	c->offers[index].size_bytes = size_bytes;
	c->offers[index].waits = true;
	send_post(&c->o, OUT_OFFER);
	return 0;
}
