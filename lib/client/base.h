/* SPDX-License-Identifier: MIT */
/*
 * The connection, its objects and their kinds: the structures of libxenav.
 *
 *     client -> pause -> object        object -> send -> watch, base
 *     client -> stream, connector -> object                        sound -> stream
 *               stream -> ring -> map -> base                      screen -> connector
 *               stream -> handover -> map
 *
 * A player or recorder is a handover to another thread, and a reader or writer there:
 *
 *     player -> reader -> follower -> mailbox         recorder -> writer -> follower
 *
 * stream.c and connector.c are kinds of objects and talk to the daemon; sound.c and screen.c are
 * the calls of the program.  A kind is one struct object_ops, and one row in client.c.
 *
 * A handler gets one message, already checked by lib/wire, and returns 0 or the -errno that ends
 * the connection.  The descriptor stays the caller's.  A callback may release the object or close
 * the connection: check the state again after each one.  Objects and the connection itself stay
 * allocated until the handler has returned, memory until map_bury().
 */
#ifndef XENAV_CLIENT_BASE_H
#define XENAV_CLIENT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "client/watch.h"
#include "xenav-proto.h"
#include "xenav.h"

struct xenav_object;

/* A message to the daemon: xenav_object::pending has the bit `what` while the message waits. */
struct out_row {
	unsigned int what; /* OUT_*; 0 ends a table */
	uint16_t opcode;
	bool after_unmapping; /* wait until all dropped memory is unmapped */

	/* Fill the message.  @return the descriptor that travels with it, or -1.  NULL: the message
	 * is a header alone. */
	int (*put)(struct xenav_object *o, union xenav_msg *m);

	/* The message is sent.  @return whether another one waits in this row.  May be NULL. */
	bool (*sent)(struct xenav_object *o);
};

/* Messages of every kind of object come first, those of its own kind follow. */
#define OUT_RELEASE    0x1u
#define OUT_CLAIM      0x2u
#define OUT_OF_EVERY   (OUT_RELEASE | OUT_CLAIM)
#define OUT_OF_KIND(n) (0x4u << (n))

/* A message from the daemon. */
struct incoming {
	union xenav_msg msg;
	int fd; /* came with the message, or -1 */
};

/* Handler of a message about a claimed object. */
struct in_row {
	uint16_t opcode;
	int (*handle)(struct xenav_object *o, const struct incoming *in); /* NULL ends a table */
};

struct object_ops {
	uint16_t added_opcode;
	size_t size;               /* of the whole object, which begins with struct xenav_object */
	const struct in_row *in;   /* ended by a row of zeros */
	const struct out_row *out; /* in the order of sending; ended by a row of zeros */

	/* The daemon announces the object: fill it and call back. */
	void (*added)(struct xenav_object *o, const union xenav_msg *m);

	/* Forget the state since the claim, and cancel the messages about it. */
	void (*reset)(struct xenav_object *o);

	/* The claim is granted: call back. */
	void (*claimed)(struct xenav_object *o);

	/* A request failed: CLAIM, or another while the object is claimed. */
	void (*failed)(struct xenav_object *o, uint16_t opcode, int error);

	/* The daemon has removed the object: call back.  The caller destroys it. */
	void (*removed)(struct xenav_object *o);

	/* The object is about to be freed.  May be NULL. */
	void (*destroyed)(struct xenav_object *o);

	/* Pauses: see object.c. */

	/* Is this the announcement of that object, if their guests are the same?  by_name: compare
	 * the names of the guests, too. */
	bool (*same)(const struct xenav_object *o, const union xenav_msg *m, bool by_name);

	/* The connection is broken while the object is claimed.  May be NULL. */
	void (*lost)(struct xenav_object *o);

	/* It is claimed again: tell the daemon what it has to know.  May be NULL. */
	void (*resumed)(struct xenav_object *o);

	/* Then, the present state is told.  May be NULL. */
	void (*told)(struct xenav_object *o);

	/* It cannot be claimed again: end what depends on the claim.  May be NULL. */
	void (*ended)(struct xenav_object *o);
};

struct xenav_object {
	TAILQ_ENTRY(xenav_object) link;     /* xenav::objects */
	TAILQ_ENTRY(xenav_object) out_link; /* xenav::outgoing, while pending */
	struct xenav *x;
	const struct object_ops *ops;
	uint32_t id;                                            /* on the present connection */
	char uuid[sizeof(((struct xenav_msg_guest *)0)->uuid)]; /* of its guest, or empty */
	bool absent;             /* not announced on the present connection, or there is none */
	bool resuming;           /* claimed, but not yet on the present connection */
	uint32_t mode;           /* wanted XENAV_MODE_* */
	bool waits;              /* the claim is to wait until the object is free */
	uint32_t ways;           /* wanted XENAV_WAY_* */
	uint32_t granted;        /* XENAV_WAY_* of the daemon, while claimed */
	bool wanted;             /* the program has claimed and not released it */
	bool claimed;            /* the daemon has granted the claim */
	bool gone;               /* the daemon has removed it */
	bool ever_claimed;       /* messages about it may still be on their way */
	unsigned int unanswered; /* CLAIMs sent that wait for CLAIMED or ERROR */
	unsigned int pending;    /* OUT_* */
	void *data;              /* of the program */
};
TAILQ_HEAD(xenav_object_list, xenav_object);
SLIST_HEAD(xenav_map_list, xenav_map);

/* See pause.h. */
struct pause {
	bool active;
	int error;            /* with which the connection has broken */
	uint64_t since_ns;    /* CLOCK_MONOTONIC, as all of these */
	uint64_t next_ns;     /* when something is due */
	uint64_t deadline_ns; /* when patience is over */
	uint64_t over_ns;     /* when the last pause was over */
	uint64_t absence_ns;  /* how long objects may still be absent after the announcements */
};

/* More restarts in a row that end before the daemon reads anything are not lived through. */
#define MAX_EARLIER_TOKENS 8

/* By which the daemon knows us after a restart. */
struct tokens {
	uint8_t present[XENAV_TOKEN_BYTES]; /* of this connection; zeros: none */

	/* Those that the daemon may still know us by, the oldest first: it need not have read the
	 * RESUMEs before it ended. */
	uint8_t earlier[MAX_EARLIER_TOKENS][XENAV_TOKEN_BYTES];
	unsigned int n_earlier;
	unsigned int n_unsent; /* the newest so many are to be sent on this connection */
};

struct xenav {
	int sock; /* -1: in a pause, without a connection */
	struct watch watch;
	int error;        /* why the connection is over, or 0 */
	int send_error;   /* why sending is over, or 0 */
	bool met;         /* a daemon has answered HELLO once */
	bool welcomed;    /* the daemon has answered HELLO on this connection */
	bool announced;   /* the first objects are announced */
	bool reannounced; /* those of the present connection are */
	bool hello_waits; /* HELLO is not sent yet */
	char *path;       /* of the socket; NULL: unknown */
	uint64_t patience_ns;
	struct pause pause;
	struct xenav_msg_guest guest; /* of the next object */
	struct tokens tokens;
	uint64_t features; /* of the daemon */
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

/* Copy a terminated string from or to a message. */
#define COPY_STRING(to, from)                                                                      \
	do {                                                                                       \
		_Static_assert(sizeof(to) == sizeof(from), "as on the wire");                      \
		memcpy((to), (from), sizeof(to));                                                  \
	} while (0)

/* Tell the log handler, if there is one. */
__attribute__((format(printf, 3, 4))) void base_log(const struct xenav *x, int level,
						    const char *fmt, ...);

/* The connection, or the connection and the object, are where they were before a pause. */
bool base_is_paused(const struct xenav_object *o);

/* The connection is over: every call of the program means -ENOTCONN. */
bool base_is_over(const struct xenav *x);

#endif
