/* SPDX-License-Identifier: MIT */
/*
 * What the store thread reads and writes, against a small xenstore in memory: which paths there
 * are, what a guest may put there, and that nothing a guest wrote is ever followed.
 */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xenstore.h>

#include "xen/store-read.h"
#include "xen/tree.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BE         "/local/domain/0/backend/vsnd/3/0"
#define FE         "/local/domain/3/device/vsnd/0"
#define NODES      2048

/* -------- the store -------- */

static struct {
	char *path;
	char *value;
} nodes[NODES];
static size_t n_nodes;
static bool alive;
static int conflicts; /* so many transactions fail with EAGAIN */
static int n_transactions;
static bool write_fails;
static char *pending[8][2]; /* writes of the transaction */
static size_t n_pending;

static void put(const char *path, const char *value)
{
	size_t i;

	for (i = 0; i < n_nodes; i++)
		if (strcmp(nodes[i].path, path) == 0)
			break;
	assert_true(i < NODES);
	if (i == n_nodes)
		nodes[n_nodes++].path = strdup(path);
	free(nodes[i].value);
	nodes[i].value = strdup(value);
}

static const char *get(const char *path)
{
	for (size_t i = 0; i < n_nodes; i++)
		if (strcmp(nodes[i].path, path) == 0)
			return nodes[i].value;
	return NULL;
}

/* Nobody but us and this one guest is any of our business. */
static void assert_ours(const char *path)
{
	if (strncmp(path, "/local/domain/0/backend/", 24) != 0 &&
	    strncmp(path, FE, strlen(FE)) != 0 && strcmp(path, "/local/domain/3/name") != 0 &&
	    strcmp(path, "/local/domain/3/vm") != 0 &&
	    strncmp(path, "/local/domain/0/error/backend/", 30) != 0)
		fail_msg("%s was touched", path);
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned *len)
{
	const char *value = get(path);

	assert_ours(path);
	if (!value)
		errno = ENOENT;
	return value ? strdup(value) : NULL;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned *num)
{
	size_t len = strlen(path);
	char *block = calloc(NODES, 64 + sizeof(char *));
	char **names = (char **)(void *)block;
	char *text = block + NODES * sizeof(char *);
	unsigned n = 0;

	assert_ours(path);
	for (size_t i = 0; i < n_nodes; i++) {
		const char *rest = nodes[i].path + len;
		int size;
		unsigned j;

		if (strncmp(nodes[i].path, path, len) != 0 || *rest != '/')
			continue;
		size = (int)strcspn(rest + 1, "/");
		for (j = 0; j < n; j++)
			if (strncmp(names[j], rest + 1, (size_t)size) == 0 && !names[j][size])
				break;
		if (j < n)
			continue;
		names[n++] = text;
		text += sprintf(text, "%.*s", size, rest + 1) + 1;
	}
	*num = n;
	return names;
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
	assert_int_equal(domid, 3);
	return alive;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	n_transactions++;
	n_pending = 0;
	return 7;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
	      unsigned len)
{
	assert_ours(path);
	assert_int_equal(t, 7);
	if (write_fails) {
		errno = ENOSPC;
		return false;
	}
	pending[n_pending][0] = strdup(path);
	pending[n_pending++][1] = strndup(data, len);
	return true;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	bool fails = !abort && conflicts-- > 0;

	for (size_t i = 0; i < n_pending; i++) {
		if (!abort && !fails)
			put(pending[i][0], pending[i][1]);
		free(pending[i][0]);
		free(pending[i][1]);
	}
	n_pending = 0;
	errno = fails ? EAGAIN : 0;
	return !fails;
}

/* -------- the rest -------- */

static const struct device_id sound = {DEVICE_VSND, 3, 0};
static struct store_view view;

static int setup(void **state)
{
	alive = true;
	conflicts = n_transactions = 0;
	write_fails = false;
	put(BE "/frontend-id", "3");
	put(BE "/frontend", "/local/domain/9/device/vsnd/0");
	put(BE "/online", "1");
	put(BE "/state", "2");
	put(FE "/backend", "/local/domain/0/backend/vbd/7/1");
	put(FE "/backend-id", "5");
	put(FE "/state", "3");
	put(FE "/0/0/type", "p");
	return 0;
}

static int teardown(void **state)
{
	while (n_nodes > 0) {
		n_nodes--;
		free(nodes[n_nodes].path);
		free(nodes[n_nodes].value);
		nodes[n_nodes].value = NULL;
	}
	tree_destroy(view.config);
	view.config = NULL;
	return 0;
}

static void look_after(bool stirred)
{
	tree_destroy(view.config);
	store_read_view(NULL, 0, &sound, stirred, &view);
}

static void look(void)
{
	look_after(false);
}

static void paths_are_built_from_numbers(void **state)
{
	static const struct device_id last = {DEVICE_VDISPL, 65535, 65535};
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

static void tokens_and_paths_lead_back_to_their_device(void **state)
{
	static const uint16_t numbers[] = {0, 1, 255, 32767, 65535};

	for (int i = 0; i < 50; i++) {
		struct device_id id = {(enum device_kind)(i / 25), numbers[i % 5],
				       numbers[i / 5 % 5]};
		struct device_id back;
		char token[STORE_TOKEN_MAX];
		char path[96];

		store_token(&id, token);
		assert_int_equal(store_parse_token(token, &back), 0);
		assert_true(device_same_id(&id, &back));
		store_backend_path(4, &id, i % 2 ? "a/very/deep/leaf/that/goes/on" : NULL, path,
				   sizeof path);
		memset(&back, 0xff, sizeof back);
		assert_int_equal(store_parse_backend_path(4, path, &back), 0);
		assert_true(device_same_id(&id, &back));
		assert_int_equal(store_parse_backend_path(5, path, &back), -EINVAL);
	}
}

static void what_is_no_device_is_none(void **state)
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

		assert_int_equal(store_parse_token(bad[i], &id), -EINVAL);
		snprintf(path, sizeof path, "/local/domain/0/backend/%s", bad[i]);
		assert_int_equal(store_parse_backend_path(0, path, &id), -EINVAL);
	}
	assert_int_equal(store_parse_backend_path(0, "@releaseDomain", &id), -EINVAL);
}

static void only_what_a_view_shows_is_of_interest(void **state)
{
	assert_true(store_is_of_interest(BE));
	assert_true(store_is_of_interest(BE "/state"));
	assert_true(store_is_of_interest(BE "/online"));
	assert_false(store_is_of_interest(BE "/versions"));
	assert_false(store_is_of_interest(BE "/hotplug-status"));
}

static void a_kind_s_directory_is_none_of_a_device(void **state)
{
	char path[STORE_PATH_MAX];

	store_kind_path(0, DEVICE_VDISPL, path, sizeof path);
	assert_string_equal(path, "/local/domain/0/backend/vdispl");
	assert_true(store_is_kind_path(0, path));
	assert_false(store_is_kind_path(1, path));
	assert_false(store_is_kind_path(0, "/local/domain/0/backend/vdispl/3"));
	assert_false(store_is_kind_path(0, "/local/domain/0/backend"));
}

static unsigned n_found;

static void on_found(const struct device_id *id, void *data)
{
	assert_true(id->domid == 3 || id->domid == 12);
	n_found++;
}

static void a_search_finds_devices_and_nothing_else(void **state)
{
	put("/local/domain/0/backend/vdispl/12/0/state", "1");
	put("/local/domain/0/backend/vdispl/12/7/state", "1");
	put("/local/domain/0/backend/vdispl/12/none/state", "1");
	put("/local/domain/0/backend/vdispl/x/0/state", "1");
	put("/local/domain/0/backend/vbd/4/0/state", "1");
	n_found = 0;
	store_scan(NULL, 0, on_found, NULL);
	assert_int_equal(n_found, 3);
}

static void a_view_shows_both_ends_and_follows_nothing_the_guest_wrote(void **state)
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

static void a_domain_is_known_by_the_uuid_that_the_toolstack_wrote(void **state)
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

static void a_device_is_there_only_with_its_number_and_its_state(void **state)
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
	alive = false;
	look();
	assert_true(view.present && !view.domain_alive);
}

static void states_that_are_no_numbers_are_unknown(void **state)
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

static void a_frontend_that_may_be_initialised_anew_is_read_again(void **state)
{
	put(BE "/state", "4");
	look_after(true);
	assert_non_null(view.config);
	look();
	assert_null(view.config);
	put(FE "/state", "4");
	look_after(true);
	assert_null(view.config);
	put(BE "/state", "6");
	put(FE "/state", "3");
	look_after(true);
	assert_null(view.config);
}

static void the_configuration_is_read_when_it_is_wanted(void **state)
{
	static const char *const fe[] = {"1", "2", "3", "4", "5", "6", "7"};

	for (int i = 0; i < 7; i++) {
		put(FE "/state", fe[i]);
		put(BE "/state", "2");
		look();
		assert_int_equal(!!view.config, i == 2);
		put(BE "/state", "4");
		look();
		assert_null(view.config);
	}
}

static void it_goes_as_deep_as_streams_and_no_deeper(void **state)
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

static void a_directory_that_is_too_much_says_so(void **state)
{
	char text[TREE_VALUE_MAX + 2];
	char path[128];

	memset(text, 'x', sizeof text);
	text[TREE_VALUE_MAX + 1] = '\0';
	put(FE "/0/sample-rates", text);
	look();
	assert_null(view.config);
	assert_int_equal(view.config_rc, -E2BIG);
	put(FE "/0/sample-rates", "48000");
	look();
	assert_non_null(view.config);
	for (int i = 0; i < 1100; i++) {
		snprintf(path, sizeof path, FE "/0/n%d", i);
		put(path, "1");
	}
	look();
	assert_int_equal(view.config_rc, -E2BIG);
}

static void a_state_is_written_with_the_versions_before_a_frontend_looks(void **state)
{
	assert_int_equal(store_write(NULL, 0, &sound, XB_INIT_WAIT, NULL), 0);
	assert_string_equal(get(BE "/state"), "2");
	assert_string_equal(get(BE "/versions"), "2");
	assert_int_equal(n_transactions, 1);
	assert_int_equal(store_write(NULL, 0, &sound, XB_CLOSED, "No such thing"), 0);
	assert_string_equal(get(BE "/state"), "6");
	assert_string_equal(get("/local/domain/0/error/backend/vsnd/3/0/error"), "No such thing");
}

static void a_directory_that_is_gone_does_not_come_back(void **state)
{
	static const struct device_id other = {DEVICE_VDISPL, 3, 1};
	size_t before = n_nodes;

	assert_int_equal(store_write(NULL, 0, &other, XB_INIT_WAIT, "x"), -ENOENT);
	assert_int_equal(n_nodes, before);
}

static void a_conflict_is_tried_again_but_not_for_ever(void **state)
{
	conflicts = 3;
	assert_int_equal(store_write(NULL, 0, &sound, XB_CONNECTED, NULL), 0);
	assert_int_equal(n_transactions, 4);
	assert_string_equal(get(BE "/state"), "4");
	conflicts = 100000;
	assert_int_equal(store_write(NULL, 0, &sound, XB_CLOSING, NULL), -EAGAIN);
	assert_in_range(n_transactions, 10, 100);
	conflicts = 0;
	write_fails = true;
	assert_int_equal(store_write(NULL, 0, &sound, XB_CLOSING, NULL), -ENOSPC);
	assert_string_equal(get(BE "/state"), "4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_are_built_from_numbers),
		TEST(tokens_and_paths_lead_back_to_their_device),
		TEST(what_is_no_device_is_none),
		TEST(only_what_a_view_shows_is_of_interest),
		TEST(a_kind_s_directory_is_none_of_a_device),
		TEST(a_search_finds_devices_and_nothing_else),
		TEST(a_view_shows_both_ends_and_follows_nothing_the_guest_wrote),
		TEST(a_domain_is_known_by_the_uuid_that_the_toolstack_wrote),
		TEST(a_device_is_there_only_with_its_number_and_its_state),
		TEST(states_that_are_no_numbers_are_unknown),
		TEST(the_configuration_is_read_when_it_is_wanted),
		TEST(a_frontend_that_may_be_initialised_anew_is_read_again),
		TEST(it_goes_as_deep_as_streams_and_no_deeper),
		TEST(a_directory_that_is_too_much_says_so),
		TEST(a_state_is_written_with_the_versions_before_a_frontend_looks),
		TEST(a_directory_that_is_gone_does_not_come_back),
		TEST(a_conflict_is_tried_again_but_not_for_ever),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("store-paths", tests, NULL, NULL);
}
