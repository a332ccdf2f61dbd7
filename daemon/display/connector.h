/* SPDX-License-Identifier: MIT */
/*
 * A connector as consumers see it: claimed by one at a time, and watched by others.  Each takes the
 * newest frame when it is ready for one, but it is the claim whose frames the guest waits for.
 * Everything happens on the event loop.
 */
#ifndef XENAVD_CONNECTOR_H
#define XENAVD_CONNECTOR_H

#include "display/listener.h"
#include "xenav-proto.h"
#include <stdbool.h>
#include <stdint.h>

struct connector;
struct guest_info;

/* What it points to lives as long as the connector. */
struct connector_info {
	const struct guest_info *guest;
	uint16_t devid;
	uint8_t index;
	uint32_t width_px;
	uint32_t height_px;
	const char *unique_id;
};

void connector_get_info(const struct connector *conn, struct connector_info *info);

/*
 * Claim the connector: one claim drives it, those in XENAV_MODE_WATCH only see its frames.  The
 * guest is not kept from drawing while a frame is copied for a watch: it may be torn, and then the
 * next one is there already.  data is called back with, and is what the claim is known by; ways are
 * those that its buffers may take, the cheapest of which is tried first.
 *
 * @return 0, -EBUSY when another claim drives the connector, -EUSERS when XENAV_MAX_WATCHERS watch
 * it, -ENOMEM.
 */
int connector_claim(struct connector *conn, enum xenav_mode mode,
		    const struct connector_listener *listener, uint32_t ways, void *data);

/* Give the claim of that data back; without a driver the daemon's own 60 Hz take over. */
void connector_release(struct connector *conn, const void *data);

/* The one of that data can take a frame: the newest if it has not seen it, with again in any case.
 */
void connector_ready(struct connector *conn, const void *data, bool again);

/* It has shown the frame of that serial; others are ignored. */
void connector_done(struct connector *conn, const void *data, uint64_t serial);

/*
 * It has nothing of that buffer any more: it was asked to let go of it, or it cannot use it, and
 * then gets the frames that stand there in another way.
 *
 * @return 0, or -EINVAL when it has no such buffer, or that is a copy.
 */
int connector_freed(struct connector *conn, const void *data, uint32_t index);

/*
 * The consumer's own EDID, one block of it: see CONNECTOR_EDID in xenav-proto.h.  The guest gets it
 * instead of ours while the claim lasts.
 *
 * @return 0 or -EINVAL, then what was there stays.
 */
int connector_edid(struct connector *conn, const struct xenav_msg_connector_edid *msg);

/*
 * The consumer that claims it refreshes its screen once in so many ns, which paces the guest while
 * the claim lasts: see CONNECTOR_REFRESH in xenav-proto.h.  0: as if it had never said so.
 *
 * @return 0, or -EINVAL for one that cannot be, then nothing has changed.
 */
int connector_refresh(struct connector *conn, uint64_t period_ns);

/*
 * The consumer that claims it offers a dma-buf of its own, under that index, for what the guest
 * wants to be supplied with: see CONNECTOR_BUFFER in xenav-proto.h.  fd is duplicated.
 *
 * @return 0; -EINVAL for an index or a size that cannot be, -EPERM when the guest is not supplied
 * with buffers, -EBUSY when it uses the one of that index, -EOPNOTSUPP when this kernel grants no
 * dma-bufs, -EMFILE.
 */
int connector_offer(struct connector *conn, uint32_t index, uint32_t size_bytes, int fd);

/* Who wants to know of connectors coming and going.  A claim has ended when removed is called. */
struct connector_observer {
	void (*added)(struct connector *conn, void *data);
	void (*removed)(struct connector *conn, void *data);
};

#endif
