/* SPDX-License-Identifier: MIT */
/* See device-rig.h. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "device-rig.h"

#include "device/env.h"
#include "device/kinds.h"
#include "journal/journal.h"
#include "report/log.h"
#include "xen/tree.h"

/* -------- the engine: a card -------- */

struct card_fake card;

static void card_connect(struct engine *)
{
	card.connecting = true;
}

static unsigned card_n_streams(const struct engine *)
{
	assert_true(card.exists);
	return 2;
}

static bool card_is_open(const struct engine *)
{
	return card.open;
}

static void card_disconnect(struct engine *)
{
	card.connecting = false;
	card.leaving = true;
	card.n_disconnected++;
}

static const struct engine_ops card_ops = {
	.connect = card_connect,
	.disconnect = card_disconnect,
	.n_channels = card_n_streams,
	.is_open = card_is_open,
	.closed_by_requests = true,
};

static int card_make(struct engine **out, const struct device_env *, const struct guest_info *guest,
		     uint16_t, const struct tree *config, struct log_source *)
{
	card.guest = *guest;
	if (card.create_rc < 0)
		return card.create_rc;
	assert_false(card.exists);
	assert_non_null(config);
	card.exists = true;
	card.n_created++;
	card.engine.ops = &card_ops;
	*out = &card.engine;
	return 0;
}

static const struct device_kind kind = {{"vsnd", "vsnd", "2", false, NULL},
					offsetof(struct guest_policy, max_streams),
					card_make,
					JOURNAL_SOUND};

void work(int rc)
{
	if (card.connecting) {
		card.connecting = false;
		card.engine.events->connected(card.engine.data, rc);
	} else if (card.leaving) {
		card.leaving = card.exists = false;
		card.engine.events->gone(card.engine.data);
	}
}

/* -------- the store -------- */

struct store_fake store;

int store_write_state(struct store *, const struct device_id *, int state, const char *error,
		      uint64_t *seq)
{
	store.n_writes++;
	store.last = state;
	if (!store.full)
		store.view.be_state = state;
	*seq = ++store.view.write_seq;
	snprintf(store.error, sizeof store.error, "%s", error ? error : "");
	return 0;
}

/* -------- the device -------- */

struct event_base *base;
struct policy policy;
static struct device_env env;
struct device *device;
unsigned n_changed;
unsigned n_others;
struct journal *journal;
static const struct device_id id = {&kind.store, 3, 0};

static void on_changed(void *)
{
	n_changed++;
}

static unsigned count_others(const struct device_id *of, void *)
{
	assert_true(of->kind == id.kind && of->domid == id.domid && of->devid == id.devid);
	return n_others;
}

void show(int fe, const char *gref)
{
	struct store_view view;

	store.view.fe_state = fe;
	view = store.view;
	if (gref) {
		assert_int_equal(tree_create(&view.config), 0);
		assert_int_equal(tree_add(view.config, "0/0/ring-ref", gref), 0);
	}
	device_view(device, &view);
	assert_null(view.config);
}

int device_rig_begin(void **)
{
	memset(&card, 0, sizeof card);
	memset(&store, 0, sizeof store);
	n_changed = 0;
	log_threshold = LOG_LEVEL_ERR;
	store.view.id = id;
	store.view.present = store.view.online = store.view.domain_alive = true;
	store.view.be_state = XB_INITIALISING;
	base = event_base_new();
	policy_init(&policy);
	env.base = base;
	env.policy = &policy;
	env.changed = on_changed;
	env.others = count_others;
	env.journal = journal;
	n_others = 0;
	return device_create(&device, &env, &id);
}

void device_rig_restart(void)
{
	device_destroy(device);
	memset(&card, 0, sizeof card);
	store.n_writes = 0;
	store.last = 0;
	store.view.write_seq = 0;
	env.journal = journal;
	assert_int_equal(device_create(&device, &env, &id), 0);
}

int device_rig_end(void **)
{
	while (device_running(device)) {
		store.view.domain_alive = false;
		show(XB_UNKNOWN, NULL);
		work(0);
	}
	device_destroy(device);
	event_base_free(base);
	policy_finish(&policy);
	return 0;
}

void expect_connected(void)
{
	if (store.last != XB_CONNECTED)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(store.last, XB_CONNECTED);
}

void connect_device(void)
{
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_INITIALISED, "8");
	assert_true(card.connecting);
	work(0);
	expect_connected();
	show(XB_CONNECTED, NULL);
	assert_int_equal(store.n_writes, 2);
}
