/* SPDX-License-Identifier: MIT */
/* A device between the store and its engine; both are fakes, the decisions are the real ones. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/engine.h"
#include "config/policy.h"
#include "device/device.h"
#include "device/env.h"
#include "device/kinds.h"
#include "report/log.h"
#include "test.h"
#include "xen/tree.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

/* -------- the engine: a card -------- */

static struct {
	struct engine engine;
	bool exists, connecting, leaving, open;
	unsigned n_created, n_disconnected;
	int create_rc;
	struct guest_info guest;
} card;

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

static const struct device_kind kind = {
	{"vsnd", "vsnd", "2", false}, offsetof(struct guest_policy, max_streams), card_make};

/* Finish the worker's job. */
static void work(int rc)
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

static struct {
	struct store_view view;
	unsigned n_writes;
	int last;
	char error[64];
	bool full; /* no state can be written */
} store;

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

static struct event_base *base;
static struct policy policy;
static struct device_env env;
static struct device *device;
static unsigned n_changed;
static unsigned n_others; /* streams of other cards */
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

/* Deliver a view, as the store thread does; another gref stands for other rings. */
static void show(int fe, const char *gref)
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

static void turn_loop(void)
{
	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static int setup(void **)
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
	n_others = 0;
	return device_create(&device, &env, &id);
}

static int teardown(void **)
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

/* State 2 has to be seen for a moment before it becomes 4. */
static void expect_connected(void)
{
	if (store.last != XB_CONNECTED)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(store.last, XB_CONNECTED);
}

static void connect_device(void)
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

TEST(nothing_is_decided_while_a_write_has_not_come_back)
{
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.n_writes, 1);
	store.view.write_seq = 0; /* a view from before */
	store.view.be_state = XB_INITIALISING;
	show(XB_INITIALISING, NULL);
	show(XB_CLOSING, NULL);
	assert_int_equal(store.n_writes, 1);
}

TEST(a_frontend_that_breaks_its_ring_is_left_from_the_loop)
{
	connect_device();
	/* The caller of broke() is using the card. */
	card.engine.events->broke(card.engine.data);
	assert_int_equal(card.n_disconnected, 0);
	turn_loop();
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Protocol error");
	/* The frontend may try again. */
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_created, 2);
}

TEST(a_card_with_an_open_stream_is_kept_while_its_frontend_closes)
{
	connect_device();
	card.open = true;
	show(XB_CLOSING, "8");
	assert_int_equal(store.last, XB_CLOSING);
	assert_int_equal(card.n_disconnected, 0);
	show(XB_CLOSED, "8");
	assert_int_equal(card.n_disconnected, 1);
}

TEST(rings_that_cannot_be_connected_lead_to_6)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	work(-EINVAL);
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Invalid argument");
}

TEST(a_configuration_that_makes_no_sense_leads_to_6)
{
	card.create_rc = -EINVAL;
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	assert_false(device_running(device));
	assert_int_equal(store.last, XB_CLOSED);
}

TEST(a_configuration_that_cannot_be_read_leads_to_6)
{
	show(XB_INITIALISING, NULL);
	store.view.config_rc = -E2BIG;
	show(XB_INITIALISED, NULL);
	assert_false(device_running(device));
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Argument list too long");
}

TEST(rings_that_change_while_they_are_connected_are_connected_anew)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	show(XB_INITIALISED, "8"); /* the same once more */
	assert_int_equal(card.n_disconnected, 0);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(card.n_created, 2);
	work(0);
	expect_connected();
	assert_int_equal(store.n_writes, 2);
}

/* The frontend has seen neither our 4 nor lost its rings to anybody but itself. */
TEST(rings_that_change_after_our_4_are_connected_anew)
{
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	work(0);
	expect_connected();
	show(XB_INITIALISED, NULL);
	show(XB_INITIALISED, "8");
	assert_int_equal(card.n_disconnected, 0);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_created, 2);
	work(0);
	expect_connected();
	show(XB_CONNECTED, NULL);
	assert_int_equal(store.n_writes, 4);
}

TEST(rings_that_change_for_ever_are_connected_five_times_an_offer)
{
	char gref[8] = "8";

	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, gref);
	for (unsigned i = 0; i < 100 && store.last != XB_CLOSED; i++) {
		snprintf(gref, sizeof gref, "%u", 9 + i);
		show(XB_INITIALISED, gref);
		work(0);
	}
	assert_int_equal(store.last, XB_CLOSED);
	assert_int_equal(card.n_created, 5);
	assert_false(device_running(device));
	/* The next offer is served like any other. */
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_INITIALISED, "200");
	assert_int_equal(card.n_created, 6);
}

TEST(a_state_that_cannot_be_written_is_not_tried_again_at_once)
{
	store.full = true;
	for (unsigned i = 0; i < 1000; i++)
		show(XB_CLOSED, NULL);
	assert_in_range(store.n_writes, 1, 8);
	/* The write is tried again without any view, and done as soon as possible. */
	store.full = false;
	event_base_loop(base, EVLOOP_ONCE);
	show(XB_CLOSED, NULL);
	assert_int_equal(store.view.be_state, XB_CLOSED);
}

TEST(an_error_that_could_not_be_written_is_not_lost)
{
	unsigned n_writes;

	show(XB_INITIALISING, NULL);
	card.create_rc = -EINVAL;
	store.full = true;
	show(XB_INITIALISED, "8");
	assert_int_equal(store.last, XB_CLOSED);
	n_writes = store.n_writes;
	card.create_rc = 0;
	store.full = false;
	show(XB_INITIALISED, "8");
	assert_int_equal(store.n_writes, n_writes);
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(store.n_writes, n_writes + 1);
	assert_int_equal(store.last, XB_CLOSED);
	assert_string_equal(store.error, "Invalid argument");
	assert_int_equal(card.n_created, 0);
}

TEST(a_toolstack_that_removes_a_device_does_not_wait_for_a_retry)
{
	store.full = true;
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISING, NULL);
	store.full = false;
	store.view.online = false;
	store.view.be_state = XB_CLOSING;
	show(XB_INITIALISING, NULL);
	assert_int_equal(store.view.be_state, XB_CLOSED);
}

TEST(a_device_that_quits_without_a_store_is_let_go_without_a_word)
{
	connect_device();
	device_quit(device);
	/* No view follows. */
	assert_true(device_waits_for_store(device) && device_running(device));
	device_abandon(device);
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_false(device_running(device));
	/* Late views change nothing. */
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_created, 1);
	assert_int_equal(store.n_writes, 3);
}

TEST(a_device_is_forgotten_when_nothing_is_left_of_it)
{
	connect_device();
	store.view.present = false;
	store.view.domain_alive = false;
	show(XB_UNKNOWN, NULL);
	assert_true(device_running(device) && !device_forgotten(device));
	n_changed = 0;
	work(0);
	assert_true(!device_running(device) && device_forgotten(device));
	assert_true(n_changed > 0);
	assert_int_equal(store.n_writes, 2);
}

TEST(a_device_that_quits_tells_when_it_has)
{
	connect_device();
	device_quit(device);
	assert_int_equal(store.last, XB_INIT_WAIT);
	show(XB_CONNECTED, NULL);
	assert_int_equal(card.n_disconnected, 0);
	show(XB_INITIALISED, "9");
	assert_int_equal(card.n_disconnected, 1);
	work(0);
	assert_false(device_running(device));
	assert_int_equal(store.n_writes, 3);
}

TEST(an_engine_is_told_who_the_guest_is_and_what_it_may)
{
	policy_add_guest(&policy, "other")->policy.max_mapped_pages = 1;
	policy_add_guest(&policy, "12345678-abcd-4abc-8def-123456789abc")->policy.be_alloc = true;
	strcpy(store.view.domain_name, "guest");
	strcpy(store.view.domain_uuid, "12345678-abcd-4abc-8def-123456789abc");
	connect_device();
	assert_int_equal(card.guest.domid, 3);
	assert_string_equal(card.guest.name, "guest");
	assert_string_equal(card.guest.uuid, "12345678-abcd-4abc-8def-123456789abc");
	assert_true(card.guest.policy.be_alloc);
	assert_int_equal(card.guest.policy.max_mapped_pages, POLICY_MAPPED_PAGES);
	assert_int_equal(card.guest.policy.max_streams, POLICY_STREAMS);
	assert_int_equal(device_channels(device), 2);
}

TEST(what_other_cards_have_is_not_there_for_this_one)
{
	n_others = 30;
	connect_device();
	assert_int_equal(card.guest.policy.max_streams, POLICY_STREAMS - 30);
	assert_int_equal(card.guest.policy.max_connectors, POLICY_CONNECTORS);
}

TEST(there_are_never_fewer_than_none)
{
	n_others = 33;
	connect_device();
	assert_int_equal(card.guest.policy.max_streams, 0);
}
