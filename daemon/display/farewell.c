/* SPDX-License-Identifier: MIT */
/* See farewell.h. */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>

#include "base/patience.h"
#include "display/farewell.h"
#include "display/viewers.h"

struct farewell {
	struct farewells *farewells;
	struct gbuf *gbuf; /* NULL: of all */
	struct patience patience;
	void (*done)(void *data);
	void *data;
	LIST_ENTRY(farewell) link; // farewells::all
};

void farewells_init(struct farewells *farewells, struct event_base *base)
{
	farewells->base = base;
	STAILQ_INIT(&farewells->viewers);
	LIST_INIT(&farewells->all);
}

void farewells_add(struct farewells *farewells, struct viewers *viewers)
{
	STAILQ_INSERT_TAIL(&farewells->viewers, viewers, link);
}

static bool is_out(const struct farewells *farewells, const struct gbuf *gbuf)
{
	const struct viewers *viewers;

	STAILQ_FOREACH (viewers, &farewells->viewers, link)
		for (unsigned i = 0; i < PLACES; i++)
			if (viewers->all[i] && viewer_has(viewers->all[i], gbuf))
				return true;
	return false;
}

/* Each call may end viewers, so read each place anew. */
static void for_each_viewer(const struct farewells *farewells, const struct gbuf *gbuf,
			    void (*call)(struct viewer *viewer, const struct gbuf *gbuf))
{
	struct viewers *viewers;

	STAILQ_FOREACH (viewers, &farewells->viewers, link)
		for (unsigned i = 0; i < PLACES; i++)
			if (viewers->all[i])
				call(viewers->all[i], gbuf);
}

/* The farewell is out of the list already, so that nothing finishes it a second time. */
static void finish(struct farewell *farewell)
{
	void (*done)(void *data) = farewell->done;
	void *data = farewell->data;

	patience_finish(&farewell->patience);
	free(farewell);
	done(data);
}

static void on_late(void *data)
{
	struct farewell *farewell = data;

	LIST_REMOVE(farewell, link);
	for_each_viewer(farewell->farewells, farewell->gbuf, viewer_give_up);
	finish(farewell);
}

static struct farewell *create(struct farewells *farewells)
{
	struct farewell *farewell = calloc(1, sizeof *farewell);

	if (!farewell)
		return NULL;
	if (patience_init(&farewell->patience, farewells->base, on_late, farewell) == 0 &&
	    patience_start(&farewell->patience, FAREWELL_MS) == 0)
		return farewell;
	patience_finish(&farewell->patience);
	free(farewell);
	return NULL;
}

void farewell_start(struct farewells *farewells, struct gbuf *gbuf, void (*done)(void *data),
		    void *data)
{
	struct farewell *farewell;

	for_each_viewer(farewells, gbuf, viewer_take_back);
	if (!is_out(farewells, gbuf)) {
		done(data);
		return;
	}
	farewell = create(farewells);
	if (!farewell) {
		/* Out of memory: revoke without waiting. */
		for_each_viewer(farewells, gbuf, viewer_give_up);
		done(data);
		return;
	}
	farewell->farewells = farewells;
	farewell->gbuf = gbuf;
	farewell->done = done;
	farewell->data = data;
	LIST_INSERT_HEAD(&farewells->all, farewell, link);
}

void farewell_all(struct farewells *farewells, void (*done)(void *data), void *data)
{
	struct farewell *farewell;

	/* No guest waits for single buffers any more. */
	while ((farewell = LIST_FIRST(&farewells->all))) {
		LIST_REMOVE(farewell, link);
		finish(farewell);
	}
	farewell_start(farewells, NULL, done, data);
}

void farewell_check(struct farewells *farewells)
{
	struct farewell *farewell = LIST_FIRST(&farewells->all);

	while (farewell) {
		if (is_out(farewells, farewell->gbuf)) {
			farewell = LIST_NEXT(farewell, link);
			continue;
		}
		LIST_REMOVE(farewell, link);
		finish(farewell);
		farewell = LIST_FIRST(&farewells->all);
	}
}
