/* SPDX-License-Identifier: MIT */
/*
 * A connector as consumers see it: driven by one at a time, and watched by others.  Each gets the
 * newest frame when it is ready for one, but the guest waits for the driver only.  Everything
 * happens on the event loop.
 */
#ifndef XENAVD_CONNECTOR_H
#define XENAVD_CONNECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "display/listener.h"
#include "xenav-proto.h"

struct connector;
struct guest_info;

/* The pointers are valid as long as the connector. */
struct connector_info {
	const struct guest_info *guest;
	uint16_t devid;
	uint8_t index;
	uint32_t width_px;
	uint32_t height_px;
	const char *unique_id;
};

void connector_get_info(const struct connector *conn, struct connector_info *info);

/* Fill in the numbers of a STATUS_CONNECTOR: see xenav-status.h. */
void connector_get_status(const struct connector *conn, struct xenav_msg_status_connector *msg);

/* Where the picture begins in its framebuffer, and how large it is. */
struct connector_place {
	uint64_t fb_cookie; /* 0: nothing is shown, and the size is that of the connector */
	uint32_t x, y;
	uint32_t width_px;
	uint32_t height_px;
};

void connector_get_place(const struct connector *conn, struct connector_place *place);

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

/* The claim registered with `data` is ready: it gets the newest frame that it has not seen, or with
 * again the newest in any case. */
void connector_ready(struct connector *conn, const void *data, bool again);

/* The consumer has shown the frame of that serial; other serials are ignored. */
void connector_done(struct connector *conn, const void *data, uint64_t serial);

/*
 * The consumer has released the buffer: it was asked to, or it cannot use the buffer and then gets
 * the frames in it in another way.
 *
 * @return 0, or -EINVAL when the consumer has no such buffer, or the buffer is a copy.
 */
int connector_freed(struct connector *conn, const void *data, uint32_t index);

/*
 * One block of the driver's own EDID: see CONNECTOR_EDID in xenav-proto.h.  The guest gets that
 * EDID instead of the daemon's while the claim lasts.
 *
 * @return 0 or -EINVAL, then the EDID stays as it was.
 */
int connector_edid(struct connector *conn, const struct xenav_msg_connector_edid *msg);

/*
 * The refresh period of the driver's screen, which paces the guest while the claim lasts: see
 * CONNECTOR_REFRESH in xenav-proto.h.  0 restores the default.
 *
 * @return 0, or -EINVAL for a period out of range, then nothing has changed.
 */
int connector_refresh(struct connector *conn, uint64_t period_ns);

/*
 * The driver offers a dma-buf of its own, under that index, for the buffers that the guest asks to
 * be supplied with: see CONNECTOR_BUFFER in xenav-proto.h.  fd is duplicated.
 *
 * @return 0; -EINVAL for an index or a size out of range, -EPERM when the guest is not supplied
 * with buffers, -EBUSY when the guest uses the offer of that index, -EOPNOTSUPP when this kernel
 * grants no dma-bufs, -EMFILE.
 */
int connector_offer(struct connector *conn, uint32_t index, uint32_t size_bytes, int fd);

/* Told of connectors that come and go.  All claims have ended when removed is called. */
struct connector_observer {
	void (*added)(struct connector *conn, void *data);
	void (*removed)(struct connector *conn, void *data);
};

#endif
