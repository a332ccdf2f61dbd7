/* SPDX-License-Identifier: MIT */
/* The features of a keyboard: what the toolstack wrote, what we add, and what a guest can do to it.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store-nodes.h"
#include "xen/store-config.h"
#include "xen/store-features.h"
#include "xen/tree.h"

#define VKB "/local/domain/0/backend/vinput/3/0"

static const struct store_kind vinput = {"vinput", "vkbd", NULL, true, NULL};
static const struct device_id keyboard = {&vinput, 3, 0};

/* What libxl leaves behind when xl.cfg says nothing, with two connectors of a display. */
static int setup(void **state)
{
	store_nodes_begin(state);
	put(VKB "/frontend", KBD);
	put(VKB "/frontend-id", "3");
	put(VKB "/online", "1");
	put(VKB "/state", "1");
	put(KBD "/state", "1");
	put(SCREENS "/0/0/resolution", "800x600");
	put(SCREENS "/0/1/resolution", "640x480");
	return 0;
}

#undef TEST
#define TEST(name) TEST_WITH(name, setup, store_nodes_end)

static int offer(void)
{
	return store_write(NULL, 0, &keyboard, XB_INIT_WAIT, NULL);
}

static void assert_node(const char *path, const char *value)
{
	if (!value)
		assert_null(get(path));
	else
		assert_string_equal(get(path), value);
}

static void assert_features(const char *absolute, const char *width, const char *height)
{
	assert_node(VKB "/feature-abs-pointer", absolute);
	assert_node(VKB "/width", width);
	assert_node(VKB "/height", height);
}

TEST(where_nothing_is_said_a_pointer_goes_over_all_screens)
{
	assert_int_equal(offer(), 0);
	assert_node(VKB "/state", "2");
	assert_node(VKB "/versions", NULL);
	assert_features("1", "1440", "600");
}

TEST(what_the_toolstack_wrote_stays)
{
	put(VKB "/feature-abs-pointer", "0");
	put(VKB "/width", "1920");
	assert_int_equal(offer(), 0);
	assert_features("0", "1920", "600");
}

TEST(a_device_without_a_pointer_needs_no_range)
{
	put(VKB "/feature-disable-pointer", "1");
	assert_int_equal(offer(), 0);
	assert_node(VKB "/state", "2");
	assert_features(NULL, NULL, NULL);
}

TEST(a_frontend_that_has_left_1_finds_what_it_has_read)
{
	static const char *const states[] = {"2", "3", "4", "5", "6", "7", "", "rubbish"};

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		put(KBD "/state", states[i]);
		put(VKB "/state", "6");
		assert_int_equal(offer(), 0);
		assert_node(VKB "/state", "2");
		assert_features(NULL, NULL, NULL);
	}
}

TEST(a_keyboard_that_is_gone_gets_no_features)
{
	static const struct device_id other = {&vinput, 3, 1};
	const size_t before = fake_nodes.n;

	assert_int_equal(store_write(NULL, 0, &other, XB_INIT_WAIT, NULL), -ENOENT);
	assert_int_equal(fake_nodes.n, before);
}

TEST(nothing_but_an_offer_writes_features)
{
	assert_int_equal(store_write(NULL, 0, &keyboard, XB_CONNECTED, NULL), 0);
	assert_int_equal(store_write(NULL, 0, &keyboard, XB_CLOSED, "why"), 0);
	assert_features(NULL, NULL, NULL);
}

TEST(a_guest_without_a_display_has_the_range_of_linux)
{
	store_nodes_end(NULL);
	put(VKB "/frontend-id", "3");
	put(VKB "/state", "1");
	put(KBD "/state", "1");
	assert_int_equal(offer(), 0);
	assert_features("1", NULL, NULL);
}

static void assert_box(uint32_t width, uint32_t height)
{
	const struct store_box box = store_read_box(NULL, 3);

	assert_int_equal(box.width_px, width);
	assert_int_equal(box.height_px, height);
}

TEST(the_screens_of_all_displays_stand_side_by_side)
{
	put(SCREENS "/1/0/resolution", "1024x768");
	assert_box(800 + 640 + 1024, 768);
}

TEST(a_display_ends_where_a_resolution_makes_no_sense)
{
	static const char *const odd[] = {
		"",         "x",      "800",      "800x",      "x600",    "800x600x1",
		" 800x600", "-1x600", "800x600 ", "0x1p3x600", "32768x1", "1x99999999999",
		"8e2x600",
	};

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		put(SCREENS "/0/1/resolution", odd[i]);
		assert_box(800, 600);
	}
	put(SCREENS "/0/1/resolution", "32767x32767");
	assert_box(800 + 32767, 32767);
}

TEST(a_guest_with_very_many_screens_makes_us_read_a_few)
{
	char path[96];

	for (unsigned display = 0; display < 20; display++) {
		for (unsigned i = 0; i < 20; i++) {
			snprintf(path, sizeof path, SCREENS "/%u/%u/resolution", display, i);
			put(path, "32767x32767");
		}
	}
	fake_nodes.n_asked = 0;
	assert_box(4 * 16 * 32767, 32767);
	assert_int_equal(fake_nodes.n_asked, 1 + 4 * 16);
}

/* -------- a guest that writes meanwhile -------- */

TEST(a_transaction_that_is_disturbed_is_done_again)
{
	fake_nodes.conflicts = 3;
	assert_int_equal(offer(), 0);
	assert_int_equal(fake_nodes.n_transactions, 4);
	assert_features("1", "1440", "600");
}

static void connect_meanwhile(void)
{
	put(KBD "/state", "3");
}

TEST(a_frontend_that_looks_meanwhile_finds_nothing_new_afterwards)
{
	fake_nodes.conflicts = 1;
	fake_nodes.meanwhile = connect_meanwhile;
	assert_int_equal(offer(), 0);
	assert_node(VKB "/state", "2");
	assert_features(NULL, NULL, NULL);
}

TEST(a_guest_that_disturbs_without_end_is_left_alone)
{
	fake_nodes.conflicts = 1000000;
	assert_int_equal(offer(), -EAGAIN);
	assert_node(VKB "/state", "1");
	assert_features(NULL, NULL, NULL);
	assert_in_range(fake_nodes.n_transactions, 2, 100);
	assert_in_range(fake_nodes.n_asked, 2, 1000);
}

TEST(a_directory_that_is_gone_gets_no_features)
{
	store_nodes_end(NULL);
	offer();
	assert_int_equal(fake_nodes.n, 0);
}

TEST(a_feature_that_cannot_be_written_fails_the_offer)
{
	fake_nodes.write_fails = true;
	assert_int_equal(offer(), -ENOSPC);
	assert_node(VKB "/state", "1");
}

/* -------- reading them back -------- */

static void look_at_keyboard_after(bool stirred)
{
	look_at(&keyboard, stirred);
}

static void look_at_keyboard(void)
{
	look_at_keyboard_after(false);
}

TEST(features_and_requests_are_read_together_and_not_mixed_up)
{
	put(KBD "/page-gref", "9");
	put(KBD "/event-channel", "17");
	put(KBD "/feature-abs-pointer", "7");
	put(KBD "/state", "4");
	put(VKB "/feature-abs-pointer", "1");
	put(VKB "/state", "2");
	look_at_keyboard();
	assert_int_equal(view.config_rc, 0);
	assert_string_equal(tree_get(view.config, "page-gref"), "9");
	assert_string_equal(tree_get(view.config, "feature-abs-pointer"), "7");
	assert_string_equal(tree_get(view.config, STORE_FEATURE "feature-abs-pointer"), "1");
	assert_false(tree_has(view.config, STORE_FEATURE "state"));
}

TEST(a_keyboard_is_read_in_2_and_after_an_earlier_daemon_in_4)
{
	static const struct {
		const char *be, *fe;
		bool read;
	} cases[] = {
		{"1", "3", false}, {"2", "1", false}, {"2", "3", true},  {"2", "4", true},
		{"2", "6", false}, {"4", "3", true},  {"4", "4", true},  {"4", "1", false},
		{"5", "4", false}, {"6", "3", false}, {"6", "4", false},
	};

	put(KBD "/page-gref", "9");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		put(VKB "/state", cases[i].be);
		put(KBD "/state", cases[i].fe);
		look_at_keyboard();
		if (!!view.config != cases[i].read)
			fail_msg("be %s, fe %s", cases[i].be, cases[i].fe);
	}
}

TEST(a_keyboard_that_is_served_is_read_again_only_with_another_ring)
{
	static const char *const leaves[] = {KBD "/page-gref", KBD "/event-channel"};

	put(leaves[0], "9");
	put(leaves[1], "17");
	put(VKB "/state", "4");
	put(KBD "/state", "4");
	look_at_keyboard();
	rings = store_rings_of(view.config);
	assert_non_null(rings);
	put(KBD "/request-abs-pointer", "1");
	look_at_keyboard_after(true);
	assert_null(view.config);
	for (unsigned i = 0; i < 2; i++) {
		put(leaves[i], "18");
		look_at_keyboard();
		assert_null(view.config);
		look_at_keyboard_after(true);
		assert_non_null(view.config);
		put(leaves[i], i == 0 ? "9" : "17");
	}
}

TEST(a_directory_of_ours_that_is_too_much_is_refused)
{
	put(VKB "/state", "2");
	put(KBD "/state", "3");
	for (unsigned i = 0; i < 100; i++) {
		char path[96];

		snprintf(path, sizeof path, VKB "/x%u", i);
		put(path, "1");
	}
	look_at_keyboard();
	assert_int_equal(view.config_rc, -E2BIG);
}
