/* SPDX-License-Identifier: MIT */
/* The snapshot of a guest's directory, and the number parser. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "test.h"
#include "xen/tree.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

static struct tree *make_tree(void)
{
	struct tree *tree;

	assert_int_equal(tree_create(&tree), 0);
	return tree;
}

TEST(only_whole_decimal_numbers_are_numbers)
{
	static const char *const bad[] = {
		"",    " ",   " 1",   "1 ",  "+1",  "-1",         "0x10",        "1e3",
		"1,2", "one", "1\n",  "1.0", "١",   "4294967296", "99999999999", "00000000001",
		"1/",  "\t1", "0b11", "1 2", "nan", "2147483648x"};
	uint32_t value = 77;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(parse_u32(bad[i], UINT32_MAX, &value), -EINVAL);
	assert_int_equal(value, 77);
}

TEST(numbers_are_taken_up_to_their_limit)
{
	static const uint32_t limits[] = {0, 1, 255, 65535, 2147483647, 2147483648u, UINT32_MAX};
	char text[16];
	uint32_t value;

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		uint64_t beyond = (uint64_t)limits[i] + 1;

		snprintf(text, sizeof text, "%u", limits[i]);
		assert_int_equal(parse_u32(text, limits[i], &value), 0);
		assert_int_equal(value, limits[i]);
		snprintf(text, sizeof text, "%llu", (unsigned long long)beyond);
		assert_int_equal(parse_u32(text, limits[i], &value), -EINVAL);
	}
	assert_int_equal(parse_u32("0000000042", UINT32_MAX, &value), 0);
	assert_int_equal(value, 42);
}

TEST(what_is_there_and_what_is_not_can_be_told_apart)
{
	struct tree *tree = make_tree();
	uint32_t value;

	assert_int_equal(tree_add(tree, "0/1/type", "p"), 0);
	assert_int_equal(tree_add(tree, "0/1/ring-ref", "8"), 0);
	assert_int_equal(tree_add(tree, "10", "x"), 0);
	assert_string_equal(tree_get(tree, "%u/%u/%s", 0, 1, "type"), "p");
	assert_null(tree_get(tree, "0/1"));
	assert_null(tree_get(tree, "type"));
	assert_int_equal(tree_get_u32(tree, 99, &value, "0/1/ring-ref"), 0);
	assert_int_equal(value, 8);
	assert_int_equal(tree_get_u32(tree, 7, &value, "0/1/ring-ref"), -EINVAL);
	assert_int_equal(tree_get_u32(tree, 99, &value, "0/1/event-channel"), -ENOENT);
	assert_true(tree_has(tree, "0"));
	assert_true(tree_has(tree, "0/1"));
	assert_true(tree_has(tree, "10"));
	/* A name that only begins like another does not match. */
	assert_false(tree_has(tree, "1"));
	assert_false(tree_has(tree, "0/1/ty"));
	tree_destroy(tree);
}

TEST(nodes_come_in_the_order_of_reading)
{
	struct tree *tree = make_tree();
	const char *value;

	assert_null(tree_item(tree, 0, &value));
	assert_int_equal(tree_add(tree, "b", "1"), 0);
	assert_int_equal(tree_add(tree, "a/c", "\x01"), 0);
	assert_string_equal(tree_item(tree, 0, &value), "b");
	assert_string_equal(value, "1");
	assert_string_equal(tree_item(tree, 1, &value), "a/c");
	assert_null(value);
	assert_null(tree_item(tree, 2, &value));
	tree_destroy(tree);
}

TEST(what_cannot_be_printed_is_there_and_has_no_value)
{
	static const char *const bad[] = {"\x1b[31m", "a\nb", "\x7f", "caf\xc3\xa9", "\x01"};
	uint32_t value;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct tree *tree = make_tree();

		assert_int_equal(tree_add(tree, "n", bad[i]), 0);
		assert_true(tree_has(tree, "n"));
		assert_null(tree_get(tree, "n"));
		assert_int_equal(tree_get_u32(tree, 9, &value, "n"), -EINVAL);
		tree_destroy(tree);
	}
}

TEST(a_guest_cannot_fill_our_memory)
{
	struct tree *tree = make_tree();
	char text[TREE_VALUE_MAX + 2];
	char path[160];
	int n = 0;

	memset(text, 'x', sizeof text);
	text[TREE_VALUE_MAX + 1] = '\0';
	assert_int_equal(tree_add(tree, "n", text), -E2BIG);
	text[TREE_VALUE_MAX] = '\0';
	assert_int_equal(tree_add(tree, "n", text), 0);
	memset(path, 'p', sizeof path);
	path[128] = '\0';
	assert_int_equal(tree_add(tree, path, "1"), -E2BIG);
	path[127] = '\0';
	assert_int_equal(tree_add(tree, path, "1"), 0);
	while (tree_add(tree, "0", "1") == 0)
		assert_true(++n < 2000);
	assert_int_equal(n + 2, TREE_MAX_NODES);
	tree_destroy(tree);
}

TEST(trees_are_the_same_only_with_the_same_paths_and_values)
{
	static const char *const nodes[][2] = {{"a", "1"}, {"a", "2"}, {"b", "1"}, {"a", "\x01"}};
	enum { N = sizeof nodes / sizeof nodes[0] };

	for (size_t i = 0; i < N; i++) {
		for (size_t j = 0; j < N; j++) {
			struct tree *a = make_tree();
			struct tree *b = make_tree();

			assert_true(tree_same_but(a, b, "state"));
			assert_int_equal(tree_add(a, nodes[i][0], nodes[i][1]), 0);
			assert_false(tree_same_but(a, b, "state"));
			assert_int_equal(tree_add(i < j ? a : b, "state", "3"), 0);
			assert_int_equal(tree_add(b, nodes[j][0], nodes[j][1]), 0);
			assert_int_equal(tree_same_but(a, b, "state"), i == j);
			tree_destroy(a);
			tree_destroy(b);
		}
	}
	tree_destroy(NULL);
}
