/* SPDX-License-Identifier: MIT */
/*
 * What the files of libxenav share.
 *
 * client.c has the connection and its loop, send.c what waits to be sent, object.c what streams
 * and connectors have in common, stream.c, playback.c, capture.c, volume.c and connector.c the rest
 * of them, map.c the memory that comes from the daemon, format.c the tables.
 *
 * A handler gets one message, already checked by lib/wire, and returns 0 or the -errno that ends
 * the connection.  The descriptor stays the caller's.  A callback may release the object or close
 * the connection: after each one look again at what is used next.  Objects and the connection
 * itself stay allocated until the handler has returned, memory until map_bury().
 */
#ifndef XENAV_CLIENT_INTERNAL_H
#define XENAV_CLIENT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "xenav-proto.h"
#include "xenav.h"

/* A daemon that uses more buffers per connector than this has lost its mind. */
#define CLIENT_MAX_BUFFERS XENAV_MAX_BUFFERS

/* Messages that one xenav_dispatch() handles at most, so that others get their turn. */
#define CLIENT_MAX_BATCH 64

/* Messages of an object that wait to be sent, in the order in which they have to go. */
#define OUT_RELEASE  0x01u
#define OUT_CLAIM    0x02u
#define OUT_FILLED   0x04u
#define OUT_POSITION 0x08u
#define OUT_DONE     0x10u
#define OUT_READY    0x20u
#define OUT_LIMITS   0x40u
#define OUT_EDID     0x80u  /* one message after the other */
#define OUT_FREED    0x100u /* so is this */
#define OUT_OFFER    0x200u /* and this */
#define OUT_REFRESH  0x400u

/* These say that memory is not mapped any more. */
#define OUT_AFTER_UNMAPPING (OUT_RELEASE | OUT_FREED)

struct xenav_map {
	SLIST_ENTRY(xenav_map) link; /* xenav::dead_maps or xenav_connector::retired */
	void *addr;                  /* NULL: cannot be mapped */
	size_t size;
	int fd; /* a dma-buf, or -1 */
	uint32_t way;
	uint32_t offered;      /* index + 1 of the program's own buffer that it is, or 0 */
	uint64_t serial;       /* of the last frame in it */
	uint64_t until_serial; /* while retired: the last frame that may need it */
};
SLIST_HEAD(xenav_map_list, xenav_map);

enum object_kind { OBJECT_STREAM, OBJECT_CONNECTOR };

struct xenav_object {
	TAILQ_ENTRY(xenav_object) link;     /* xenav::objects */
	TAILQ_ENTRY(xenav_object) out_link; /* xenav::outgoing, while pending */
	struct xenav *x;
	uint32_t id;
	enum object_kind kind;
	bool wanted;             /* the program has claimed and not released it */
	bool watches;            /* and does not want to drive it */
	bool claimed;            /* and the daemon has agreed */
	bool gone;               /* the daemon knows nothing of it any more */
	bool ever_claimed;       /* so messages about it may still be on their way */
	unsigned int unanswered; /* CLAIMs sent that wait for CLAIMED or ERROR */
	unsigned int pending;    /* OUT_* */
	void *data;              /* of the program */
};
TAILQ_HEAD(xenav_object_list, xenav_object);

struct xenav_stream {
	struct xenav_object o;
	struct xenav_stream_info info; /* its strings are the arrays below */
	char domain_name[64];
	char unique_id[96];
	char pcm_name[64];

	bool open;
	uint32_t generation;
	struct xenav_pcm pcm;
	struct xenav_map *ring;
	uint32_t state;
	uint64_t position; /* frames: the newest reported, or told by the daemon */
	uint64_t when_ns;
	uint64_t stood;          /* frames: where the stream was when its state changed */
	uint64_t written;        /* capture, frames: the next one to write */
	uint64_t read;           /* capture, frames: the guest has read what is before */
	struct xenav_map *heard; /* playback: samples taken out of the ring */
	struct xenav_limits limits;
	int32_t volume_mdb[UINT8_MAX]; /* by channel; all 0 while it is closed */
	bool muted[UINT8_MAX];
};

struct xenav_connector {
	struct xenav_object o;
	struct xenav_connector_info info;
	char domain_name[64];
	char unique_id[96];

	struct xenav_map *buffers[CLIENT_MAX_BUFFERS];
	struct xenav_map_list retired; /* replaced, but a frame may still be shown from them */
	unsigned int n_retired;
	uint64_t serial; /* of the newest frame */
	bool held;       /* it is not done yet */
	uint32_t ready_flags;
	uint64_t done_serial;
	uint32_t ways;    /* wanted */
	uint32_t granted; /* while claimed */
	uint32_t freed;   /* bit i: FRAME_BUFFER_FREED of buffer i is to be sent */
	uint32_t refused; /* bit i: and it was not asked for */

	struct {
		int fd; /* -1: nothing is to be sent */
		uint32_t size_bytes;
	} offers[XENAV_MAX_OFFERS];

	unsigned char edid[XENAV_EDID_MAX_BLOCKS * XENAV_EDID_BLOCK_BYTES];
	uint8_t edid_blocks; /* 0: it is withdrawn */
	uint8_t edid_next;   /* block to send */
	uint32_t period_ns;  /* of the refresh */
};

struct xenav {
	int fd;
	int error;        /* why the connection is over, or 0 */
	int send_error;   /* why nothing can be sent any more, or 0 */
	bool welcomed;    /* the daemon has answered HELLO */
	bool hello_waits; /* ours is not sent yet */
	bool dispatching;
	bool closing; /* xenav_close() was called while dispatching */
	char name[64];
	struct xenav_listener listener;
	void *data;
	xenav_log_fn log_fn;
	void *log_data;
	struct xenav_object_list objects;
	struct xenav_object_list outgoing;
	struct xenav_map_list dead_maps;
};

/* Call back, if there is somebody to be called. */
#define TELL(x, callback, ...)                                                                     \
	do {                                                                                       \
		if ((x)->listener.callback)                                                        \
			(x)->listener.callback((x)->data, __VA_ARGS__);                            \
	} while (0)

/* -------- client.c -------- */

/* Tell the log handler, if there is one. */
__attribute__((format(printf, 3, 4))) void client_log(const struct xenav *x, int level,
						      const char *fmt, ...);

/* 0, or -ENOTCONN when nothing can be asked of the daemon any more. */
int client_check(const struct xenav *x);

/* -------- send.c -------- */

/* Let the object send these OUT_*, now if possible. */
void send_post(struct xenav_object *o, unsigned int what);

/* Forget these OUT_*, as far as they are not sent. */
void send_cancel(struct xenav_object *o, unsigned int what);

/* Send what waits, as far as the socket takes it; failures go to x->send_error. */
void send_flush(struct xenav *x);

/* -------- map.c -------- */

/* Map size_bytes of a descriptor from the daemon, after making sure that they are there and can
 * not go away.  Returns 0, -EPROTO, or another -errno. */
int map_new(struct xenav_map **out, int fd, uint32_t size_bytes, bool writable);

/* Map what the descriptor is of as the guest's own memory: once, and it cannot shrink. */
int map_direct(struct xenav_map **out, int fd, uint32_t size_bytes, uint64_t offset_bytes);

/* Keep a duplicate of the descriptor. */
int map_dmabuf(struct xenav_map **out, int fd, uint32_t size_bytes);

/* Memory of our own that goes the same way.  Returns 0 or -ENOMEM. */
int map_private(struct xenav_map **out, size_t size_bytes);

/* Unmap and forget *map, if it is one; not before map_bury() if a callback may be using it. */
void map_drop(struct xenav *x, struct xenav_map **map);

/* Unmap what was dropped. */
void map_bury(struct xenav *x);

/* -------- object.c -------- */

struct xenav_object *object_find(struct xenav *x, uint32_t id);
int object_claim(struct xenav_object *o, bool watch);

/* What a claimed object is claimed as: XENAV_MODE_*. */
uint32_t object_mode(struct xenav_object *o);

int object_release(struct xenav_object *o);
void object_destroy(struct xenav_object *o);

/* Copy a string of the wire: it is terminated. */
#define OBJECT_STRING(to, from)                                                                    \
	do {                                                                                       \
		_Static_assert(sizeof(to) == sizeof(from), "as on the wire");                      \
		memcpy((to), (from), sizeof(to));                                                  \
	} while (0)

/* Enter a new object; its id must be a new one. */
int object_add(struct xenav *x, struct xenav_object *o, uint32_t id, enum object_kind kind);

int object_on_removed(struct xenav *x, const struct xenav_msg_plain *m);
int object_on_claimed(struct xenav *x, const struct xenav_msg_claim *m);
int object_on_error(struct xenav *x, const struct xenav_msg_error *m);

/* The claimed object of that kind that a message is for; *out is NULL if it is not ours any more
 * and the message came too late.  Returns 0 or -EPROTO. */
int object_target(struct xenav *x, uint32_t id, enum object_kind kind, struct xenav_object **out);

/* -------- stream.c -------- */

struct xenav_stream *stream_of(struct xenav_object *o);
void stream_reset(struct xenav_stream *s);
int stream_on_added(struct xenav *x, const struct xenav_msg_stream_added *m);
int stream_on_opened(struct xenav *x, const struct xenav_msg_stream_opened *m, int fd);
int stream_on_state(struct xenav *x, const struct xenav_msg_stream_state *m);
int stream_on_data(struct xenav *x, const struct xenav_msg_stream_data *m);
int stream_on_closed(struct xenav *x, const struct xenav_msg_stream_closed *m);

/* The open stream that a message of this generation is for; *out is NULL if it came too late.
 * Returns 0 or -EPROTO. */
int stream_target(struct xenav *x, uint32_t id, uint32_t generation, struct xenav_stream **out);

/* Limits that were asked for are refused. */
void stream_on_limits_failed(struct xenav_stream *s, int error);

/* Close it as far as the program is concerned. */
void stream_close(struct xenav_stream *s);

/* -------- volume.c -------- */

void volume_reset(struct xenav_stream *s);
int stream_on_volume(struct xenav *x, const struct xenav_msg_stream_volume *m);

/* -------- playback.c -------- */

/* How much of the descriptor to map, for a ring of that size; 0: that is impossible. */
uint32_t playback_map_bytes(uint32_t buffer_bytes);

/* The stream has been opened. Returns 0 or -ENOMEM. */
int playback_open(struct xenav_stream *s);

/* Hand on the frames [at, end), as far as they are still there, and tell of the others. */
void playback_deliver(struct xenav_stream *s, uint64_t at, uint64_t end);

/* -------- capture.c -------- */

/* The guest's trigger moved the stream to a state and position. */
void capture_on_state(struct xenav_stream *s, uint32_t state, uint64_t position_frames);

/* The guest has read everything before this frame. */
void capture_on_read(struct xenav_stream *s, uint64_t end_frames);

/* -------- connector.c -------- */

struct xenav_connector *connector_of(struct xenav_object *o);
void connector_reset(struct xenav_connector *c);
void connector_on_claimed(struct xenav_connector *c);

/* The next buffer to be given back. */
uint32_t connector_next_freed(const struct xenav_connector *c);

int connector_on_added(struct xenav *x, const struct xenav_msg_connector_added *m);
int connector_on_buffer(struct xenav *x, const struct xenav_msg_frame_buffer *m, int fd);
int connector_on_gone(struct xenav *x, const struct xenav_msg_frame_buffer_gone *m);
int connector_on_frame(struct xenav *x, const struct xenav_msg_frame *m);
int connector_on_blank(struct xenav *x, const struct xenav_msg_plain *m);

/* -------- screen.c -------- */

/* The next offer: fills m. @return its descriptor. */
int connector_put_offer(const struct xenav_connector *c, struct xenav_msg_connector_buffer *m);

/* It has been sent. @return whether there is another. */
bool connector_offer_sent(struct xenav_connector *c);

/* The next block of the EDID. */
void connector_put_edid(const struct xenav_connector *c, struct xenav_msg_connector_edid *m);

#endif
