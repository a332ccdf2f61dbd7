/* SPDX-License-Identifier: MIT */
/*
 * The connection, its objects and their kinds: the structures of libxenav.
 *
 *     client -> stream, connector -> object -> send -> base        sound -> stream
 *               stream -> ring -> map -> base                      screen -> connector
 *
 * stream.c and connector.c are kinds: what the daemon says of such an object, and what is said to
 * it.  sound.c and screen.c are what the program calls.  A kind is one struct object_ops, and one
 * row in client.c.
 *
 * A handler gets one message, already checked by lib/wire, and returns 0 or the -errno that ends
 * the connection.  The descriptor stays the caller's.  A callback may release the object or close
 * the connection: after each one look again at what is used next.  Objects and the connection
 * itself stay allocated until the handler has returned, memory until map_bury().
 */
#ifndef XENAV_CLIENT_BASE_H
#define XENAV_CLIENT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "xenav-proto.h"
#include "xenav.h"

struct xenav_object;

/* A message to the daemon: object::pending has the bit `what` while it waits. */
struct out_row {
	unsigned int what; /* OUT_*; 0 ends a table */
	uint16_t opcode;
	bool after_unmapping; /* not before what was dropped is unmapped */

	/* Fill the message.  @return the descriptor that travels with it, or -1.  NULL: the header
	 * is all there is. */
	int (*put)(struct xenav_object *o, union xenav_msg *m);

	/* It has been sent.  @return whether another of these waits.  May be NULL. */
	bool (*sent)(struct xenav_object *o);
};

/* What objects of every kind send, before what is of their kind. */
#define OUT_RELEASE    0x1u
#define OUT_CLAIM      0x2u
#define OUT_OF_KIND(n) (0x4u << (n))

/* A message from the daemon. */
struct incoming {
	union xenav_msg msg;
	int fd; /* that came with it, or -1 */
};

/* How one about a claimed object is handled. */
struct in_row {
	uint16_t opcode;
	int (*handle)(struct xenav_object *o, const struct incoming *in); /* NULL ends a table */
};

struct object_ops {
	uint16_t added_opcode;
	size_t size;               /* of the object: zeroed memory that begins with xenav_object */
	const struct in_row *in;   /* ended by a row of zeros */
	const struct out_row *out; /* in the order in which they go; ended by a row of zeros */

	/* There is one: call back. */
	void (*added)(struct xenav_object *o, const union xenav_msg *m);

	/* Forget what the daemon has said since the claim, and cancel what was to be sent. */
	void (*reset)(struct xenav_object *o);

	/* It is claimed: call back. */
	void (*claimed)(struct xenav_object *o);

	/* A request failed: CLAIM, or another while the object is claimed. */
	void (*failed)(struct xenav_object *o, uint16_t opcode, int error);

	/* The daemon has none of it any more: call back.  Destroyed afterwards. */
	void (*removed)(struct xenav_object *o);
};

struct xenav_object {
	TAILQ_ENTRY(xenav_object) link;     /* xenav::objects */
	TAILQ_ENTRY(xenav_object) out_link; /* xenav::outgoing, while pending */
	struct xenav *x;
	const struct object_ops *ops;
	uint32_t id;
	uint32_t mode;           /* XENAV_MODE_* that is wanted */
	uint32_t ways;           /* that are wanted */
	uint32_t granted;        /* and those that the daemon has agreed to, while claimed */
	bool wanted;             /* the program has claimed and not released it */
	bool claimed;            /* and the daemon has agreed */
	bool gone;               /* the daemon knows nothing of it any more */
	bool ever_claimed;       /* so messages about it may still be on their way */
	unsigned int unanswered; /* CLAIMs sent that wait for CLAIMED or ERROR */
	unsigned int pending;    /* OUT_* */
	void *data;              /* of the program */
};
TAILQ_HEAD(xenav_object_list, xenav_object);
SLIST_HEAD(xenav_map_list, xenav_map);

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

/* Call back, if there is a callback. */
#define TELL(x, callback, ...)                                                                     \
	do {                                                                                       \
		if ((x)->listener.callback)                                                        \
			(x)->listener.callback((x)->data, __VA_ARGS__);                            \
	} while (0)

/* Copy a string of the wire: it is terminated. */
#define COPY_STRING(to, from)                                                                      \
	do {                                                                                       \
		_Static_assert(sizeof(to) == sizeof(from), "as on the wire");                      \
		memcpy((to), (from), sizeof(to));                                                  \
	} while (0)

/* Tell the log handler, if there is one. */
__attribute__((format(printf, 3, 4))) void base_log(const struct xenav *x, int level,
						    const char *fmt, ...);

/* 0, or -ENOTCONN when nothing can be asked of the daemon any more. */
int base_check(const struct xenav *x);

#endif
