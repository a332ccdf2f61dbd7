/* SPDX-License-Identifier: MIT */
/* The calls by which a connector tells consumers of its frames. */
#ifndef XENAVD_LISTENER_H
#define XENAVD_LISTENER_H

#include <stdint.h>
#include <sys/types.h>

struct connector_frame {
	uint64_t serial; /* counts from 1 with every claim */
	uint32_t buffer;
	uint32_t offset_bytes;
	uint32_t width_px;
	uint32_t height_px;
	uint32_t stride_bytes;
	uint32_t fourcc;
};

struct connector_buffer {
	uint32_t index;
	uint32_t size_bytes;
	uint32_t way; /* XENAV_WAY_* */
	uint64_t offset_bytes;
	uint32_t offered; /* index in connector_offer(), plus 1; 0: not offered by the consumer */
	int fd;           /* the connector's, to be passed on during the call */
};

/*
 * See the messages of the same names in xenav-proto.h.  A consumer may release this connector, or
 * another one, during each of the calls.
 */
struct connector_listener {
	/* The user who pays for copies; NULL: root. */
	uid_t (*user)(void *data);
	void (*buffer)(const struct connector_buffer *buffer, void *data);
	/* The consumer has to release the buffer and say connector_freed(); late: it did not in
	 * time and has lost the buffer without knowing it, so it has to be disconnected. */
	void (*gone)(uint32_t index, void *data);
	void (*late)(void *data);
	void (*frame)(const struct connector_frame *frame, void *data);
	void (*blank)(void *data);
};

#endif
