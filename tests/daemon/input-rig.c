/* SPDX-License-Identifier: MIT */
/* See input-rig.h. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "input-rig.h"

const struct toolstack_node two_connectors[] = {
	{"be-alloc", "0", true},        {"0/resolution", "800x600", true},
	{"0/unique-id", "left", true},  {"1/resolution", "640x480", true},
	{"1/unique-id", "right", true}, {0},
};

const struct toolstack_node plain[] = {{0}};

/* -------- a guest -------- */

struct rig_guest rg;
struct keyboard kb;

/* libxl makes keyboards before displays, and does not wait for them. */
void start_guest(uint16_t domid, const struct toolstack_node *nodes)
{
	rig_display = two_connectors;
	assert_fine(rig_create(&rg, domid));
	assert_int_equal(toolstack_add_device(&rg.ts, "vkbd", domid, 0, nodes), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vkbd", domid, 0), 0);
	assert_fine(rig_attach(&rg));
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
	assert_int_equal(keyboard_load(&kb, &rg.guest, 0), 0);
	assert_true(front_wait(&kb.front, 4, WAIT_MS));
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", domid, 0, 4, WAIT_MS), 0);
}

void stop_guest(void)
{
	keyboard_forget(&kb);
	rig_stop(&rg);
	rig_display = rig_display_nodes;
}

/* -------- consumers -------- */

static void on_input_added(void *data, struct xenav_input *in)
{
	struct consumer *c = data;

	c->in = in;
	xenav_input_feed(in);
}

static void on_input_ready(void *data, struct xenav_input *)
{
	((struct consumer *)data)->ready = true;
}

static void on_input_failed(void *data, struct xenav_input *, int error)
{
	((struct consumer *)data)->failed = error;
}

static void on_input_removed(void *data, struct xenav_input *)
{
	struct consumer *c = data;

	c->in = NULL;
	c->ready = false;
	c->n_removed++;
}

static void on_connector_added(void *data, struct xenav_connector *conn)
{
	((struct consumer *)data)->connectors[xenav_connector_get_info(conn)->connector % 2] = conn;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_connector_added,
	.input_added = on_input_added,
	.input_removed = on_input_removed,
	.input_ready = on_input_ready,
	.input_failed = on_input_failed,
};

static struct consumer *consumers[2];

void dispatch(void)
{
	for (unsigned i = 0; i < 2; i++)
		while (consumers[i] && consumers[i]->x && xenav_dispatch(consumers[i]->x) > 0)
			;
}

bool is_ready(void *data)
{
	const struct consumer *c = data;

	dispatch();
	return c->ready || c->failed;
}

void start_consumer(struct consumer *c, unsigned slot)
{
	memset(c, 0, sizeof *c);
	consumers[slot] = c;
	assert_int_equal(xenav_open(&c->x, lab.socket, "test", &listener, c), 0);
	assert_true(guest_run_until(&rg.guest, is_ready, c, WAIT_MS));
}

void stop_consumer(struct consumer *c, unsigned slot)
{
	xenav_close(c->x);
	c->x = NULL;
	consumers[slot] = NULL;
}

void flush(struct consumer *c)
{
	assert_int_equal(xenav_input_flush(c->in), 0);
	dispatch();
}

static bool is_synced(void *data)
{
	dispatch();
	return kb.ups[KEY_F24] >= *(unsigned *)data;
}

void sync_with(struct consumer *c)
{
	unsigned ups = kb.ups[KEY_F24] + 1;

	assert_int_equal(xenav_input_key(c->in, KEY_F24, 1), 0);
	assert_int_equal(xenav_input_key(c->in, KEY_F24, 0), 0);
	flush(c);
	assert_true(guest_run_until(&rg.guest, is_synced, &ups, WAIT_MS));
}

bool all_are_up(void *)
{
	for (unsigned code = 0; code < KEYBOARD_KEYS; code++)
		if (kb.down[code])
			return false;
	return true;
}

bool is_gone(void *data)
{
	dispatch();
	return ((struct consumer *)data)->n_removed > 0;
}

int main(void)
{
	static char config[256];

	snprintf(config, sizeof config,
		 "[consumer user %u]\ndisplay = claim\nplayback = claim\ninput = yes\n",
		 (unsigned)geteuid());
	rig_config = config;
	return rig_main();
}
