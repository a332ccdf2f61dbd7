/* SPDX-License-Identifier: MIT */
/* Reads of a frontend's directory: at which times, and how much. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store-nodes.h"
#include "xen/store-config.h"
#include "xen/tree.h"

TEST(a_frontend_that_may_be_initialised_anew_is_read_again)
{
	put(BE "/state", "4");
	look_after(true);
	assert_non_null(view.config);
	look();
	assert_null(view.config);
	put(BE "/state", "6");
	put(FE "/state", "3");
	look_after(true);
	assert_null(view.config);
}

TEST(the_configuration_is_read_when_it_is_wanted)
{
	static const char *const fe[] = {"1", "2", "3", "4", "5", "6", "7"};

	for (int i = 0; i < 7; i++) {
		put(FE "/state", fe[i]);
		put(BE "/state", "2");
		look();
		assert_int_equal(!!view.config, i == 2);
		/* Once behind a restart, when both are connected. */
		put(BE "/state", "4");
		look();
		assert_int_equal(!!view.config, i == 3);
	}
}

TEST(it_goes_as_deep_as_streams_and_no_deeper)
{
	put(FE "/0/0/deeper/still", "no");
	put(FE "/name/0/x", "no");
	put(FE "/0/name", "pcm");
	put(FE "/0/empty", "");
	look();
	assert_string_equal(tree_get(view.config, "0/name"), "pcm");
	assert_false(tree_has(view.config, "0/0/deeper/still"));
	assert_false(tree_has(view.config, "name/0"));
	assert_false(tree_has(view.config, "0/empty"));
}

TEST(a_directory_that_is_too_much_says_so)
{
	char text[TREE_VALUE_MAX + 2];

	memset(text, 'x', sizeof text);
	text[TREE_VALUE_MAX + 1] = '\0';
	put(FE "/0/sample-rates", text);
	look();
	assert_null(view.config);
	assert_int_equal(view.config_rc, -E2BIG);
	put(FE "/0/sample-rates", "48000");
	look();
	assert_non_null(view.config);
}

TEST(no_more_is_read_than_any_device_has)
{
	static const char *const fillings[][2] = {
		{"/0/n", "1"}, {"/0/n", ""}, {"/n", "1"}, {"/", ""}, {"/0/", "1"},
	};

	for (size_t f = 0; f < sizeof fillings / sizeof fillings[0]; f++) {
		for (int i = 0; i < 1000; i++) {
			char path[128];

			snprintf(path, sizeof path, FE "%s%d", fillings[f][0], i);
			put(path, fillings[f][1]);
		}
		look();
		assert_int_equal(view.config_rc, -E2BIG);
		assert_true(requests <= TREE_MAX_NODES + 100 + 20);
		store_nodes_end(NULL);
		store_nodes_begin(NULL);
	}
}

TEST(all_that_a_device_can_have_is_read)
{
	static const char *const leaves[] = {
		"type",          "unique-id",    "ring-ref",
		"event-channel", "evt-ring-ref", "evt-event-channel",
	};

	for (int i = 0; i < 32; i++) {
		char path[128];

		snprintf(path, sizeof path, FE "/%d/name", i);
		put(path, "pcm");
		snprintf(path, sizeof path, FE "/%d/sample-rates", i);
		put(path, "48000");
		for (size_t j = 0; j < sizeof leaves / sizeof leaves[0]; j++) {
			snprintf(path, sizeof path, FE "/%d/0/%s", i, leaves[j]);
			put(path, "1");
		}
	}
	look();
	assert_int_equal(view.config_rc, 0);
	assert_string_equal(tree_get(view.config, "31/0/evt-event-channel"), "1");
}

TEST(only_rings_are_read_again_until_one_is_another)
{
	static const char *const leaves[] = {
		"ring-ref",          "event-channel", "evt-ring-ref",
		"evt-event-channel", "req-ring-ref",  "req-event-channel",
	};
	enum { N = sizeof leaves / sizeof leaves[0] };

	for (int i = 0; i < 200; i++) {
		char path[128];

		snprintf(path, sizeof path, FE "/0/n%d", i);
		put(path, "1");
	}
	for (size_t i = 0; i < N; i++) {
		char path[128];

		snprintf(path, sizeof path, FE "/0/0/%s", leaves[i]);
		put(path, "8");
	}
	look();
	assert_non_null(view.config);
	rings = store_rings_of(view.config);
	assert_non_null(rings);
	put(BE "/state", "4");
	look_after(true);
	assert_null(view.config);
	assert_int_equal(view.config_rc, 0);
	assert_true(fake_nodes.n_asked <= 8 + N);
	for (size_t i = 0; i < N; i++) {
		char path[128];

		snprintf(path, sizeof path, FE "/0/0/%s", leaves[i]);
		put(path, "9");
		look_after(true);
		assert_non_null(view.config);
		put(path, "8");
	}
	look_after(true);
	assert_null(view.config);
	/* While the frontend connects, all nodes count. */
	put(BE "/state", "2");
	look();
	assert_non_null(view.config);
}
