/* SPDX-License-Identifier: MIT */
/*
 * The life of an input device: drivers, kernels and daemons that end and come back, and guests that
 * write what makes no sense.
 */
#include <config.h>

#include <linux/input-event-codes.h>
#include <signal.h>

#include "input-rig.h"

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
							steps[i][1], WAIT_MS),
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

TEST(a_resumed_guest_is_connected_to_its_new_page)
{
	struct consumer c;

	start_guest(81, plain);
	start_consumer(&c, 0);
	assert_int_equal(keyboard_resume(&kb), 0);
	assert_true(guest_run_until(&rg.guest, is_gone, &c, WAIT_MS));
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

static bool is_offered_anew(void *)
{
	return toolstack_frontend_state(&rg.ts, "vkbd", rg.guest.domid, 0) == 1;
}

/* Linux 7.3 may drop a device while its driver publishes: no grant, no port, and 3 for ever. */
TEST(a_keyboard_that_the_guest_has_lost_is_offered_anew)
{
	struct consumer c;

	start_guest(88, plain);
	keyboard_unbind(&kb);
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 88, 0, 2, WAIT_MS), 0);
	front_write_number(&kb.front, 0, "", "page-gref", 0xfffff);
	front_write_number(&kb.front, 0, "", "state", 3);
	assert_true(guest_run_until(&rg.guest, is_offered_anew, NULL, WAIT_MS));
	assert_int_equal(toolstack_backend_state(&rg.ts, "vkbd", 88, 0), 2);
	assert_int_equal(keyboard_load(&kb, &rg.guest, 0), 0);
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 88, 0, 4, WAIT_MS), 0);
	start_consumer(&c, 0);
	sync_with(&c);
	stop_consumer(&c, 0);
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

/* -------- guests that write what makes no sense -------- */

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
