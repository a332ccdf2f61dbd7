/* SPDX-License-Identifier: MIT */
/* State of a connector. */
#ifndef XENAV_CLIENT_CONNECTOR_H
#define XENAV_CLIENT_CONNECTOR_H

#include "client/map.h"
#include "client/object.h"

/* Messages to the daemon.  EDID, FREED and OFFER may be several. */
#define OUT_DONE    OUT_OF_KIND(0)
#define OUT_READY   OUT_OF_KIND(1)
#define OUT_EDID    OUT_OF_KIND(2)
#define OUT_FREED   OUT_OF_KIND(3)
#define OUT_OFFER   OUT_OF_KIND(4)
#define OUT_REFRESH OUT_OF_KIND(5)

struct xenav_connector {
	struct xenav_object o; /* first */
	struct xenav_connector_info info;
	char domain_name[64];
	char unique_id[96];

	struct xenav_map *buffers[XENAV_MAX_BUFFERS];
	struct xenav_map_list retired; /* replaced buffers whose frames may still be shown */
	unsigned int n_retired;
	uint64_t serial; /* of the newest frame */
	uint64_t base;   /* serial of the last frame before a pause */
	bool held;       /* the newest frame is not done */
	uint32_t ready_flags;
	uint64_t done_serial;
	uint32_t freed;   /* bit i: FRAME_BUFFER_FREED of buffer i is to be sent */
	uint32_t refused; /* bit i: the program refused frames in buffer i */

	struct {
		int fd; /* offered, or -1 */
		uint32_t size_bytes;
		bool waits; /* to be sent */
	} offers[XENAV_MAX_OFFERS];

	unsigned char edid[XENAV_EDID_MAX_BLOCKS * XENAV_EDID_BLOCK_BYTES];
	bool has_edid;       /* the program has set one, or withdrawn it */
	uint8_t edid_blocks; /* 0: the EDID is withdrawn */
	uint8_t edid_next;   /* block to send */
	uint32_t period_ns;  /* of the refresh */
};

/* The newest frame is done: unmap the retired buffers that no later frame needs, and ask for the
 * next frame. */
void connector_done(struct xenav_connector *c);

/* Keep a buffer mapped until the frame that follows the newest one is done. */
void connector_retire(struct xenav_connector *c, struct xenav_map **map);

/* Drop a buffer, and tell the daemon when it is unmapped. */
void connector_free_buffer(struct xenav_connector *c, uint32_t buffer);

/* The number by which the daemon knows a connector that may be gone; 0 for NULL, -1 when it has
 * none now. */
int64_t connector_number(const struct xenav *x, const void *connector);

#endif
