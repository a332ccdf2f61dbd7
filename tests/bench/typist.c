/* SPDX-License-Identifier: MIT */
/* See typist.h. */
#include <config.h>

#include <string.h>

#include "typist.h"

static void on_input_added(void *data, struct xenav_input *added)
{
	((struct typist *)data)->in = added;
	xenav_input_feed(added);
}

static void on_input_ready(void *data, struct xenav_input *)
{
	((struct typist *)data)->ready = true;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.input_added = on_input_added,
	.input_ready = on_input_ready,
};

static bool is_ready(void *data)
{
	struct typist *t = data;

	return xenav_dispatch(t->x) < 0 || t->ready;
}

const char *typist_begin(struct typist *t, struct rig_guest *rg)
{
	static const struct toolstack_node plain[] = {{0}};
	const uint16_t domid = rg->guest.domid;

	if (toolstack_add_device(&rg->ts, "vkbd", domid, 0, plain) < 0 ||
	    toolstack_wait_connection(&rg->ts, "vkbd", domid, 0) < 0 ||
	    keyboard_load(&t->kb, &rg->guest, 0) < 0 || !front_wait(&t->kb.front, 4, WAIT_MS) ||
	    toolstack_wait_backend(&rg->ts, "vkbd", domid, 0, 4, WAIT_MS) < 0)
		return "the keyboard is not connected";
	if (xenav_open(&t->x, lab.socket, "bench", &listener, t) < 0)
		return "no consumer can connect";
	guest_run_until(&rg->guest, is_ready, t, WAIT_MS);
	return t->ready ? NULL : "the consumer cannot feed the keyboard";
}

void typist_end(struct typist *t)
{
	if (t->x)
		xenav_close(t->x);
	keyboard_forget(&t->kb);
	memset(t, 0, sizeof *t);
}
