/* SPDX-License-Identifier: MIT */
/*
 * A channel is what one stream or one connector talks through: a request ring, an event page and
 * the two ports that go with them.  A channel set is all channels of one device, connected
 * together or not at all.  The owner sees 64-byte requests and answers them, one at a time.
 */
#ifndef XENAVD_CHANNEL_H
#define XENAVD_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "report/log.h"
#include "xen/ring.h"
#include "xen/worker.h"

struct channel;
struct tree;
struct xen;

/*
 * Serve one request.  Either channel_respond() is called before it returns, or, when the answer
 * takes time, later; until then no further request of this channel is taken.
 */
typedef void (*channel_request)(struct channel *ch, const uint8_t req[RING_SLOT_BYTES],
				void *owner);

/* Serve more of the request being served. */
typedef void (*channel_more)(struct channel *ch, void *owner);

/* As published by the frontend. */
struct channel_refs {
	uint32_t ring_ref;
	uint32_t ring_port;
	uint32_t event_ref;
	uint32_t event_port;
};

struct channel {
	/* private to channel.c */
	struct channel_set *set;
	struct channel_refs refs;
	struct ring ring;
	struct event_page events;
	int ring_port;
	int event_port;
	bool busy;     /* a request is being served */
	bool serving;  /* the handler below us has not returned yet */
	uint32_t work; /* that requests have made and was not paid for, in tokens of evtchn.h */
	bool broken;   /* the frontend broke the ring */
	channel_request request;
	channel_more more; /* of the request being served; or NULL */
	void (*room)(struct channel *ch, void *owner);
	void *owner;
};

/*
 * Read the four nodes of a channel below a directory of the frontend's tree.  prefix is "req-"
 * for displif and "" for sndif.
 *
 * @return 0, -ENOENT, -EINVAL.
 */
int channel_refs_read(const struct tree *tree, const char *dir, const char *prefix,
		      struct channel_refs *refs);

/* Is there any of the four?  A frontend publishes nothing for what is beyond its own limits. */
bool channel_refs_exist(const struct tree *tree, const char *dir, const char *prefix);

struct channel_set {
	const struct xen *xen;
	uint16_t domid;
	struct log_source *log;
	struct channel **channels;
	unsigned n_channels;
	/* private to channel.c */
	struct job job;
	bool working; /* the job is out */
	bool bound;   /* the ports are, and requests are served */
	int rc;
	void (*connected)(struct channel_set *set, int rc);
	void (*broke)(struct channel_set *set);
	void (*gone)(struct channel_set *set);
};

/* Prepare a channel.  room, which may be NULL, is called when the frontend has read events. */
void channel_init(struct channel *ch, const struct channel_refs *refs, channel_request request,
		  void (*room)(struct channel *ch, void *owner), void *owner);

/*
 * Map the pages of all channels on the worker, bind the ports, then call connected on the loop
 * with 0 or a -errno (then nothing is left mapped or bound).  broke is called later, once, when
 * the frontend breaks a ring.  set->channels stays the caller's.
 */
void channel_set_connect(struct channel_set *set, void (*connected)(struct channel_set *, int),
			 void (*broke)(struct channel_set *));

/*
 * Stop serving at once, unbind, unmap on the worker, then call gone on the loop.  Right in any
 * state, also while connecting (connected is not called any more then).
 */
void channel_set_disconnect(struct channel_set *set, void (*gone)(struct channel_set *));

/* The request being served copies so many bytes, for which the guest pays; or maps them, which
 * costs as much, and to unmap them again does, too. */
void channel_charge(struct channel *ch, uint32_t bytes);
void channel_charge_map(struct channel *ch, uint32_t bytes);

/* The request being served takes longer than others should wait: call more for the rest of it, when
 * they have had their turn, unless the channel is disconnected before. */
void channel_go_on(struct channel *ch, channel_more more);

/* Answer the request being served; rsp is the whole image, id and operation echoed. */
void channel_respond(struct channel *ch, const uint8_t rsp[RING_SLOT_BYTES]);

/*
 * Send an event; its id is filled in.
 *
 * @return 0, -EAGAIN when the page is full, -ENOTCONN when the channel is not connected or broken.
 */
int channel_event(struct channel *ch, uint8_t event[RING_SLOT_BYTES]);

/* Let the id of the next event be 0, see event_page_skip(). */
void channel_skip_events(struct channel *ch);

/* Void the events that the frontend has not read. */
void channel_void_events(struct channel *ch);

#endif
