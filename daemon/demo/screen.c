/* SPDX-License-Identifier: MIT */
/*
 * A display with one connector, as a compositor (WORD_FLIP), a program that draws into the visible
 * buffer (WORD_DRAW) or one that switches the screen off and on (WORD_BLANK) uses it.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/container.h"
#include "demo/memory.h"
#include "demo/picture.h"
#include "demo/plug.h"
#include "demo/port.h"
#include "demo/programs.h"
#include "demo/stage.h"
#include "wire/formats.h"
#include "xen/displif.h"
#include "xen/tree.h"

#define BUFFERS 2

/* A program that draws does it so often in the time of --every. */
#define DRAWS_PER_CHANGE 10

struct screen {
	struct plug plug;
	struct port port;
	struct event *timer;
	struct memory *memory[BUFFERS];
	unsigned n_buffers;
	unsigned n_ready;        /* buffers that the backend knows */
	bool attaching;          /* the framebuffer of the next one is being attached */
	bool shown;              /* the connector shows something */
	bool failed;             /* a request was refused */
	uint32_t number;         /* of the newest frame */
	uint8_t asked;           /* the operation of the last request */
	bool flipping;           /* an event is awaited */
	uint32_t drawn[BUFFERS]; /* the number that each buffer shows */
};

static struct screen *screen_of(struct plug *plug)
{
	return CONTAINER(plug, struct screen, plug);
}

static const struct options *options_of(const struct screen *screen)
{
	return screen->plug.stage->options;
}

static struct picture picture_of(const struct screen *screen, unsigned buffer)
{
	const struct options *o = options_of(screen);

	return (struct picture){
		.pixels = screen->memory[buffer] ? screen->memory[buffer]->data : NULL,
		.width_px = o->width_px,
		.height_px = o->height_px,
		.fourcc = o->fourcc,
	};
}

static bool flips(const struct screen *screen)
{
	return screen->plug.role.word != WORD_DRAW && screen->plug.role.word != WORD_BLANK;
}

static void sleep_ms(struct screen *screen, uint32_t ms)
{
	const struct timeval tv = timeval_of_ns(ms * NS_PER_MS);

	event_add(screen->timer, &tv);
}

/* -------- drawing -------- */

/* The square is moved from where it was in this buffer. */
static void draw_flip(struct screen *screen, unsigned buffer)
{
	const struct picture picture = picture_of(screen, buffer);

	picture_square(&picture, screen->drawn[buffer], PICTURE_BACKGROUND);
	picture_square(&picture, screen->number, PICTURE_SQUARE);
	picture_number(&picture, screen->number);
	screen->drawn[buffer] = screen->number;
}

static void draw_first(struct screen *screen, unsigned buffer)
{
	const struct picture picture = picture_of(screen, buffer);

	picture_fill(&picture, 0, 0, picture.width_px, picture.height_px, PICTURE_BACKGROUND);
	if (flips(screen))
		draw_flip(screen, buffer);
	else
		picture_number(&picture, screen->number);
}

static void scribble(struct screen *screen)
{
	const struct picture picture = picture_of(screen, 0);

	screen->number++;
	picture_scribble(&picture, screen->number);
	picture_number(&picture, screen->number);
}

/* -------- requests -------- */

static void ask(struct screen *screen, struct xendispl_req *req)
{
	uint8_t image[RING_SLOT_BYTES];

	screen->asked = req->operation;
	memcpy(image, req, sizeof image);
	port_send(&screen->port, image);
}

/* Cookies are unique in a guest, as those of Linux are. */
static uint64_t dbuf_cookie(const struct screen *screen, unsigned buffer)
{
	return (uint64_t)(screen->plug.role.devid + 1) << 32 | (2 * buffer + 1);
}

static uint64_t fb_cookie(const struct screen *screen, unsigned buffer)
{
	return dbuf_cookie(screen, buffer) + 1;
}

static void create_buffer(struct screen *screen, unsigned buffer)
{
	struct xendispl_req req = {.operation = XENDISPL_OP_DBUF_CREATE};
	const struct options *o = options_of(screen);
	struct picture picture = picture_of(screen, buffer);
	const uint32_t bytes = picture_size_bytes(&picture);

	if (memory_create(&screen->memory[buffer], screen->plug.guest.domid, bytes) < 0) {
		log_err("%s: No memory for a display buffer", screen->plug.log.name);
		screen->failed = true;
		return;
	}
	draw_first(screen, buffer);
	req.op.dbuf_create.dbuf_cookie = dbuf_cookie(screen, buffer);
	req.op.dbuf_create.width = o->width_px;
	req.op.dbuf_create.height = o->height_px;
	req.op.dbuf_create.bpp = pixel_format_find(o->fourcc)->cpp * 8u;
	req.op.dbuf_create.buffer_sz = bytes;
	req.op.dbuf_create.gref_directory = screen->memory[buffer]->reference;
	ask(screen, &req);
}

static void attach(struct screen *screen, unsigned buffer)
{
	struct xendispl_req req = {.operation = XENDISPL_OP_FB_ATTACH};
	const struct options *o = options_of(screen);

	req.op.fb_attach.dbuf_cookie = dbuf_cookie(screen, buffer);
	req.op.fb_attach.fb_cookie = fb_cookie(screen, buffer);
	req.op.fb_attach.width = o->width_px;
	req.op.fb_attach.height = o->height_px;
	req.op.fb_attach.pixel_format = o->fourcc;
	ask(screen, &req);
}

static void configure(struct screen *screen, bool show)
{
	struct xendispl_req req = {.operation = XENDISPL_OP_SET_CONFIG};
	const struct options *o = options_of(screen);

	screen->shown = show;
	if (show) {
		req.op.set_config.fb_cookie = fb_cookie(screen, 0);
		req.op.set_config.width = o->width_px;
		req.op.set_config.height = o->height_px;
		req.op.set_config.bpp = pixel_format_find(o->fourcc)->cpp * 8u;
	}
	ask(screen, &req);
}

static void flip(struct screen *screen)
{
	struct xendispl_req req = {.operation = XENDISPL_OP_PG_FLIP};
	unsigned buffer;

	screen->number++;
	buffer = screen->number % BUFFERS;
	draw_flip(screen, buffer);
	screen->flipping = true;
	req.op.pg_flip.fb_cookie = fb_cookie(screen, buffer);
	ask(screen, &req);
}

/* Nothing is drawn into any buffer while the stage stands still. */
static void flip_on(struct screen *screen)
{
	if (screen->flipping)
		return;
	if (screen->plug.stage->is_still)
		stage_say(&screen->plug, "event=still number=%u", screen->number);
	else
		flip(screen);
}

/* -------- what follows what -------- */

static void make_buffers(struct screen *screen)
{
	if (screen->attaching) {
		attach(screen, screen->n_ready);
		screen->attaching = false;
	} else {
		create_buffer(screen, screen->n_ready);
		screen->attaching = true;
	}
}

static void go_on(struct screen *screen)
{
	if (screen->failed || port_is_busy(&screen->port))
		return;
	if (screen->n_ready < screen->n_buffers)
		make_buffers(screen);
	else if (!screen->shown)
		configure(screen, true);
	else if (flips(screen))
		flip_on(screen);
	else
		sleep_ms(screen, screen->plug.role.word == WORD_BLANK
					 ? options_of(screen)->every_ms
					 : options_of(screen)->every_ms / DRAWS_PER_CHANGE);
}

static void on_timer(evutil_socket_t, short, void *arg)
{
	struct screen *screen = arg;

	if (screen->failed || port_is_busy(&screen->port))
		return;
	if (screen->plug.role.word == WORD_DRAW) {
		scribble(screen);
		go_on(screen);
	} else if (screen->shown) {
		stage_say(&screen->plug, "event=hidden");
		configure(screen, false);
	} else {
		stage_say(&screen->plug, "event=shown");
		scribble(screen);
		configure(screen, true);
	}
}

static void on_answered(struct port *port, const uint8_t image[RING_SLOT_BYTES])
{
	struct screen *screen = CONTAINER(port, struct screen, port);
	struct xendispl_resp rsp;

	memcpy(&rsp, image, sizeof rsp);
	if (rsp.status < 0) {
		stage_say(&screen->plug, "event=refused operation=%u error=%s", rsp.operation,
			  strerror(-rsp.status));
		screen->failed = true;
		return;
	}
	screen->n_ready += screen->asked == XENDISPL_OP_FB_ATTACH;
	/* Hidden, it stays so for a while. */
	if (screen->asked == XENDISPL_OP_SET_CONFIG && !screen->shown)
		sleep_ms(screen, options_of(screen)->every_ms);
	else
		go_on(screen);
}

static void on_event(struct port *port, const uint8_t image[RING_SLOT_BYTES])
{
	struct screen *screen = CONTAINER(port, struct screen, port);
	struct xendispl_evt evt;

	memcpy(&evt, image, sizeof evt);
	if (evt.type != XENDISPL_EVT_PG_FLIP)
		return;
	screen->flipping = false;
	go_on(screen);
}

/* -------- the device -------- */

static int publish(struct plug *plug, struct tree *tree)
{
	struct screen *screen = screen_of(plug);
	char text[32];
	int rc;

	snprintf(text, sizeof text, "%ux%u", options_of(screen)->width_px,
		 options_of(screen)->height_px);
	rc = tree_add(tree, "0/" XENDISPL_FIELD_RESOLUTION, text);
	if (rc == 0)
		rc = tree_add(tree, "0/" XENDISPL_FIELD_UNIQUE_ID, plug->role.unique_id);
	if (rc == 0)
		rc = port_publish(&screen->port, tree, "0", "req-");
	return rc;
}

static void up(struct plug *plug)
{
	go_on(screen_of(plug));
}

static void down(struct plug *plug)
{
	struct screen *screen = screen_of(plug);

	event_del(screen->timer);
	for (unsigned i = 0; i < BUFFERS; i++) {
		memory_destroy(screen->memory[i]);
		screen->memory[i] = NULL;
		screen->drawn[i] = 0;
	}
	screen->n_ready = 0;
	screen->number = 0;
	screen->attaching = screen->shown = screen->failed = screen->flipping = false;
}

/* It says so when its flip is done. */
static void still(struct plug *plug)
{
	struct screen *screen = screen_of(plug);

	if (flips(screen) && !screen->plug.stage->is_still)
		go_on(screen);
}

static void finish(struct plug *plug)
{
	struct screen *screen = screen_of(plug);

	port_close(&screen->port);
	if (screen->timer)
		event_free(screen->timer);
	for (unsigned i = 0; i < BUFFERS; i++)
		memory_destroy(screen->memory[i]);
	free(screen);
}

static const struct plug_ops ops = {
	.kind = PLUG_DISPLAY,
	.publish = publish,
	.up = up,
	.down = down,
	.still = still,
	.finish = finish,
};

int screen_create(struct stage *stage, const struct role *role)
{
	struct screen *screen = calloc(1, sizeof *screen);

	if (!screen)
		return -ENOMEM;
	screen->port.answered = on_answered;
	screen->port.event = on_event;
	screen->timer = evtimer_new(stage->base, on_timer, screen);
	if (!screen->timer || port_open(&screen->port, stage->base) < 0) {
		finish(&screen->plug);
		return -ENOMEM;
	}
	plug_init(&screen->plug, &ops, stage, role);
	screen->n_buffers = flips(screen) ? BUFFERS : 1;
	return 0;
}
