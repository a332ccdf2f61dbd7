/* SPDX-License-Identifier: MIT */
/*
 * A server with a real socket in a folder of its own, streams and connectors that only note the
 * calls, and consumers that speak the protocol message by message.
 */
#ifndef TEST_CONSUMER_RIG_H
#define TEST_CONSUMER_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"
#include "consumer/connectors.h"
#include "consumer/server.h"
#include "consumer/streams.h"
#include "wire/wire.h"

struct event_base;

/* The guest of all streams and connectors. */
extern struct guest_info rig_guest;

/* A stream as the daemon sees it; a test changes it and calls the listener. */
struct stream {
	struct stream_info info;
	const struct stream_listener *listener; /* of the claim */
	void *data;
	struct {
		const struct stream_listener *listener;
		void *data;
	} watchers[XENAV_MAX_WATCHERS];
	unsigned n_claims, n_releases, n_resyncs, n_reports;
	unsigned claim_takes_us; /* of processor time */
	uint32_t generation;     /* 0: closed */
	uint32_t reported_generation;
	uint64_t reported_frames, reported_ns;
	uint32_t reported_carry;
	uint64_t filled_frames;
	struct stream_bounds bounds;
	unsigned n_bounds;
	int bound_rc;
	int report_rc;
};

struct connector {
	struct connector_info info;
	struct connector_place place;
	const struct connector_listener *listener; /* of the claim */
	void *data;
	struct {
		const struct connector_listener *listener;
		void *data;
		uint64_t serial;
	} watchers[XENAV_MAX_WATCHERS];
	unsigned n_watcher_readies;
	unsigned n_claims, n_releases, n_readies, n_agains;
	uint64_t done;
	uint32_t ways; /* of the last claim or watch */
	uint32_t freed;
	unsigned n_freed;
	int freed_rc;
	struct xenav_msg_connector_edid edid; /* the last block */
	unsigned n_offers;
	uint32_t offered_index;
	uint32_t offered_bytes;
	unsigned n_edids;
	int edid_rc; /* result of connector_edid() */
	uint64_t period_ns;
	int refresh_rc;
	bool eager; /* give a frame in a new buffer whenever the consumer is ready */
	uint64_t serial;
};

/* The number of times that a connector was asked what it is. */
extern unsigned rig_n_looks;

struct rig {
	struct event_base *base;
	struct policy policy; /* all users have all rights */
	struct consumer_limits limits;
	struct server *server;
	char folder[64];
	char path[96];
	int n_fds;            /* before */
	bool hears_announced; /* receive ANNOUNCED, too */
	struct stream streams[2];
	struct connector connectors[2];
};

/* The number of log lines that were warnings or worse, and the last of them. */
extern unsigned rig_warnings;
extern char rig_last_warning[256];

/* The source of the last limited line. */
extern const struct log_source *rig_last_source;

int rig_setup(void **state);
int rig_teardown(void **state);

/* The limits of xenavd, but time for all work: how long it takes is no matter of these tests. */
struct consumer_limits rig_limits(void);

/* Start the server anew with these limits, before there are objects. */
void rig_limit(struct rig *rig, const struct consumer_limits *limits);

/* Announce the streams (objects 1 and 2) and the connectors (objects 3 and 4). */
#define RIG_STREAM    1u
#define RIG_CAPTURE   2u /* the stream that guests record from */
#define RIG_CONNECTOR 3u
#define RIG_OBJECTS   4u
void rig_add_objects(struct rig *rig);

/* Remove a stream or a connector, and all its claims. */
void rig_remove_stream(struct rig *rig, struct stream *stream);
void rig_remove_connector(struct rig *rig, struct connector *conn);

/* One turn of the loop, without waiting. */
void rig_turn(struct rig *rig);

/* Turn until the condition holds; fail when it never does. */
#define rig_await(rig, condition)                                                                  \
	do {                                                                                       \
		for (unsigned turns = 0; !(condition); turns++) {                                  \
			rig_turn(rig);                                                             \
			rig_pass_time(turns);                                                      \
		}                                                                                  \
	} while (0)
void rig_pass_time(unsigned turns);

/* Connect a consumer; also read its WELCOME; also read the announcements. */
int rig_connect(struct rig *rig);
int rig_greet(struct rig *rig);
int rig_enter(struct rig *rig);

/* Add the objects first, and read their announcements. */
int rig_begin(struct rig *rig);

/* As rig_enter(), but never as root, who has rights that the policy does not give. */
int rig_enter_as_user(struct rig *rig);

void rig_hello(union xenav_msg *msg);
void rig_send(int sock, const union xenav_msg *msg);
void rig_send_plain(int sock, uint16_t opcode, uint32_t object);
/* Claim an object in its mode: FEED for RIG_CAPTURE, DRIVE for the others.  Or with a wait. */
void rig_send_claim(int sock, uint32_t object, uint32_t ways);
void rig_send_claim_wait(int sock, uint32_t object);
void rig_send_claim_as(int sock, uint32_t object, uint32_t ways, uint32_t mode);
void rig_send_ready(int sock, uint32_t object, uint32_t flags);

/* Receive the next message.  Its descriptor, if any, is *fd, or closed if fd is NULL. */
void rig_receive(struct rig *rig, int sock, union xenav_msg *msg, int *fd);
/* Receive the next message, of this opcode and object. */
void rig_expect(struct rig *rig, int sock, uint16_t opcode, uint32_t object, union xenav_msg *msg);
void rig_expect_error(struct rig *rig, int sock, uint16_t opcode, uint32_t object, int error);
void rig_expect_nothing(struct rig *rig, int sock);
void rig_expect_end(struct rig *rig, int sock);
/* Claim or watch a closed or blank object, and receive CLAIMED. */
void rig_claim(struct rig *rig, int sock, uint32_t object);
void rig_send_watch(int sock, uint32_t object);
void rig_watch(struct rig *rig, int sock, uint32_t object);

/* Do as a guest with a claimed stream. */
void rig_open(struct rig *rig, struct stream *stream, uint32_t generation);
void rig_state(const struct stream *stream, uint32_t state, uint64_t position_frames);
/* Set two channels; the second is 0.001 dB louder, and muted. */
void rig_volume(const struct stream *stream, uint8_t first_channel, int32_t volume_mdb);
void rig_data(const struct stream *stream, uint64_t position_frames, uint32_t frames);
void rig_close(struct stream *stream);

/* Is the stream claimed, in any mode? */
bool rig_heard(const struct stream *stream);

/* Send data until the socket of the stream's consumer is full and the stream is stale. */
void rig_fill(const struct stream *stream);

#define RIG_RING_BYTES  4096u
#define RIG_RING_FRAMES 1024u

#endif
