/* SPDX-License-Identifier: MIT */
/*
 * The daemon's end of the consumer protocol, for tests of the other end: one line per message.
 * Failures end the test.  Also finds leaks of a test.
 */
#ifndef XENAV_TEST_FAKE_DAEMON_H
#define XENAV_TEST_FAKE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenav-proto.h"

/* Counts that must be the same before and after a test. */
struct leaks {
	int fds;
	int memfd_maps;
};
void leaks_before(struct leaks *l);
void leaks_after(const struct leaks *l);

/* A memfd of that size that holds 0, 1, 2, ..., 250, 0, ...; sealed as the daemon does it. */
int fake_memfd(size_t size_bytes);
int fake_memfd_sealed(size_t size_bytes, int seals);

/* The same as the ring of a stream, with no frame overwritten. */
int fake_ring(size_t buffer_bytes);

/* Messages from the daemon. */
void fake_send(int sock, const union xenav_msg *msg, int fd);
void fake_welcome(int sock);
void fake_error(int sock, uint32_t object, uint16_t opcode, int error);
void fake_stream_added(int sock, uint32_t id, uint8_t direction, const char *unique_id);
void fake_connector_added(int sock, uint32_t id, const char *unique_id);
void fake_plain(int sock, uint16_t opcode, uint32_t id); /* REMOVED, BLANK */
void fake_claimed(int sock, uint32_t id);
void fake_claimed_ways(int sock, uint32_t id, uint32_t ways);
void fake_watched(int sock, uint32_t id);
void fake_fed(int sock, uint32_t id);
void fake_opened(int sock, uint32_t id, uint32_t generation, uint8_t format, uint8_t channels,
		 uint32_t rate_hz, uint32_t buffer_bytes, uint32_t period_bytes, int fd);
void fake_state(int sock, uint32_t id, uint32_t generation, uint32_t state, uint64_t position);
void fake_data(int sock, uint32_t id, uint32_t generation, uint64_t position_frames,
	       uint32_t frames);
void fake_volume(int sock, uint32_t id, uint32_t generation, uint8_t channel, int32_t volume_mdb,
		 bool muted);
void fake_moved(int sock, uint32_t id, uint32_t generation, uint64_t position_frames,
		uint64_t when_ns);
void fake_closed(int sock, uint32_t id, uint32_t generation);
void fake_buffer(int sock, uint32_t id, uint32_t buffer, uint32_t size_bytes, int fd);
void fake_buffer_way(int sock, uint32_t id, uint32_t buffer, uint32_t size_bytes, uint32_t way,
		     uint64_t offset_bytes, int fd);
void fake_gone(int sock, uint32_t id, uint32_t buffer);
void fake_frame(int sock, uint32_t id, uint64_t serial, uint32_t buffer, uint32_t width,
		uint32_t height, uint32_t stride, const char *fourcc);

/* The next message to the daemon, or false when there is none now. */
bool fake_recv(int sock, union xenav_msg *msg);

/* Wait for the next message; 30 s at most. */
void fake_next(int sock, union xenav_msg *msg);

/* Wait for the next message, of this opcode and object; 30 s at most. */
void fake_expect(int sock, union xenav_msg *msg, uint16_t opcode, uint32_t object);

#endif
