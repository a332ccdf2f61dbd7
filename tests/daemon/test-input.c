/* SPDX-License-Identifier: MIT */
/*
 * Keyboard, pointer and touch screen: what consumers feed reaches a frontend that behaves as the
 * one of Linux does, and nothing else does.
 */
#include <config.h>

#include <linux/input-event-codes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake/keyboard.h"
#include "rig.h"
#include "xenav.h"

static const struct toolstack_node two_connectors[] = {
	{"be-alloc", "0", true},        {"0/resolution", "800x600", true},
	{"0/unique-id", "left", true},  {"1/resolution", "640x480", true},
	{"1/unique-id", "right", true}, {0},
};

static const struct toolstack_node plain[] = {{0}};

static const struct toolstack_node touch_only[] = {
	{"unique-id", "T:left", true},
	{"feature-disable-keyboard", "1", true},
	{"feature-disable-pointer", "1", true},
	{"feature-multi-touch", "1", true},
	{"multi-touch-width", "1920", true},
	{"multi-touch-height", "1080", true},
	{"multi-touch-num-contacts", "10", true},
	{0},
};

/* -------- a guest -------- */

static struct rig_guest rg;
static struct keyboard kb;

/* libxl makes keyboards before displays, and does not wait for them. */
static void start_guest(uint16_t domid, const struct toolstack_node *nodes)
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

static void stop_guest(void)
{
	keyboard_forget(&kb);
	rig_stop(&rg);
	rig_display = rig_display_nodes;
}

/* -------- consumers -------- */

struct consumer {
	struct xenav *x;
	struct xenav_input *in;
	bool ready;
	struct xenav_connector *connectors[2];
	int failed;
};

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
	((struct consumer *)data)->in = NULL;
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

static void dispatch(void)
{
	for (unsigned i = 0; i < 2; i++)
		while (consumers[i] && consumers[i]->x && xenav_dispatch(consumers[i]->x) > 0)
			;
}

static bool is_ready(void *data)
{
	const struct consumer *c = data;

	dispatch();
	return c->ready || c->failed;
}

static void start_consumer(struct consumer *c, unsigned slot)
{
	memset(c, 0, sizeof *c);
	consumers[slot] = c;
	assert_int_equal(xenav_open(&c->x, lab.socket, "test", &listener, c), 0);
	assert_true(guest_run_until(&rg.guest, is_ready, c, WAIT_MS));
}

static void stop_consumer(struct consumer *c, unsigned slot)
{
	xenav_close(c->x);
	c->x = NULL;
	consumers[slot] = NULL;
}

static void flush(struct consumer *c)
{
	assert_int_equal(xenav_input_flush(c->in), 0);
	dispatch();
}

/* What has been flushed before is with the guest when this key is. */
static bool is_synced(void *data)
{
	dispatch();
	return kb.ups[KEY_F24] >= *(unsigned *)data;
}

static void sync_with(struct consumer *c)
{
	unsigned ups = kb.ups[KEY_F24] + 1;

	assert_int_equal(xenav_input_key(c->in, KEY_F24, 1), 0);
	assert_int_equal(xenav_input_key(c->in, KEY_F24, 0), 0);
	flush(c);
	assert_true(guest_run_until(&rg.guest, is_synced, &ups, WAIT_MS));
}

/* -------- keys -------- */

static bool is_allowed(unsigned code)
{
	return (code >= 1 && code <= 239) || (code >= 272 && code <= 279) ||
	       (code >= 352 && code <= 766);
}

TEST(every_key_that_the_guest_has_goes_down_and_up_once)
{
	struct consumer c;
	unsigned wrong = 0;

	start_guest(71, plain);
	start_consumer(&c, 0);
	for (unsigned code = 0; code <= 1023; code++) {
		if (code == KEY_F24)
			continue;
		assert_int_equal(xenav_input_key(c.in, code, 1), 0);
		assert_int_equal(xenav_input_key(c.in, code, 0), 0);
		flush(&c);
		if (code % 8 == 0)
			sync_with(&c);
	}
	sync_with(&c);
	for (unsigned code = 0; code < KEYBOARD_KEYS; code++)
		if (code != KEY_F24)
			wrong += kb.downs[code] != is_allowed(code) ||
				 kb.ups[code] != is_allowed(code);
	assert_int_equal(wrong, 0);
	stop_consumer(&c, 0);
	stop_guest();
}

static bool all_are_up(void *)
{
	for (unsigned code = 0; code < KEYBOARD_KEYS; code++)
		if (kb.down[code])
			return false;
	return true;
}

static bool shift_is_down(void *)
{
	dispatch();
	return kb.down[KEY_LEFTSHIFT];
}

TEST(what_only_a_dead_consumer_held_is_released)
{
	struct consumer a, b;

	start_guest(72, plain);
	start_consumer(&a, 0);
	start_consumer(&b, 1);
	xenav_input_key(a.in, KEY_LEFTSHIFT, 1);
	xenav_input_key(a.in, KEY_A, 1);
	xenav_input_key(a.in, BTN_LEFT, 1);
	flush(&a);
	sync_with(&b);
	xenav_input_key(b.in, KEY_A, 1);
	flush(&b);
	assert_true(guest_run_until(&rg.guest, shift_is_down, NULL, WAIT_MS));
	sync_with(&b);
	stop_consumer(&a, 0);
	sync_with(&b);
	assert_false(kb.down[KEY_LEFTSHIFT]);
	assert_false(kb.down[BTN_LEFT]);
	assert_true(kb.down[KEY_A]);
	assert_int_equal(kb.downs[KEY_A], 1);
	stop_consumer(&b, 1);
	assert_true(guest_run_until(&rg.guest, all_are_up, NULL, 100));
	stop_guest();
}

TEST(a_reset_releases_what_the_consumer_holds)
{
	struct consumer c;

	start_guest(73, plain);
	start_consumer(&c, 0);
	xenav_input_key(c.in, KEY_LEFTCTRL, 1);
	sync_with(&c);
	assert_true(kb.down[KEY_LEFTCTRL]);
	assert_int_equal(xenav_input_reset(c.in), 0);
	sync_with(&c);
	assert_false(kb.down[KEY_LEFTCTRL]);
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(a_key_that_is_pressed_again_repeats)
{
	struct consumer c;

	start_guest(74, plain);
	start_consumer(&c, 0);
	for (unsigned i = 0; i < 3; i++)
		xenav_input_key(c.in, KEY_J, 1);
	xenav_input_key(c.in, KEY_J, 0);
	sync_with(&c);
	assert_int_equal(kb.downs[KEY_J], 3);
	assert_int_equal(kb.ups[KEY_J], 1);
	stop_consumer(&c, 0);
	stop_guest();
}

/* -------- a guest that does not read -------- */

static bool is_sent(void *data)
{
	dispatch();
	return !(xenav_get_events(((struct consumer *)data)->x) & POLLOUT);
}

TEST(a_paused_guest_finds_the_last_position_and_no_key_stuck)
{
	struct consumer c;
	struct lab_use before, after;

	start_guest(75, plain);
	start_consumer(&c, 0);
	xenav_input_key(c.in, KEY_X, 1);
	sync_with(&c);
	kb.paused = true;
	before = lab_use(&lab);
	for (unsigned i = 0; i < 10000; i++) {
		xenav_input_position(c.in, c.connectors[0], (int)(i % 800), (int)(i % 600), 0);
		if (i % 100 == 0)
			xenav_input_key(c.in, KEY_1 + i / 100 % 9, i / 100 % 2);
		flush(&c);
		if (i == 5000)
			xenav_input_key(c.in, KEY_X, 0);
	}
	xenav_input_position(c.in, c.connectors[0], 123, 45, 0);
	flush(&c);
	assert_true(guest_run_until(&rg.guest, is_sent, &c, WAIT_MS));
	after = lab_use(&lab);
	assert_true(after.kib <= before.kib + 256);
	kb.paused = false;
	guest_run(&rg.guest, 100);
	sync_with(&c);
	assert_int_equal(kb.x, 123);
	assert_int_equal(kb.y, 45);
	stop_consumer(&c, 0);
	assert_true(guest_run_until(&rg.guest, all_are_up, NULL, WAIT_MS));
	stop_guest();
}

/* The fake complains about more than a program in the guest has room for. */
TEST(a_guest_that_did_not_read_finds_few_keys_at_once)
{
	struct consumer c;

	start_guest(92, plain);
	start_consumer(&c, 0);
	kb.paused = true;
	for (unsigned code = KEY_1; code < KEY_1 + 40; code++) {
		xenav_input_key(c.in, code, 1);
		xenav_input_key(c.in, code, 0);
		flush(&c);
	}
	guest_run(&rg.guest, 100);
	kb.paused = false;
	guest_run(&rg.guest, 100);
	sync_with(&c);
	assert_true(all_are_up(NULL));
	assert_int_equal(kb.downs[KEY_1], 1);
	stop_consumer(&c, 0);
	stop_guest();
}

/* -------- the pointer -------- */

static void check_corner(struct consumer *c, unsigned connector, int x, int y, int wanted_x,
			 int wanted_y)
{
	assert_int_equal(xenav_input_position(c->in, c->connectors[connector], x, y, 0), 0);
	sync_with(c);
	assert_in_range(kb.x - wanted_x + 1, 0, 2);
	assert_in_range(kb.y - wanted_y + 1, 0, 2);
}

/* The box is 1440x600: 800 and 640 pixels side by side. */
TEST(corners_and_centre_are_where_they_are_on_both_connectors)
{
	struct consumer c;

	start_guest(76, plain);
	assert_int_equal(kb.width, 1440);
	assert_int_equal(kb.height, 600);
	start_consumer(&c, 0);
	check_corner(&c, 0, 0, 0, 0, 0);
	check_corner(&c, 0, 799, 0, 799, 0);
	check_corner(&c, 0, 0, 599, 0, 599);
	check_corner(&c, 0, 799, 599, 799, 599);
	check_corner(&c, 0, 400, 300, 400, 300);
	check_corner(&c, 1, 0, 0, 800, 0);
	check_corner(&c, 1, 639, 0, 1439, 0);
	check_corner(&c, 1, 0, 479, 800, 479);
	check_corner(&c, 1, 639, 479, 1439, 479);
	check_corner(&c, 1, 320, 240, 1120, 240);
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(a_wheel_and_motion_are_added_up)
{
	struct consumer c;

	start_guest(77, plain);
	start_consumer(&c, 0);
	xenav_input_position(c.in, NULL, 100, 100, 0);
	for (unsigned i = 0; i < 50; i++)
		xenav_input_motion(c.in, 2, 1, 1);
	sync_with(&c);
	assert_int_equal(kb.x, 200);
	assert_int_equal(kb.y, 150);
	assert_int_equal(kb.wheel, 50);
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(a_relative_pointer_gets_motion_alone)
{
	static const struct toolstack_node relative[] = {
		{"feature-abs-pointer", "0", true},
		{0},
	};
	struct consumer c;

	start_guest(78, relative);
	assert_false(kb.absolute);
	start_consumer(&c, 0);
	assert_false(xenav_input_get_info(c.in)->caps & XENAV_INPUT_ABSOLUTE);
	xenav_input_motion(c.in, 7, -3, 0);
	sync_with(&c);
	assert_int_equal(kb.dx, 7);
	assert_int_equal(kb.dy, -3);
	xenav_input_position(c.in, NULL, 300, 300, 0);
	xenav_input_position(c.in, NULL, 310, 305, 0);
	sync_with(&c);
	assert_int_equal(kb.positions, 0);
	stop_consumer(&c, 0);
	stop_guest();
}

/* -------- touch -------- */

TEST(a_guest_with_touch_alone_gets_ten_contacts_and_no_key)
{
	struct consumer c;

	start_guest(79, touch_only);
	start_consumer(&c, 0);
	assert_int_equal(xenav_input_get_info(c.in)->caps, XENAV_INPUT_TOUCH);
	assert_true(xenav_input_belongs(c.in, c.connectors[0]));
	assert_false(xenav_input_belongs(c.in, c.connectors[1]));
	for (unsigned i = 0; i < 11; i++)
		xenav_input_touch(c.in, 100 + i, NULL, 10 * (int)i, 20 * (int)i);
	xenav_input_touch_shape(c.in, 100, 9, 5);
	xenav_input_key(c.in, KEY_A, 1);
	xenav_input_key(c.in, BTN_LEFT, 1);
	xenav_input_position(c.in, NULL, 5, 5, 0);
	flush(&c);
	guest_run(&rg.guest, 100);
	for (unsigned i = 0; i < 10; i++) {
		assert_true(kb.contacts[i].down);
		assert_int_equal(kb.contacts[i].x, 10 * (int)i);
		assert_int_equal(kb.contacts[i].y, 20 * (int)i);
	}
	assert_int_equal(kb.contacts[0].major, 9);
	assert_true(kb.syncs > 0);
	xenav_input_touch_end(c.in, 103);
	flush(&c);
	guest_run(&rg.guest, 50);
	assert_false(kb.contacts[3].down);
	/* A tap that is shorter than the pause between two events of motion. */
	xenav_input_touch(c.in, 200, NULL, 7, 7);
	xenav_input_touch_end(c.in, 200);
	flush(&c);
	guest_run(&rg.guest, 50);
	assert_int_equal(kb.contacts[3].downs, 2);
	assert_int_equal(kb.contacts[3].ups, 2);
	stop_consumer(&c, 0);
	guest_run(&rg.guest, 100);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(kb.contacts[i].ups, i == 3 ? 2 : 1);
	stop_guest();
}

/* -------- life -------- */

TEST(a_driver_that_is_bound_again_connects_again)
{
	struct consumer c;

	start_guest(80, plain);
	for (unsigned i = 0; i < 3; i++) {
		keyboard_unbind(&kb);
		assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 80, 0, 2, WAIT_MS), 0);
		assert_int_equal(keyboard_bind(&kb), 0);
		assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 80, 0, 4, WAIT_MS), 0);
	}
	start_consumer(&c, 0);
	sync_with(&c);
	stop_consumer(&c, 0);
	stop_guest();
}

/* What a new kernel asks of a device that the old one left in 4. */
static void kexec(void)
{
	static const int steps[][2] = {{5, 5}, {6, 6}, {1, 2}};

	front_forget(&kb.front);
	for (unsigned i = 0; i < 3; i++) {
		front_write_number(&kb.front, 0, "", "state", (uint32_t)steps[i][0]);
		assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", rg.guest.domid, 0,
							steps[i][1], 5000),
				 0);
	}
}

TEST(a_kexec_sees_5_and_6_and_2)
{
	struct consumer c;

	start_guest(87, plain);
	start_consumer(&c, 0);
	xenav_input_key(c.in, KEY_A, 1);
	sync_with(&c);
	for (unsigned i = 0; i < 2; i++) {
		kexec();
		assert_int_equal(keyboard_load(&kb, &rg.guest, 0), 0);
		assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 87, 0, 4, WAIT_MS), 0);
	}
	stop_consumer(&c, 0);
	start_consumer(&c, 0);
	sync_with(&c);
	stop_consumer(&c, 0);
	stop_guest();
}

static bool is_gone(void *data)
{
	dispatch();
	return !((struct consumer *)data)->in;
}

TEST(a_resumed_guest_is_connected_to_its_new_page)
{
	struct consumer c;

	start_guest(81, plain);
	start_consumer(&c, 0);
	assert_int_equal(keyboard_resume(&kb), 0);
	assert_true(guest_run_until(&rg.guest, is_gone, &c, WAIT_MS));
	c.ready = false;
	assert_true(guest_run_until(&rg.guest, is_ready, &c, WAIT_MS));
	sync_with(&c);
	stop_consumer(&c, 0);
	stop_guest();
}

static void restart_after(int sig)
{
	const unsigned connects = kb.front.connects;

	lab_stop_xenavd(&lab, sig);
	assert_int_equal(toolstack_backend_state(&rg.ts, "vkbd", rg.guest.domid, 0), 4);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(guest_run_until(&rg.guest, all_are_up, NULL, WAIT_MS));
	assert_int_equal(kb.front.state, 4);
	assert_int_equal(kb.front.connects, connects);
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
}

TEST(another_xenavd_releases_what_is_down_and_the_guest_sees_no_state)
{
	static const int signals[] = {SIGKILL, SIGTERM};
	struct consumer c;

	start_guest(85, plain);
	for (unsigned i = 0; i < 2; i++) {
		start_consumer(&c, 0);
		xenav_input_key(c.in, KEY_LEFTSHIFT, 1);
		sync_with(&c);
		assert_true(kb.down[KEY_LEFTSHIFT]);
		restart_after(signals[i]);
		stop_consumer(&c, 0);
		start_consumer(&c, 0);
		sync_with(&c);
		stop_consumer(&c, 0);
	}
	stop_guest();
}

TEST(attaching_and_detaching_ten_times_leaves_nothing)
{
	rig_display = two_connectors;
	rig_start(&rg, 82);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(toolstack_add_device(&rg.ts, "vkbd", 82, 0, plain), 0);
		assert_int_equal(toolstack_wait_connection(&rg.ts, "vkbd", 82, 0), 0);
		assert_int_equal(keyboard_load(&kb, &rg.guest, 0), 0);
		assert_true(front_wait(&kb.front, 4, WAIT_MS));
		assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 82, 0, 4, WAIT_MS), 0);
		assert_int_equal(toolstack_begin_removal(&rg.ts, "vkbd", 82, 0), 0);
		assert_true(front_wait(&kb.front, 6, WAIT_MS));
		assert_int_equal(toolstack_end_removal(&rg.ts, "vkbd", 82, 0), 0);
		keyboard_forget(&kb);
	}
	rig_stop(&rg);
	rig_display = rig_display_nodes;
}

TEST(a_scribbled_counter_stops_that_device_only)
{
	struct consumer c;

	start_guest(83, plain);
	start_consumer(&c, 0);
	kb.paused = true;
	__atomic_store_n(keyboard_word(&kb, 0), 0xdeadbeef, __ATOMIC_RELEASE);
	xenav_input_key(c.in, KEY_A, 1);
	flush(&c);
	assert_true(guest_run_until(&rg.guest, is_gone, &c, WAIT_MS));
	assert_int_equal(toolstack_backend_state(&rg.ts, "vdispl", 83, 0), 4);
	assert_int_equal(toolstack_backend_state(&rg.ts, "vsnd", 83, 0), 4);
	assert_fine(rig_play(&rg, 480));
	stop_consumer(&c, 0);
	stop_guest();
}

TEST(malformed_nodes_cost_the_device_alone)
{
	static const struct toolstack_node odd[] = {
		{"width", "wide", true},
		{"height", "-1", true},
		{"multi-touch-num-contacts", "70000", true},
		{"feature-multi-touch", "1", true},
		{0},
	};
	struct consumer c;

	start_guest(84, odd);
	start_consumer(&c, 0);
	assert_int_equal(xenav_input_get_info(c.in)->width, 800);
	assert_int_equal(xenav_input_get_info(c.in)->height, 600);
	sync_with(&c);
	/* A page that is no grant, and a port that is none. */
	front_write_number(&kb.front, 0, "", "page-gref", 0xfffff);
	front_write_number(&kb.front, 0, "", "state", 3);
	assert_true(guest_run_until(&rg.guest, is_gone, &c, WAIT_MS));
	assert_int_equal(toolstack_backend_state(&rg.ts, "vdispl", 84, 0), 4);
	stop_consumer(&c, 0);
	stop_guest();
}

/* Without a look at what we do, with its own ring, that of the display, or none. */
static void live_wildly(unsigned rounds)
{
	static const unsigned states[] = {1, 3, 4, 5, 6, 7, 9};
	uint32_t seed = 1;

	for (unsigned i = 0; i < rounds; i++) {
		seed = seed * 1103515245 + 12345;
		if (seed >> 16 & 1)
			front_write_number(&kb.front, 0, "", "page-gref",
					   seed >> 17 & 1 ? kb.page.refs[0] : seed >> 20 & 63);
		if (seed >> 18 & 1)
			front_write_number(&kb.front, 0, "", "event-channel",
					   seed >> 19 & 1 ? kb.port : seed >> 20 & 63);
		front_write_number(&kb.front, 0, "", "state", states[(seed >> 24) % 7]);
		*keyboard_word(&kb, 0) = seed;
		machine_port_notify(rg.guest.domid, kb.port);
		guest_run(&rg.guest, seed >> 28);
	}
}

TEST(a_guest_that_lives_wildly_costs_itself_the_device_and_nobody_else)
{
	struct consumer c;

	start_guest(86, plain);
	start_consumer(&c, 0);
	kb.paused = true;
	for (unsigned i = 0; i < 5; i++) {
		if (c.in && c.ready)
			xenav_input_key(c.in, KEY_A, i % 2 == 0);
		live_wildly(40);
		dispatch();
		assert_fine(rig_play(&rg, 480));
	}
	assert_int_equal(toolstack_backend_state(&rg.ts, "vdispl", 86, 0), 4);
	assert_int_equal(toolstack_backend_state(&rg.ts, "vsnd", 86, 0), 4);
	assert_int_equal(toolstack_begin_removal(&rg.ts, "vkbd", 86, 0), 0);
	assert_int_equal(toolstack_end_removal(&rg.ts, "vkbd", 86, 0), 0);
	stop_consumer(&c, 0);
	stop_guest();
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
