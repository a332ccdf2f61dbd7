/* SPDX-License-Identifier: MIT */
/* See guests.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "view/guests.h"

static bool is_selected(const struct view *v, uint32_t domid, const char *domain_name)
{
	return selection_has_domain(&v->o->common.selection, domid, domain_name);
}

static void complain(const char *domain_name, const char *what, const char *why)
{
	char domain[96];

	title_clean(domain, sizeof domain, domain_name);
	fprintf(stderr, "xenav-view: %s of %s%s%s\n", what, domain, why ? ": " : "",
		why ? why : "");
}

/* -------- windows -------- */

/* xenavd takes all screens away when it ends, shortly before the connection is lost: so much later
 * it is the guest that is gone. */
#define GONE_NS (NS_PER_S / 2)

static void end_without_windows(struct view *v, int exit_code)
{
	if (LIST_EMPTY(&v->windows))
		view_end(v, exit_code);
}

static void close_window(struct window *w)
{
	LIST_REMOVE(w, next);
	if (w->connector)
		xenav_connector_set_data(w->connector, NULL);
	window_close(w);
}

static bool has_windows_of(const struct view *v, uint32_t domid)
{
	const struct window *w;

	LIST_FOREACH (w, &v->windows, next)
		if (w->connector && xenav_connector_get_info(w->connector)->domid == domid)
			return true;
	return false;
}

void guests_close(struct view *v, struct window *w)
{
	struct xenav_connector *c = w->connector;

	close_window(w);
	if (c) {
		const uint32_t domid = xenav_connector_get_info(c)->domid;

		xenav_connector_release(c);
		if (!has_windows_of(v, domid))
			sounds_release(&v->sounds, domid);
	}
	end_without_windows(v, EXIT_SUCCESS);
}

void guests_clear(struct view *v)
{
	while (!LIST_EMPTY(&v->windows))
		close_window(LIST_FIRST(&v->windows));
}

/* @return the window of the connector, which a connector that is gone has left, or a new one. */
static struct window *get_window(struct view *v, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);
	const int monitors = SDL_GetNumVideoDisplays();
	int monitor = v->o->monitor;
	struct window *w;
	int rc;

	LIST_FOREACH (w, &v->windows, next)
		if (!w->connector && window_is_of(w, info))
			return w;
	if (monitor >= 0)
		monitor += (int)v->n_opened;
	rc = window_open(&w, c, monitor < monitors ? monitor : -1);
	if (rc < 0) {
		complain(info->domain_name, "Cannot open a window",
			 rc == -EIO ? SDL_GetError() : strerror(-rc));
		return NULL;
	}
	v->n_opened++;
	LIST_INSERT_HEAD(&v->windows, w, next);
	if (v->o->grab)
		window_grab(w, true, false);
	return w;
}

/* -------- connectors -------- */

/* This program reads a frame once, when it comes, so it takes the guest's own memory if it may. */
static void on_connector_added(void *data, struct xenav_connector *c)
{
	struct view *v = data;
	const struct xenav_connector_info *info = xenav_connector_get_info(c);

	if (!is_selected(v, info->domid, info->domain_name) ||
	    !selection_has_object(&v->o->common.selection, info->devid, info->unique_id))
		return;
	v->n_wanted++;
	xenav_connector_set_ways(c, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	if (v->o->common.watch)
		xenav_connector_watch(c);
	else
		xenav_connector_claim(c);
}

static void on_connector_claimed(void *data, struct xenav_connector *c)
{
	struct view *v = data;
	struct window *w = get_window(v, c);

	if (!w) {
		xenav_connector_set_data(c, NULL);
		xenav_connector_release(c);
		end_without_windows(v, EXIT_LOST);
		return;
	}
	w->is_driven = !v->o->common.watch && !xenav_connector_get_data(c);
	xenav_connector_set_data(c, w);
	window_find(w, c);
}

/* A connector that another program drives is watched; its data is the program until it has a
 * window. */
static void on_connector_claim_failed(void *data, struct xenav_connector *c, int error)
{
	struct view *v = data;
	const char *domain = xenav_connector_get_info(c)->domain_name;

	if (error == -EBUSY && !v->o->common.watch && !xenav_connector_get_data(c)) {
		if (!v->o->common.quiet)
			complain(domain, "Another program drives the screen",
				 "this one watches it");
		xenav_connector_set_data(c, v);
		if (xenav_connector_watch(c) == 0)
			return;
	}
	xenav_connector_set_data(c, NULL);
	complain(domain, "Cannot show the screen", strerror(-error));
}

static void on_connector_removed(void *data, struct xenav_connector *c)
{
	struct view *v = data;
	struct window *w = xenav_connector_get_data(c);

	if (!w || (void *)w == v)
		return;
	if (v->o->common.reconnect) {
		window_lose(w);
		return;
	}
	if (!v->o->common.quiet)
		complain(w->domain_name, "The screen", "the guest is gone");
	close_window(w);
	if (LIST_EMPTY(&v->windows))
		v->end_ns = monotonic_ns() + GONE_NS;
}

static void on_frame(void *, struct xenav_connector *c, const struct xenav_frame *frame)
{
	struct window *w = xenav_connector_get_data(c);

	if (w)
		window_frame(w, frame);
	else
		xenav_frame_done(c);
}

static void on_blank(void *, struct xenav_connector *c)
{
	struct window *w = xenav_connector_get_data(c);

	if (w)
		window_blank(w);
}

/* -------- sound -------- */

static void on_stream_added(void *data, struct xenav_stream *s)
{
	struct view *v = data;
	const struct xenav_stream_info *info = xenav_stream_get_info(s);
	int rc;

	if (!v->has_audio || info->direction != XENAV_PLAYBACK ||
	    !is_selected(v, info->domid, info->domain_name))
		return;
	rc = sounds_add(&v->sounds, s);
	if (rc < 0)
		complain(info->domain_name, "Cannot play the sound", strerror(-rc));
}

static void on_stream_removed(void *, struct xenav_stream *s)
{
	sounds_remove(s);
}

static void on_stream_claim_failed(void *data, struct xenav_stream *s, int error)
{
	sounds_claim_failed(&((struct view *)data)->sounds, s, error);
}

static void on_stream_opened(void *, struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	sounds_opened(s, pcm);
}

static void on_stream_closed(void *, struct xenav_stream *s)
{
	sounds_closed(s);
}

static void on_stream_volume(void *, struct xenav_stream *s)
{
	sounds_volume(s);
}

/* -------- input -------- */

static void on_input_added(void *data, struct xenav_input *in)
{
	struct view *v = data;
	const struct xenav_input_info *info = xenav_input_get_info(in);
	int rc;

	if (v->o->no_input || !is_selected(v, info->domid, info->domain_name))
		return;
	rc = inputs_add(&v->inputs, in);
	if (rc < 0)
		complain(info->domain_name, "Cannot use the keyboard", strerror(-rc));
}

static void on_input_removed(void *data, struct xenav_input *in)
{
	inputs_remove(&((struct view *)data)->inputs, in);
}

static void on_input_ready(void *data, struct xenav_input *in)
{
	inputs_set_ready(&((struct view *)data)->inputs, in, true);
}

static void on_input_failed(void *data, struct xenav_input *in, int error)
{
	struct view *v = data;

	inputs_remove(&v->inputs, in);
	complain(xenav_input_get_info(in)->domain_name, "Cannot use the keyboard",
		 strerror(-error));
}

/* -------- the connection -------- */

static void on_announced(void *data)
{
	const struct view *v = data;
	const char *domain = v->o->common.selection.domain;

	if (v->n_wanted == 0 && !v->o->common.quiet)
		fprintf(stderr, "xenav-view: Waiting for a screen of %s\n",
			domain ? domain : "a guest");
}

const struct xenav_listener guests_listener = {
	.size = sizeof guests_listener,
	.stream_added = on_stream_added,
	.stream_removed = on_stream_removed,
	.stream_claim_failed = on_stream_claim_failed,
	.stream_opened = on_stream_opened,
	.stream_closed = on_stream_closed,
	.stream_volume = on_stream_volume,
	.connector_added = on_connector_added,
	.connector_removed = on_connector_removed,
	.connector_claimed = on_connector_claimed,
	.connector_claim_failed = on_connector_claim_failed,
	.frame = on_frame,
	.blank = on_blank,
	.input_added = on_input_added,
	.input_removed = on_input_removed,
	.input_ready = on_input_ready,
	.input_failed = on_input_failed,
	.announced = on_announced,
};

uint64_t guests_work(void *data, uint64_t now_ns)
{
	struct view *v = data;
	uint64_t next_ns = sounds_work(&v->sounds, now_ns);

	if (!v->end_ns || !LIST_EMPTY(&v->windows))
		return next_ns;
	if (now_ns >= v->end_ns)
		view_end(v, EXIT_SUCCESS);
	return v->end_ns < next_ns ? v->end_ns : next_ns;
}

void guests_lost(void *data, int)
{
	struct view *v = data;
	struct window *w;

	sounds_clear(&v->sounds);
	inputs_clear(&v->inputs);
	LIST_FOREACH (w, &v->windows, next)
		window_lose(w);
}
