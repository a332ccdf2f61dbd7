/* SPDX-License-Identifier: MIT */
/*
 * What the files of the display engine share; for nobody else.
 *
 * A display is freed only after all of its jobs have come home, so jobs may keep pointers to it
 * and to its connectors, and check `dead` when they are back.  Display buffers and framebuffers
 * come and go while jobs run: a job never keeps a pointer to one.  A copy reads from the guest's
 * memory itself, and holds the buffer, which is not unmapped before.
 */
#ifndef XENAVD_DISPLAY_PRIV_H
#define XENAVD_DISPLAY_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/engine.h"
#include "buffer/gbuf.h"
#include "buffer/offer.h"
#include "config/policy.h"
#include "display/config.h"
#include "display/display.h"
#include "display/flips.h"
#include "display/geometry.h"
#include "display/monitor.h"
#include "report/status.h"
#include "xen/displif.h"
#include "xenav-proto.h"

#define DISPLAY_MAX_DBUFS 64
#define DISPLAY_MAX_FBS   128

struct claim;
struct farewell;

/* The place of the claim that drives; the others watch. */
#define CONNECTOR_DRIVER     0
#define CONNECTOR_MAX_CLAIMS (1 + XENAV_MAX_WATCHERS)

/* A consumer has so long to let go of a buffer.  Guests wait for three seconds. */
#define FAREWELL_MS 500

/* The ways to count: the bit numbers of XENAV_WAY_*. */
#define CONNECTOR_WAYS 3

/* A display buffer; cookie 0 is a free entry. */
struct dbuf {
	uint64_t cookie;
	struct dbuf_shape shape;
	struct gbuf *gbuf;
};

/* A framebuffer; cookie 0 is a free entry. */
struct fb {
	uint64_t cookie;
	struct dbuf *dbuf;
	struct fb_shape shape;
};

/* A buffer of the consumer that drives a connector; key 0 is a free entry. */
struct offer {
	struct supply_offer it;
	bool failed; /* it could not be granted, and is not tried again */
};

struct connector {
	struct display *display;
	uint8_t index;
	struct connector_config config;
	struct channel channel;
	struct flips flips;

	bool configured;
	struct view view;
	struct fb *current;   /* the newest framebuffer, NULL when nothing is shown */
	struct region region; /* of current that is visible */
	uint64_t version;     /* of the picture; counts configurations and flips */
	uint64_t epoch;       /* counts the times that nothing was shown */

	struct monitor monitor;
	struct xendispl_req edid_req; /* the GET_EDID that is under way */
	uint32_t edid_bytes;

	struct claim *claims[CONNECTOR_MAX_CLAIMS];
	struct offer offers[XENAV_MAX_OFFERS];
	bool copying;          /* on the worker, also for a claim that has ended */
	unsigned last_watcher; /* for whom a copy was begun */

	struct status_source status;
	uint64_t n_frames[CONNECTOR_WAYS]; /* given, by way */
	uint64_t copied_bytes;
};

struct display {
	struct engine engine;
	const struct display_env *env;
	struct log_source *log;
	struct guest_info guest;
	uint16_t devid;
	bool be_alloc;   /* the toolstack wants us to supply buffers */
	int version;     /* of the protocol */
	bool connecting; /* engine_ops.connect() was called */
	bool announced;  /* the observer knows of the connectors */
	bool dead;       /* being torn down: nothing is answered any more */

	struct channel_set set;
	struct channel *channels[DISPLAY_MAX_CONNECTORS];
	unsigned n_connectors;
	struct connector *connectors;

	struct dbuf dbufs[DISPLAY_MAX_DBUFS];
	struct fb fbs[DISPLAY_MAX_FBS];

	/* The one operation on display buffers that is under way: connector 0 has one ring. */
	struct xendispl_req op_req;
	struct dbuf_shape op_shape;
	bool op_supplies;      /* it wants our memory */
	uint64_t op_offer_key; /* or that of a consumer, which is being tried */

	/* The one buffer that is being dropped, and what is called when it is unmapped. */
	bool dropping;
	struct gbuf *dropped;
	void (*unmapped)(struct display *display);
	void (*all_unmapped)(struct display *display);

	/* Who waits for consumers to let go of buffers. */
	LIST_HEAD(, farewell) farewells;

	unsigned n_endings; /* under way: consumers let go, rings and a buffer are unmapped */
	struct job last;    /* the one that comes home after all others */
};

/* -------- tables.c: the display buffers and framebuffers of a device -------- */

/* NULL when there is none. */
struct dbuf *dbuf_find(struct display *display, uint64_t cookie);
struct fb *fb_find(struct display *display, uint64_t cookie);

/* A free entry, NULL when all are taken. */
struct dbuf *dbuf_free_entry(struct display *display);
struct fb *fb_free_entry(struct display *display);

/* Forget a framebuffer; connectors that show it show nothing. */
void fb_drop(struct display *display, struct fb *fb);

/* Forget a display buffer and its framebuffers, take it back from consumers, unmap it, then call
 * unmapped, which may be NULL, with the display. */
void dbuf_drop(struct display *display, struct dbuf *dbuf,
	       void (*unmapped)(struct display *display));

/* Forget and unmap them all, then call unmapped, which may be at once: when the one that is being
 * dropped is unmapped, too. */
void dbufs_drop_all(struct display *display, void (*unmapped)(struct display *display));

/* -------- farewell.c: taking buffers back from consumers -------- */

/* Ask everybody who has it for the buffer, then call done, which may be at once. */
void farewell_buffer(struct display *display, struct gbuf *gbuf,
		     void (*done)(struct display *display));

/* The same for all buffers, and nobody is waited for any more for a single one. */
void farewell_all(struct display *display, void (*done)(struct display *display));

/* Somebody has let go of something. */
void farewell_check(struct display *display);

/* -------- offers.c: buffers of consumers for guests -------- */

/* The claim of the driver ends. */
void offers_end(struct connector *conn);

/* The smallest that is free and large enough; NULL: none. */
struct offer *offers_fitting(struct display *display, uint32_t size_bytes);

/* The one of that key cannot be used; says so. */
void offers_failed(struct display *display, uint64_t key, const char *why);

/* What the driver of this connector calls it, plus 1; 0: it is not its. */
uint32_t offers_index(const struct connector *conn, uint64_t key);

/* -------- requests.c: what comes in through the rings -------- */

void display_serve(struct channel *ch, const uint8_t image[RING_SLOT_BYTES], void *connector);

/* Answer a request, with rc as its status, and log what is refused: why may be NULL for what is not
 * worth a warning. */
void request_finish(struct connector *conn, const struct xendispl_req *req, int rc,
		    const char *why);

/* -------- dbufs.c: display buffers -------- */

/* Serving says this if the answer comes later. */
#define LATER 1

/* @return 0 or -errno, with the reason in why, which may be NULL as above; or LATER. */
int serve_dbuf_create(struct connector *conn, const struct xendispl_req *req, const char **why);
int serve_dbuf_destroy(struct connector *conn, const struct xendispl_req *req, const char **why);

/* -------- connector.c: what a connector shows -------- */

int connector_init(struct connector *conn, struct display *display, uint8_t index,
		   const struct connector_config *config);

/* Its lines in the status, as long as consumers know of it. */
void connector_report(struct connector *conn);

/* Show nothing any more and send no events, but keep the claims; idempotent. */
void connector_stop(struct connector *conn);

/* The same, and end all claims; idempotent. */
void connector_finish(struct connector *conn);

/* SET_CONFIG. @return 0, or -EINVAL when nothing of the framebuffer is visible. */
int connector_configure(struct connector *conn, struct fb *fb, const struct view *view);

/* SET_CONFIG with nothing in it. */
void connector_reset(struct connector *conn);

/* PG_FLIP. @return 0, -EINVAL without a configuration or when nothing of the framebuffer is
 * visible, -EBUSY when the guest has too many events to read first, -ENODEV after
 * display_end_flips(). */
int connector_flip(struct connector *conn, struct fb *fb);

/* Give the picture to the consumers that wait for one. */
void connector_show(struct connector *conn);

/* The framebuffer is going away. */
void connector_forget(struct connector *conn, const struct fb *fb);

/* -------- claim.c: the frames of one claim -------- */

/* drives: the guest waits for this one; copied: the worker is free for the next copy. */
int claim_create(struct claim **out, struct connector *conn, bool drives,
		 void (*copied)(struct connector *conn, bool drives),
		 const struct connector_listener *listener, uint32_t ways, void *data);

/* Is it the one that is called back with data? */
bool claim_is(const struct claim *claim, const void *data);

/* The connector has let go of it; what it owns goes when no copy needs it any more. */
void claim_end(struct claim *claim);

void claim_ready(struct claim *claim, bool again);
void claim_done(struct claim *claim, uint64_t serial);

/* Start on a frame if the consumer waits for one and there is one. */
void claim_show(struct claim *claim);

/* Tell that nothing is shown, unless that is known. */
void claim_blank(struct claim *claim);

/* The consumer has let go of a buffer. @return 0 or -EINVAL. */
int claim_freed(struct claim *claim, uint32_t index);

/* Does the consumer have that buffer as it is, or with NULL any? */
bool claim_has(const struct claim *claim, const struct gbuf *gbuf);

/* Ask it to let go of that buffer, or with NULL of all. */
void claim_take_back(struct claim *claim, const struct gbuf *gbuf);

/* It did not; part from it, and count it as gone. */
void claim_give_up(struct claim *claim, const struct gbuf *gbuf);

#endif
