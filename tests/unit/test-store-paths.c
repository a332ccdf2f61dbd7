/* SPDX-License-Identifier: MIT */
/*
 * The store thread's reads and writes, against a small xenstore in memory: which paths exist, what
 * a guest may write there, and that no path written by a guest is followed.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store-nodes.h"
#include "xen/tree.h"

TEST(paths_are_built_from_numbers)
{
	static const struct device_id last = {&vdispl, 65535, 65535};
	char path[96];

	store_backend_path(0, &sound, "state", path, sizeof path);
	assert_string_equal(path, BE "/state");
	store_backend_path(65535, &last, NULL, path, sizeof path);
	assert_string_equal(path, "/local/domain/65535/backend/vdispl/65535/65535");
	store_frontend_path(&sound, "state", path, sizeof path);
	assert_string_equal(path, FE "/state");
	store_frontend_path(&last, NULL, path, sizeof path);
	assert_string_equal(path, "/local/domain/65535/device/vdispl/65535");
}

TEST(tokens_and_paths_lead_back_to_their_device)
{
	static const uint16_t numbers[] = {0, 1, 255, 32767, 65535};

	for (int i = 0; i < 50; i++) {
		struct device_id id = {kinds[i / 25], numbers[i % 5], numbers[i / 5 % 5]};
		struct device_id back;
		char token[STORE_TOKEN_MAX];
		char path[96];

		store_token(&id, token);
		assert_int_equal(store_parse_token(kinds, token, &back), 0);
		assert_true(device_same_id(&id, &back));
		store_backend_path(4, &id, i % 2 ? "a/very/deep/leaf/that/goes/on" : NULL, path,
				   sizeof path);
		memset(&back, 0xff, sizeof back);
		assert_int_equal(store_parse_backend_path(4, kinds, path, &back), 0);
		assert_true(device_same_id(&id, &back));
		assert_int_equal(store_parse_backend_path(5, kinds, path, &back), -EINVAL);
	}
}

TEST(what_is_no_device_is_none)
{
	static const char *const bad[] = {"",
					  "vsnd",
					  "vsnd/3",
					  "vsnd/3/",
					  "vsnd//0",
					  "vbd/3/0",
					  "vsnd/65536/0",
					  "vsnd/3/65536",
					  "vsnd/-1/0",
					  "vsnd/3/x",
					  "vsnd/3/0x1",
					  "vsnd/ 3/0",
					  "VSND/3/0",
					  "backend",
					  "domains",
					  "vsnd/00000000000000000000000000000000000000000000003/0"};
	struct device_id id;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char path[160];

		assert_int_equal(store_parse_token(kinds, bad[i], &id), -EINVAL);
		snprintf(path, sizeof path, "/local/domain/0/backend/%s", bad[i]);
		assert_int_equal(store_parse_backend_path(0, kinds, path, &id), -EINVAL);
	}
	assert_int_equal(store_parse_backend_path(0, kinds, "@releaseDomain", &id), -EINVAL);
}

TEST(the_leaf_is_what_stands_behind_the_device)
{
	assert_null(store_backend_leaf(BE));
	assert_string_equal(store_backend_leaf(BE "/state"), "state");
	assert_string_equal(store_backend_leaf(BE "/0/state"), "0/state");
	assert_string_equal(store_backend_leaf(BE "/"), "");
}

TEST(a_kind_s_directory_is_none_of_a_device)
{
	char path[STORE_PATH_MAX];

	store_kind_path(0, &vdispl, path, sizeof path);
	assert_string_equal(path, "/local/domain/0/backend/vdispl");
	assert_true(store_is_kind_path(0, kinds, path));
	assert_false(store_is_kind_path(1, kinds, path));
	assert_false(store_is_kind_path(0, kinds, "/local/domain/0/backend/vdispl/3"));
	assert_false(store_is_kind_path(0, kinds, "/local/domain/0/backend"));
}

static unsigned n_found;

static void on_found(const struct device_id *id, void *)
{
	assert_true(id->domid == 3 || id->domid == 12);
	n_found++;
}

TEST(a_search_finds_devices_and_nothing_else)
{
	put("/local/domain/0/backend/vdispl/12/0/state", "1");
	put("/local/domain/0/backend/vdispl/12/7/state", "1");
	put("/local/domain/0/backend/vdispl/12/none/state", "1");
	put("/local/domain/0/backend/vdispl/x/0/state", "1");
	put("/local/domain/0/backend/vbd/4/0/state", "1");
	n_found = 0;
	store_scan(NULL, 0, &vdispl, on_found, NULL);
	assert_int_equal(n_found, 2);
	store_scan(NULL, 0, kinds[0], on_found, NULL);
	assert_int_equal(n_found, 3);
}

TEST(a_view_shows_both_ends_and_follows_nothing_the_guest_wrote)
{
	put("/local/domain/3/name", "guest");
	look();
	assert_true(view.present && view.online && view.domain_alive);
	assert_int_equal(view.be_state, XB_INIT_WAIT);
	assert_int_equal(view.fe_state, XB_INITIALISED);
	assert_string_equal(view.domain_name, "guest");
	assert_non_null(view.config);
	assert_int_equal(view.config_rc, 0);
	assert_string_equal(tree_get(view.config, "0/0/type"), "p");
}

TEST(a_domain_is_known_by_the_uuid_that_the_toolstack_wrote)
{
	static const char *const bad[] = {"",
					  "/vm/",
					  "12345678-abcd-4abc-8def-123456789abc",
					  "/vm/12345678-abcd-4abc-8def-123456789ab",
					  "/vm/12345678-abcd-4abc-8def-123456789abcd",
					  "/vm/12345678-abcd-4abc-8def-123456789ab/",
					  "/vm/12345678-abcd-4abc-8def-123456789abg"};

	look();
	assert_string_equal(view.domain_uuid, "");
	put("/local/domain/3/vm", "/vm/12345678-abcd-4abc-8def-123456789abc");
	look();
	assert_string_equal(view.domain_uuid, "12345678-abcd-4abc-8def-123456789abc");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		put("/local/domain/3/vm", bad[i]);
		look();
		assert_string_equal(view.domain_uuid, "");
	}
}

TEST(a_device_is_there_only_with_its_number_and_its_state)
{
	put(BE "/frontend-id", "4");
	look();
	assert_false(view.present);
	put(BE "/frontend-id", "3");
	put(BE "/state", "x");
	look();
	assert_false(view.present);
	put(BE "/state", "1");
	look();
	assert_true(view.present);
	fake_nodes.alive = false;
	look();
	assert_true(view.present && !view.domain_alive);
}

TEST(states_that_are_no_numbers_are_unknown)
{
	static const char *const bad[] = {"", "-3", "3 ", "three", "65536", "\x1b"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		put(FE "/state", bad[i]);
		look();
		assert_int_equal(view.fe_state, XB_UNKNOWN);
		assert_null(view.config);
	}
	put(BE "/online", "0");
	look();
	assert_false(view.online);
}

TEST(a_state_is_written_behind_the_versions_and_the_error)
{
	assert_int_equal(store_write(NULL, 0, &sound, XB_INIT_WAIT, NULL), 0);
	assert_string_equal(get(BE "/state"), "2");
	assert_string_equal(get(BE "/versions"), "2");
	assert_int_equal(store_write(NULL, 0, &sound, XB_CLOSED, "No such thing"), 0);
	assert_string_equal(get(BE "/state"), "6");
	assert_string_equal(get("/local/domain/0/error/backend/vsnd/3/0/error"), "No such thing");
	assert_int_equal(fake_nodes.n_transactions, 0);
	fake_nodes.write_fails = true;
	assert_int_equal(store_write(NULL, 0, &sound, XB_CLOSING, NULL), -ENOSPC);
	assert_string_equal(get(BE "/state"), "6");
}

TEST(a_directory_that_a_write_made_again_is_removed)
{
	static const struct device_id other = {&vdispl, 3, 1};
	const size_t before = fake_nodes.n;

	assert_int_equal(store_write(NULL, 0, &other, XB_CLOSED, NULL), 0);
	assert_int_equal(fake_nodes.n, before + 1);
	assert_int_equal(store_remove_revived(NULL, 0, &other), 0);
	assert_int_equal(fake_nodes.n, before);
	/* There is none any more. */
	assert_int_equal(store_remove_revived(NULL, 0, &other), 0);
	/* The toolstack has made it, too. */
	assert_int_equal(store_remove_revived(NULL, 0, &sound), 0);
	assert_string_equal(get(BE "/state"), "2");
}
