/* SPDX-License-Identifier: MIT */
/*
 * A channel carries the requests and events of one stream or connector: a request ring, an event
 * page and their two ports.  A channel set is all channels of one device, connected together or not
 * at all.  The owner sees 64-byte requests and answers them, one at a time.
 */
#ifndef XENAVD_CHANNEL_H
#define XENAVD_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "report/log.h"
#include "xen/ring.h"
#include "xen/worker.h"

struct channel;
struct journal_slot;
struct tree;
struct xen;

/*
 * Serve one request.  Call channel_respond() before returning or, if the answer takes time, later;
 * until then the channel takes no further request.
 */
typedef void (*channel_request)(struct channel *ch, const uint8_t req[RING_SLOT_BYTES],
				void *owner);

/* The nodes of a channel, as the frontend published them. */
struct channel_refs {
	uint32_t ring_ref;
	uint32_t ring_port;
	uint32_t event_ref;
	uint32_t event_port;
};

struct channel {
	/* Private to channel.c and channel-keep.c. */
	struct channel_set *set;
	struct channel_refs refs;
	struct ring ring;
	struct event_page events;
	int ring_port;
	int event_port;
	bool busy;           /* a request is being served */
	bool serving;        /* a request handler runs */
	uint32_t work;       /* unpaid work of requests, in tokens of evtchn.h */
	bool broken;         /* the frontend broke the ring */
	uint64_t n_requests; /* readable: taken from the ring */
	channel_request request;
	void (*room)(struct channel *ch, void *owner);
	void *owner;
	struct journal_slot *kept;       /* NULL: the channel is not kept */
	uint8_t answer[RING_SLOT_BYTES]; /* the last one, of a channel that is kept */
};

/*
 * Read the four nodes of a channel below a directory of the frontend's tree.  prefix is "req-"
 * for displif and "" for sndif.
 *
 * @return 0, -ENOENT, -EINVAL.
 */
int channel_refs_read(const struct tree *tree, const char *dir, const char *prefix,
		      struct channel_refs *refs);

/* Does any of the four nodes exist?  A frontend publishes none for a channel beyond its limits. */
bool channel_refs_exist(const struct tree *tree, const char *dir, const char *prefix);

struct channel_set {
	const struct xen *xen;
	uint16_t domid;
	struct log_source *log;
	struct channel **channels;
	unsigned n_channels;
	uint8_t kind; /* JOURNAL_*: the journal has to keep the channels; 0: it has not */
	uint16_t devid;
	/* Private to channel.c. */
	struct job job;
	bool working; /* the job is on the worker */
	bool bound;   /* ports are bound and requests are served */
	bool resumes; /* channel_set_recall() has been called */
	int rc;
	void (*connected)(struct channel_set *set, int rc);
	void (*broke)(struct channel_set *set);
	void (*gone)(struct channel_set *set);
};

/* Prepare a channel.  room is called when the frontend has read events; it may be NULL. */
void channel_init(struct channel *ch, const struct channel_refs *refs, channel_request request,
		  void (*room)(struct channel *ch, void *owner), void *owner);

/*
 * Recall from the journal what an earlier process has kept of the channels, whose rings
 * channel_set_connect() then goes on with.
 *
 * @return 0; -ENOENT when a channel was not kept, -EINVAL when it was another one.
 */
int channel_set_recall(struct channel_set *set);

/* The number of requests that were answered; the answer to the one being served is number
 * channel_rsp_prod() + 1.  Valid behind channel_set_recall(). */
static inline uint32_t channel_rsp_prod(const struct channel *ch)
{
	return ch->ring.rsp_prod;
}

/* The number of the next event; valid behind channel_set_recall(). */
static inline uint32_t channel_event_prod(const struct channel *ch)
{
	return ch->events.prod;
}

/*
 * Map the pages of all channels on the worker, bind the ports, then call connected on the loop with
 * 0, or with -errno and nothing mapped or bound.  broke is called once if the frontend breaks a
 * ring later.  set->channels stays the caller's.
 */
void channel_set_connect(struct channel_set *set, void (*connected)(struct channel_set *, int),
			 void (*broke)(struct channel_set *));

/*
 * Stop serving at once, unbind, unmap on the worker, then call gone on the loop.  Allowed in any
 * state; while connecting, connected is not called any more.
 */
void channel_set_disconnect(struct channel_set *set, void (*gone)(struct channel_set *));

/* Charge the guest for bytes that the request being served copies, or maps and later unmaps. */
void channel_charge(struct channel *ch, uint32_t bytes);
void channel_charge_map(struct channel *ch, uint32_t bytes);

/* Answer the request being served.  rsp is the whole image with id and operation echoed. */
void channel_respond(struct channel *ch, const uint8_t rsp[RING_SLOT_BYTES]);

/*
 * Send an event; the channel fills in its id.
 *
 * @return 0, -EAGAIN when the page is full, -ENOTCONN when the channel is not connected or broken.
 */
int channel_event(struct channel *ch, uint8_t event[RING_SLOT_BYTES]);

/* Make 0 the id of the next event, see event_page_skip(). */
void channel_skip_events(struct channel *ch);

/* Void the events that the frontend has not read yet. */
void channel_void_events(struct channel *ch);

#endif
