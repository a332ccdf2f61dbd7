/* SPDX-License-Identifier: MIT */
/*
 * Taking buffers back from those who have been given them as they are.  A guest is told that its
 * pages are its own again only when nobody else has them mapped; but a consumer that does not let
 * go is not waited for longer than a guest can wait, and is parted from.
 */
#include <config.h>

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "display/display-priv.h"

struct farewell {
	struct display *display;
	struct gbuf *gbuf; /* NULL: of all */
	struct event *timer;
	void (*done)(struct display *display);
	LIST_ENTRY(farewell) link; // display::farewells
};

static bool is_out(const struct display *display, const struct gbuf *gbuf)
{
	for (unsigned i = 0; i < display->n_connectors; i++) {
		const struct connector *conn = &display->connectors[i];

		for (unsigned j = 0; j < CONNECTOR_MAX_CLAIMS; j++)
			if (conn->claims[j] && claim_has(conn->claims[j], gbuf))
				return true;
	}
	return false;
}

/* Everybody who is told may give a claim back, so look anew for each. */
static void for_each_claim(struct display *display, const struct gbuf *gbuf,
			   void (*call)(struct claim *claim, const struct gbuf *gbuf))
{
	for (unsigned i = 0; i < display->n_connectors; i++)
		for (unsigned j = 0; j < CONNECTOR_MAX_CLAIMS; j++)
			if (display->connectors[i].claims[j])
				call(display->connectors[i].claims[j], gbuf);
}

/* It is taken out of the list already, so that nobody else finishes it. */
static void finish(struct farewell *farewell)
{
	struct display *display = farewell->display;
	void (*done)(struct display * display) = farewell->done;

	event_free(farewell->timer);
	free(farewell);
	done(display);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct farewell *farewell = arg;

	LIST_REMOVE(farewell, link);
	for_each_claim(farewell->display, farewell->gbuf, claim_give_up);
	finish(farewell);
}

/* @return whether somebody is waited for. */
static bool wait_for(struct display *display, struct gbuf *gbuf,
		     void (*done)(struct display *display))
{
	const struct timeval tv = {.tv_usec = FAREWELL_MS * 1000};
	struct farewell *farewell;

	for_each_claim(display, gbuf, claim_take_back);
	if (!is_out(display, gbuf))
		return false;
	farewell = calloc(1, sizeof *farewell);
	if (farewell)
		farewell->timer = evtimer_new(display->env->base, on_timer, farewell);
	if (!farewell || !farewell->timer || evtimer_add(farewell->timer, &tv) < 0) {
		/* Who is short of memory cannot be polite. */
		if (farewell && farewell->timer)
			event_free(farewell->timer);
		free(farewell);
		for_each_claim(display, gbuf, claim_give_up);
		return false;
	}
	farewell->display = display;
	farewell->gbuf = gbuf;
	farewell->done = done;
	LIST_INSERT_HEAD(&display->farewells, farewell, link);
	return true;
}

void farewell_buffer(struct display *display, struct gbuf *gbuf,
		     void (*done)(struct display *display))
{
	if (!wait_for(display, gbuf, done))
		done(display);
}

void farewell_all(struct display *display, void (*done)(struct display *display))
{
	struct farewell *farewell;

	/* No guest waits for the single ones any more. */
	while ((farewell = LIST_FIRST(&display->farewells))) {
		LIST_REMOVE(farewell, link);
		finish(farewell);
	}
	if (!wait_for(display, NULL, done))
		done(display);
}

void farewell_check(struct display *display)
{
	struct farewell *farewell = LIST_FIRST(&display->farewells);

	while (farewell) {
		if (is_out(display, farewell->gbuf)) {
			farewell = LIST_NEXT(farewell, link);
			continue;
		}
		LIST_REMOVE(farewell, link);
		finish(farewell);
		farewell = LIST_FIRST(&display->farewells);
	}
}
