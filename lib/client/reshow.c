/* SPDX-License-Identifier: MIT */
/* See reshow.h. */
#include <config.h>

#include <string.h>

#include "client/reshow.h"
#include "client/send.h"

bool reshow_is_same(const struct xenav_object *o, const union xenav_msg *msg, bool by_name)
{
	const struct xenav_connector *c = (const struct xenav_connector *)o;
	const struct xenav_msg_connector_added *m = &msg->connector_added;

	return m->domid == c->info.domid && m->devid == c->info.devid &&
	       m->connector == c->info.connector && m->width_px == c->info.width_px &&
	       m->height_px == c->info.height_px && strcmp(m->unique_id, c->unique_id) == 0 &&
	       (!by_name || strcmp(m->domain_name, c->domain_name) == 0);
}

/* The program may show copies of the newest frames for as long as it likes.  The guest's own memory
 * goes back at once: a daemon that comes back cannot ask for it. */
void reshow_lose(struct xenav_object *o)
{
	struct xenav_connector *c = (struct xenav_connector *)o;

	for (size_t i = 0; i < XENAV_MAX_BUFFERS && !o->x->closing; i++) {
		const struct xenav_map *map = c->buffers[i];
		const bool promised = map && map->serial > 0 && map->serial >= c->done_serial;

		if (promised && map->way == XENAV_WAY_COPY) {
			connector_retire(c, &c->buffers[i]);
			continue;
		}
		if (promised)
			TELL(o->x, frame_gone, c, map->serial);
		map_drop(o->x, &c->buffers[i]);
	}
	c->base = c->serial;
	c->ready_flags = 0;
	c->freed = c->refused = 0;
}

void reshow_begin(struct xenav_object *o)
{
	struct xenav_connector *c = (struct xenav_connector *)o;
	unsigned int what = c->held ? 0 : OUT_READY;

	c->edid_next = 0;
	for (size_t i = 0; i < XENAV_MAX_OFFERS; i++) {
		c->offers[i].waits = c->offers[i].fd >= 0;
		what |= c->offers[i].waits ? OUT_OFFER : 0;
	}
	what |= c->has_edid ? OUT_EDID : 0;
	what |= c->period_ns ? OUT_REFRESH : 0;
	send_post(o, what);
}
