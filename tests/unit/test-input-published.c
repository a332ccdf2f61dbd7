/* SPDX-License-Identifier: MIT */
/* Features that the toolstack and we offer, and requests of the guest. */
#include <config.h>

#include <errno.h>

#include "input/published.h"
#include "report/log.h"
#include "test.h"
#include "xen/tree.h"

static struct log_source source;
static struct tree *tree;
static struct input_published published;

static void put(const char *path, const char *value)
{
	assert_int_equal(tree_add(tree, path, value), 0);
}

static int setup(void **)
{
	log_source_init(&source, "vinput 3/0");
	return tree_create(&tree);
}

static int teardown(void **)
{
	tree_destroy(tree);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static int read_it(void)
{
	return input_published_read(&published, tree, &source);
}

static void put_ring(void)
{
	put("page-gref", "9");
	put("event-channel", "17");
}

TEST(without_features_linux_assumes_a_keyboard_and_a_mouse)
{
	put_ring();
	assert_int_equal(read_it(), 0);
	assert_int_equal(published.refs.page_gref, 9);
	assert_int_equal(published.refs.port, 17);
	assert_true(published.caps.keyboard);
	assert_true(published.caps.pointer);
	assert_false(published.caps.absolute);
	assert_false(published.caps.touch);
	assert_int_equal(published.caps.width, 800);
	assert_int_equal(published.caps.height, 600);
}

TEST(a_request_counts_only_if_the_feature_was_offered)
{
	put_ring();
	put("request-abs-pointer", "1");
	put("request-multi-touch", "1");
	assert_int_equal(read_it(), 0);
	assert_false(published.caps.absolute);
	assert_false(published.caps.touch);
	put("backend:feature-abs-pointer", "1");
	put("backend:feature-multi-touch", "1");
	put("backend:multi-touch-num-contacts", "200");
	assert_int_equal(read_it(), 0);
	assert_true(published.caps.absolute);
	assert_true(published.caps.touch);
	assert_int_equal(published.caps.contacts, INPUT_CONTACTS);
}

TEST(a_feature_that_was_not_asked_for_is_not_used)
{
	put_ring();
	put("backend:feature-abs-pointer", "1");
	put("backend:feature-multi-touch", "1");
	put("request-abs-pointer", "0");
	assert_int_equal(read_it(), 0);
	assert_false(published.caps.absolute);
	assert_false(published.caps.touch);
	assert_int_equal(published.caps.contacts, 0);
}

TEST(without_a_pointer_there_is_no_keyboard_either)
{
	put_ring();
	put("backend:feature-disable-pointer", "1");
	assert_int_equal(read_it(), 0);
	assert_false(published.caps.keyboard);
	assert_false(published.caps.pointer);
}

TEST(the_guest_cannot_name_features)
{
	put_ring();
	put("width", "5");
	put("backend/width", "5");
	put("feature-disable-pointer", "1");
	assert_int_equal(read_it(), 0);
	assert_true(published.caps.pointer);
	assert_int_equal(published.caps.width, 800);
}

TEST(a_malformed_feature_is_as_good_as_none)
{
	put_ring();
	put("backend:width", "4294967296");
	put("backend:height", "x");
	put("backend:feature-abs-pointer", "yes");
	put("request-abs-pointer", "1");
	assert_int_equal(read_it(), 0);
	assert_int_equal(published.caps.width, 800);
	assert_int_equal(published.caps.height, 600);
	assert_false(published.caps.absolute);
}

TEST(a_ring_that_is_missing_or_malformed_is_an_error)
{
	assert_int_equal(read_it(), -ENOENT);
	put("page-gref", "nine");
	assert_int_equal(read_it(), -EINVAL);
}
