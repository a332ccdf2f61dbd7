/* SPDX-License-Identifier: MIT */
/* See cast.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "demo/cast.h"
#include "demo/plug.h"
#include "demo/programs.h"
#include "demo/stage.h"
#include "report/log.h"

struct cast {
	struct stage *stage;
	struct event *timer; /* of devices that come and go */
	bool there;          /* these are there */
};

/* What is made for a word. */
struct part {
	int (*create[3])(struct stage *stage, const struct role *role);
};

static const struct part parts[WORDS] = {
	[WORD_PLAY] = {{player_create}},
	[WORD_CAPTURE] = {{recorder_create}},
	[WORD_VOLUME] = {{player_create}},
	[WORD_UNDERRUN] = {{player_create}},
	[WORD_FLIP] = {{screen_create}},
	[WORD_DRAW] = {{screen_create}},
	[WORD_BLANK] = {{screen_create}},
	[WORD_INPUT] = {{keyboard_create}},
	[WORD_REMOVE] = {{player_create, screen_create, keyboard_create}},
	[WORD_BUSY] = {{player_create, recorder_create, screen_create}},
};

#define N_CREATE (sizeof parts[0].create / sizeof parts[0].create[0])

/* -------- the guests -------- */

static unsigned count_screens(const struct script *script)
{
	unsigned n = 0;

	for (unsigned i = 0; i < script->n_words; i++)
		for (unsigned j = 0; j < N_CREATE; j++)
			n += parts[script->words[i]].create[j] == screen_create;
	return n;
}

static void name_part(struct role *role, const struct script *script, unsigned index)
{
	unsigned same = 1;

	for (unsigned i = 0; i < index; i++)
		same += script->words[i] == script->words[index];
	role->word = script->words[index];
	if (same == 1)
		snprintf(role->unique_id, sizeof role->unique_id, "%s", word_names[role->word]);
	else
		snprintf(role->unique_id, sizeof role->unique_id, "%s-%u", word_names[role->word],
			 same);
}

/* Numbers of devices need not begin at 0 for each kind. */
static int make_guest(struct stage *stage, const struct script *script, uint16_t domid)
{
	const struct options *o = stage->options;
	const unsigned screens = count_screens(script);
	struct role role = {
		.domid = domid,
		.width_px = o->width_px * (screens > 0 ? screens : 1),
		.height_px = o->height_px,
	};
	int rc = 0;

	snprintf(role.guest, sizeof role.guest, domid == 1 ? "%s" : "%s-%u", o->name, domid);
	for (unsigned i = 0; i < script->n_words && rc == 0; i++) {
		const struct part *part = &parts[script->words[i]];

		name_part(&role, script, i);
		for (unsigned j = 0; j < N_CREATE && part->create[j] && rc == 0; j++) {
			rc = part->create[j](stage, &role);
			role.devid++;
		}
	}
	return rc;
}

static int make_guests(struct stage *stage)
{
	const struct options *o = stage->options;
	uint16_t domid = 1;
	int rc = 0;

	for (unsigned copy = 0; copy < o->n_guests && rc == 0; copy++)
		for (unsigned i = 0; i < o->n_scripts && rc == 0; i++)
			rc = make_guest(stage, &o->scripts[i], domid++);
	return rc;
}

/* -------- their devices -------- */

static void set_timer(struct cast *cast)
{
	const struct timeval tv = timeval_of_ns(cast->stage->options->every_ms * NS_PER_MS);

	event_add(cast->timer, &tv);
}

static void on_timer(evutil_socket_t, short, void *arg)
{
	struct cast *cast = arg;
	struct plug *plug;

	cast->there = !cast->there;
	LIST_FOREACH (plug, &cast->stage->plugs, link) {
		if (plug->role.word != WORD_REMOVE)
			continue;
		if (cast->there)
			plug_in(plug);
		else
			plug_out(plug);
	}
	set_timer(cast);
}

static int plug_all_in(struct cast *cast)
{
	struct plug *plug;
	bool come_and_go = false;
	int rc = 0;

	LIST_FOREACH (plug, &cast->stage->plugs, link) {
		come_and_go |= plug->role.word == WORD_REMOVE;
		if (rc == 0)
			rc = plug_in(plug);
	}
	cast->there = true;
	if (come_and_go)
		set_timer(cast);
	return rc;
}

bool cast_leave(struct cast *cast)
{
	struct plug *plug;
	bool empty = true;

	event_del(cast->timer);
	LIST_FOREACH (plug, &cast->stage->plugs, link) {
		empty &= plug->engine == NULL;
		plug_out(plug);
	}
	return empty;
}

int cast_create(struct cast **out, struct stage *stage)
{
	struct cast *cast = calloc(1, sizeof *cast);
	int rc;

	if (!cast)
		return -ENOMEM;
	cast->stage = stage;
	cast->timer = evtimer_new(stage->base, on_timer, cast);
	rc = cast->timer ? make_guests(stage) : -ENOMEM;
	if (rc < 0) {
		log_err("Could not make the guests: %s", strerror(-rc));
		cast_destroy(cast);
		return rc;
	}
	*out = cast;
	return plug_all_in(cast);
}

void cast_destroy(struct cast *cast)
{
	if (!cast)
		return;
	if (cast->timer)
		event_free(cast->timer);
	free(cast);
}
