/* SPDX-License-Identifier: MIT */
/*
 * The display engine on the fake machine, where the guest's memory is, and between seams that the
 * test plays: channels without rings, whose requests are answered at once and whose budget has no
 * end; dma-bufs that are busy as often as a test says; and a worker that moves one step when it is
 * told to.  The form of all answers of the engine is checked on the way.
 */
#ifndef DISPLAY_FAKE_H
#define DISPLAY_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "buffer/pool.h"
#include "config/policy.h"
#include "display/display.h"
#include "report/log.h"
#include "xen/channel.h"
#include "xen/displif.h"
#include "xenav-proto.h"

#define FAKE_CONNECTORS 16
#define FAKE_EVENTS     4096

struct fake_channel {
	struct channel *ch;
	uint16_t next_id;
	struct xendispl_req req;  /* the last request */
	struct xendispl_resp rsp; /* the response to it */
	unsigned n_rsp;
	uint64_t events[FAKE_EVENTS]; /* cookies, in order */
	unsigned n_events;
	unsigned n_unread;
};

struct fake {
	struct fake_channel channels[FAKE_CONNECTORS];
	struct channel_set *set;
	bool connected;
	int connect_rc; /* result of channel_set_connect() */
	int recall_rc;  /* and of channel_set_recall() */
	int event_rc;   /* result of channel_event(), instead of sending */
	bool break_on_event;
	void (*on_event)(struct fake_channel *channel);
	void (*on_respond)(void); /* before anything is published */
	bool dmabufs_available;
	unsigned n_dmabufs; /* there are */
	unsigned n_exports; /* there have been */
	int dmabuf_rc;
	unsigned dmabuf_busy; /* attempts to release it that fail */
};

extern struct fake fake;
extern struct xen fake_xen;

/* Around each test; the second checks that nothing is left. */
void fake_begin(void);
void fake_end(void);

/* Guest memory behind a page directory, made when first asked for.  The number stands for the
 * directory's reference in requests, too. */
uint8_t *fake_memory(uint32_t gref, size_t size_bytes);

/* An empty directory for one page; the page that was supplied there; and all supplied now. */
void fake_directory(uint32_t gref);
uint8_t *fake_supplied(uint32_t gref);
uint32_t fake_supplied_pages(void);

/* Send a request without waiting. */
void fake_send(unsigned connector, const struct xendispl_req *req);

/* Send a request, let the worker work until it is answered, and return the status. */
int fake_call(unsigned connector, const struct xendispl_req *req);

/* The guest reads its events. */
void fake_read_events(unsigned connector);

/* -------- the worker -------- */

/* Run the next job, or deliver the next that has run. @return whether there was one. */
bool fake_worker_run(void);
bool fake_worker_done(void);

/* Until there is nothing left. */
void fake_worker_drain(void);
bool fake_worker_idle(void);

/* -------- requests -------- */

struct xendispl_req req_dbuf_create(uint64_t cookie, uint32_t w, uint32_t h, uint32_t bpp,
				    uint32_t size, uint32_t gref);
struct xendispl_req req_dbuf_destroy(uint64_t cookie);
struct xendispl_req req_fb_attach(uint64_t dbuf, uint64_t fb, uint32_t w, uint32_t h,
				  uint32_t fourcc);
struct xendispl_req req_fb_detach(uint64_t fb);
struct xendispl_req req_set_config(uint64_t fb, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
				   uint32_t bpp);
struct xendispl_req req_pg_flip(uint64_t fb);
struct xendispl_req req_get_edid(uint32_t size, uint32_t gref);

/* -------- a display on all that -------- */

#define FAKE_XR24 0x34325258u
#define FAKE_RG16 0x36314752u
#define FAKE_RG24 0x34324752u

/* The policy for the guest. */
extern struct guest_policy rig_policy;

struct rig {
	const char *const *resolutions;
	bool be_alloc;
	struct event_base *base;
	struct supply *supply;
	struct display_env env;
	struct log_source log;
	struct engine *engine;
	struct connector *connectors[FAKE_CONNECTORS];
	unsigned n_connectors;
	unsigned n_connected;
	int connected_rc;
	unsigned n_broke;
	unsigned n_gone;
	bool ending;
};

/* A fresh display with connectors of the given resolutions ("800x600"), not yet connecting. */
void rig_create(struct rig *rig, const char *const *resolutions, bool be_alloc);

/* The same, connected. */
void rig_setup(struct rig *rig, const char *const *resolutions);

/* Connect without waiting, after rig_create(); and disconnect. */
void rig_connect(struct rig *rig);
void rig_disconnect(struct rig *rig);

/* Make the display once more, which connects as it was before: without waiting. */
void rig_again(struct rig *rig);

/* Disconnect if that has not begun, and check that nothing is left of anything. */
void rig_teardown(struct rig *rig);

/* Let the event loop go until the connector has had that many events. */
void rig_wait_events(struct rig *rig, unsigned connector, unsigned n_events);

/* As if every flip so far had been that of an earlier refresh. */
void rig_next_refresh(struct rig *rig);

/* The timers that are running. */
int rig_timers(const struct rig *rig);

/* A dbuf of XRGB8888 with cookie 0x100 + n and a framebuffer 0x200 + n that fills it. */
void rig_make_fb(unsigned n, uint32_t w, uint32_t h);
uint64_t rig_fb(unsigned n);
uint32_t *rig_pixels(unsigned n, uint32_t w, uint32_t h);

/* -------- a consumer -------- */

struct consumer {
	struct connector *conn;
	unsigned n_buffers;
	unsigned n_frames;
	unsigned n_blanks;
	struct connector_frame frame;
	uint32_t ways; /* XENAV_WAY_*; 0: copies */
	const uint8_t *maps[XENAV_MAX_BUFFERS];
	size_t map_bytes[XENAV_MAX_BUFFERS];
	uint32_t buffer_ways[XENAV_MAX_BUFFERS];
	bool copied;            /* the last frame was */
	unsigned n_gone;        /* buffers it was asked to release */
	uint32_t gone;          /* the last of them */
	bool stubborn;          /* does not release buffers */
	unsigned n_late;        /* calls of late() */
	bool release_when_late; /* releases the connector then */
	bool eager;             /* done and ready as soon as a frame comes */
	bool release_in_frame;  /* releases the connector while it is told */
	bool release_in_buffer;
};

int consumer_claim(struct consumer *consumer, struct connector *conn);
int consumer_watch(struct consumer *consumer, struct connector *conn);

/* Unmap what it has; releases nothing. */
void consumer_forget(struct consumer *consumer);

/* The first byte of a row of the last frame. */
const uint8_t *consumer_row(const struct consumer *consumer, uint32_t y);

#endif
