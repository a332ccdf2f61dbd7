/* SPDX-License-Identifier: MIT */
/* See screen.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "vnc/log.h"
#include "vnc/look.h"
#include "vnc/screen.h"

struct screen {
	struct client_env *env;
	struct client_owner owner;
	struct picture picture;
	struct look look;
	rfbScreenInfoPtr rfb;
	struct event *timer;
	struct client *clients[CLIENTS_MAX];
	unsigned int n;
	char name[96];
};

/* -------- the picture -------- */

static void on_changed(void *data, const struct xenav_rect *rect)
{
	struct screen *screen = data;

	rfbMarkRectAsModified(screen->rfb, (int)rect->x_px, (int)rect->y_px,
			      (int)(rect->x_px + rect->width_px),
			      (int)(rect->y_px + rect->height_px));
}

/* libvncserver knows only one format of its own. */
static void set_format(rfbScreenInfoPtr rfb)
{
	rfb->serverFormat.depth = 24;
	rfb->serverFormat.redShift = 16;
	rfb->serverFormat.greenShift = 8;
	rfb->serverFormat.blueShift = 0;
}

static void on_resized(void *data)
{
	struct screen *screen = data;
	const struct picture *picture = &screen->picture;
	rfbClientIteratorPtr i;
	rfbClientPtr cl;

	rfbNewFramebuffer(screen->rfb, (char *)picture->pixels, (int)picture->width_px,
			  (int)picture->height_px, 8, 3, 4);
	set_format(screen->rfb);
	i = rfbGetClientIterator(screen->rfb);
	while ((cl = rfbClientIteratorNext(i)))
		rfbSetTranslateFunction(cl);
	rfbReleaseClientIterator(i);
	for (unsigned int k = screen->n; k > 0; k--)
		client_resized(screen->clients[k - 1]);
}

/* -------- looking -------- */

/* Does anybody wait for a picture? */
static bool is_wanted(const struct screen *screen, uint64_t now_ns, uint64_t *next_ns)
{
	bool anybody = false;

	for (unsigned int i = 0; i < screen->n; i++)
		anybody |= client_wants(screen->clients[i], now_ns, next_ns);
	return anybody;
}

/* Send what has changed to who waits. */
static void serve(struct screen *screen, uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;

	for (unsigned int i = screen->n; i > 0; i--)
		if (client_wants(screen->clients[i - 1], now_ns, &next_ns))
			client_update(screen->clients[i - 1], now_ns);
}

static void set_timer(struct screen *screen, uint64_t ns)
{
	const struct timeval tv = {
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_usec = (suseconds_t)(ns % NS_PER_S / 1000 + 1),
	};

	evtimer_add(screen->timer, &tv);
}

static void go_on(struct screen *screen)
{
	const uint64_t now_ns = monotonic_ns();
	uint64_t next_ns = UINT64_MAX, look_ns;

	if (is_wanted(screen, now_ns, &next_ns)) {
		look_ns = look_run(&screen->look, &screen->picture, now_ns);
		link_work_soon(screen->env->link);
		next_ns = look_ns < next_ns ? look_ns : next_ns;
		if (look_is_fresh(&screen->picture, now_ns))
			serve(screen, now_ns);
	}
	evtimer_del(screen->timer);
	if (next_ns != UINT64_MAX)
		set_timer(screen, next_ns > now_ns ? next_ns - now_ns : 0);
}

static void on_timer(evutil_socket_t, short, void *data)
{
	go_on(data);
}

void screen_wake(struct screen *screen)
{
	go_on(screen);
}

void screen_play(struct screen *screen)
{
	for (unsigned int i = screen->n; i > 0; i--)
		client_play(screen->clients[i - 1]);
}

/* -------- clients -------- */

static void on_wants(void *data)
{
	go_on(data);
}

static void on_gone(void *data, struct client *client)
{
	struct screen *screen = data;

	for (unsigned int i = 0; i < screen->n; i++)
		if (screen->clients[i] == client)
			screen->clients[i] = screen->clients[--screen->n];
}

void screen_take(struct screen *screen, const struct net_client *from)
{
	struct client *client = client_start(&screen->owner, from);

	/* There are no more of them than places. */
	if (client)
		screen->clients[screen->n++] = client;
}

void screen_drop_gone(struct screen *screen)
{
	for (unsigned int i = screen->n; i > 0; i--)
		if (client_is_gone(screen->clients[i - 1]))
			client_close(screen->clients[i - 1]);
}

/* -------- connectors -------- */

bool screen_add(struct screen *screen, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);

	if (!picture_add(&screen->picture, c)) {
		log_error("Connector %s of %ux%u is not shown: there is no room for it",
			  info->unique_id, info->width_px, info->height_px);
		return false;
	}
	go_on(screen);
	return true;
}

void screen_remove(struct screen *screen, const struct xenav_connector *c)
{
	picture_remove(&screen->picture, c);
	go_on(screen);
}

static void say_odd(struct area *area, const struct xenav_frame *frame, int error)
{
	if (area->is_odd)
		return;
	area->is_odd = true;
	log_error("Frames of connector %s cannot be shown (%ux%u, format 0x%08x): %s",
		  xenav_connector_get_info(area->c)->unique_id, frame->width_px, frame->height_px,
		  frame->fourcc, strerror(-error));
}

void screen_frame(struct screen *screen, struct xenav_connector *c, const struct xenav_frame *frame)
{
	struct area *area = picture_find(&screen->picture, c);
	int rc;

	if (!area)
		return;
	rc = picture_take(&screen->picture, area, frame);
	if (rc < 0)
		say_odd(area, frame, rc);
	look_note(&screen->look, area, rc > 0, monotonic_ns());
	go_on(screen);
}

void screen_blank(struct screen *screen, const struct xenav_connector *c)
{
	struct area *area = picture_find(&screen->picture, c);

	if (!area)
		return;
	picture_blank(&screen->picture, area);
	look_note_blank(area, monotonic_ns());
	go_on(screen);
}

void screen_forget(struct screen *screen)
{
	picture_clear(&screen->picture);
	evtimer_del(screen->timer);
}

/* -------- its life -------- */

void screen_set_name(struct screen *screen, const char *name)
{
	size_t n = 0;

	/* It comes from a guest's configuration. */
	for (; *name && n + 1 < sizeof screen->name; name++)
		screen->name[n++] = *name >= ' ' && *name < 0x7f ? *name : '?';
	screen->name[n] = 0;
}

static int open_rfb(struct screen *screen, struct passwords *passwords)
{
	rfbScreenInfoPtr rfb;

	rfb = rfbGetScreen(NULL, NULL, (int)screen->picture.width_px,
			   (int)screen->picture.height_px, 8, 3, 4);
	if (!rfb)
		return -ENOMEM;
	screen->rfb = rfb;
	rfb->frameBuffer = (char *)screen->picture.pixels;
	rfb->desktopName = screen->name;
	rfb->alwaysShared = TRUE;
	rfb->cursor = NULL; /* the guest draws one */
	rfb->deferUpdateTime = 0;
	rfb->deferPtrUpdateTime = 0;
	rfb->maxClientWait = 5000;
	if (passwords) {
		rfb->authPasswdData = passwords->list;
		rfb->authPasswdFirstViewOnly = 1;
	}
	set_format(rfb);
	client_install_hooks(rfb);
	return 0;
}

int screen_new(struct screen **out, struct client_env *env, struct passwords *passwords,
	       const char *name)
{
	struct screen *screen = calloc(1, sizeof *screen);
	int rc = -ENOMEM;

	if (!screen)
		return -ENOMEM;
	screen->env = env;
	screen_set_name(screen, name);
	look_init(&screen->look, (unsigned int)env->o->max_fps);
	screen->picture.changed = on_changed;
	screen->picture.resized = on_resized;
	screen->picture.data = screen;
	screen->timer = evtimer_new(env->base, on_timer, screen);
	if (screen->timer)
		rc = picture_init(&screen->picture);
	if (rc == 0)
		rc = open_rfb(screen, passwords);
	if (rc < 0) {
		screen_free(screen);
		return rc;
	}
	screen->owner = (struct client_owner){
		.env = env,
		.rfb = screen->rfb,
		.picture = &screen->picture,
		.wants = on_wants,
		.gone = on_gone,
		.data = screen,
	};
	*out = screen;
	return 0;
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	while (screen->n > 0)
		client_close(screen->clients[screen->n - 1]);
	if (screen->rfb)
		rfbScreenCleanup(screen->rfb);
	if (screen->timer)
		event_free(screen->timer);
	picture_finish(&screen->picture);
	free(screen);
}
