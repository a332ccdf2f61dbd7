/* SPDX-License-Identifier: MIT */
/* The rule that applies, to guests and to consumers. */
#include <config.h>

#include <string.h>

#include "config/policy.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)
#define UUID       "12345678-abcd-4abc-8def-123456789abc"

static struct policy policy;
static struct guest_policy found;

static int setup(void **)
{
	policy_init(&policy);
	return 0;
}

static int teardown(void **)
{
	policy_finish(&policy);
	policy_finish(&policy);
	return 0;
}

/* -------- guests -------- */

static uint32_t mapped(const char *name, const char *uuid)
{
	policy_guest(&policy, name, uuid, &found);
	return found.max_mapped_pages;
}

static void add_guest(const char *who, uint32_t pages)
{
	policy_add_guest(&policy, who)->policy.max_mapped_pages = pages;
}

TEST(without_a_rule_a_guest_has_the_defaults)
{
	assert_int_equal(mapped("guest", UUID), 32768);
	assert_false(found.be_alloc);
	assert_int_equal(found.max_supplied_pages, 16384);
	assert_int_equal(found.max_copied_pages, 65536);
	add_guest("other", 1);
	assert_int_equal(mapped("guest", UUID), 32768);
}

TEST(the_first_rule_that_names_a_guest_counts)
{
	add_guest("one", 1);
	add_guest(UUID, 2);
	add_guest("two", 3);
	add_guest("*", 4);
	assert_int_equal(mapped("one", UUID), 1);
	assert_int_equal(mapped("two", UUID), 2);
	assert_int_equal(mapped("two", ""), 3);
	assert_int_equal(mapped("three", ""), 4);
	assert_int_equal(mapped("", ""), 4);
}

TEST(uuids_match_in_either_case_and_names_in_their_own)
{
	add_guest("12345678-ABCD-4abc-8DEF-123456789abc", 1);
	add_guest("Guest", 2);
	assert_int_equal(mapped("x", UUID), 1);
	assert_int_equal(mapped("guest", ""), 32768);
	assert_int_equal(mapped("Guest", ""), 2);
}

TEST(a_guest_without_a_name_or_uuid_is_nobody_in_particular)
{
	add_guest("", 1);
	assert_int_equal(mapped("", ""), 32768);
	assert_int_equal(mapped("x", ""), 32768);
}

/* The toolstack takes longer names than xenavd keeps. */
TEST(a_name_that_was_cut_short_matches_nothing)
{
	char name[GUEST_NAME_BYTES];

	memset(name, 'x', sizeof name);
	name[62] = '\0';
	add_guest(name, 1);
	assert_int_equal(mapped(name, ""), 1);
	name[62] = 'x';
	name[63] = '\0';
	add_guest(name, 2);
	assert_int_equal(mapped(name, ""), 32768);
}

TEST(a_rule_that_covers_another_is_found)
{
	assert_null(policy_covers_guest(&policy, "a"));
	add_guest("a", 1);
	add_guest(UUID, 1);
	assert_non_null(policy_covers_guest(&policy, "a"));
	assert_null(policy_covers_guest(&policy, "A"));
	assert_non_null(policy_covers_guest(&policy, "12345678-ABCD-4abc-8DEF-123456789abc"));
	assert_null(policy_covers_guest(&policy, "*"));
	add_guest("*", 1);
	assert_string_equal(policy_covers_guest(&policy, "z")->who, "*");
}

/* -------- consumers -------- */

static struct consumer_rule *add(enum consumer_kind kind, uint32_t id, enum right display)
{
	struct consumer_rule *rule = policy_add_consumer(&policy, kind, id, "x");

	assert_non_null(rule);
	rule->rights.display = display;
	return rule;
}

static struct guest_info guest(const char *name, const char *uuid)
{
	struct guest_info info = {0};

	strcpy(info.name, name);
	strcpy(info.uuid, uuid);
	return info;
}

static enum right display(const struct consumer_id *consumer, const char *name)
{
	const struct guest_info info = guest(name, UUID);
	struct consumer_rights rights;

	policy_consumer(&policy, consumer, &info, &rights);
	return rights.display;
}

TEST(without_a_rule_a_consumer_may_do_nothing)
{
	const struct consumer_id root = {0};

	assert_int_equal(display(&root, "guest"), RIGHT_NO);
	assert_false(policy_admits(&policy, &root));
}

TEST(a_consumer_is_known_by_its_user_and_all_of_its_groups)
{
	const gid_t groups[] = {40, 41, 42};
	const struct consumer_id user = {.uid = 7, .gid = 70};
	const struct consumer_id first = {.uid = 8, .gid = 42};
	const struct consumer_id more = {.uid = 9, .gid = 70, .groups = groups, .n_groups = 3};
	const struct consumer_id none = {.uid = 42, .gid = 7, .groups = groups, .n_groups = 2};

	add(CONSUMER_USER, 7, RIGHT_WATCH);
	add(CONSUMER_GROUP, 42, RIGHT_CLAIM);
	assert_int_equal(display(&user, "guest"), RIGHT_WATCH);
	assert_int_equal(display(&first, "guest"), RIGHT_CLAIM);
	assert_int_equal(display(&more, "guest"), RIGHT_CLAIM);
	assert_int_equal(display(&none, "guest"), RIGHT_NO);
	assert_true(policy_admits(&policy, &more));
	assert_false(policy_admits(&policy, &none));
}

static void restrict_to(struct consumer_rule *rule, const char *guest)
{
	assert_int_equal(guest_names_add(&rule->guests, guest, strlen(guest)), 0);
}

TEST(the_first_rule_for_consumer_and_guest_counts)
{
	const struct consumer_id user = {.uid = 7, .gid = 70};
	struct consumer_rule *rule;

	rule = add(CONSUMER_USER, 7, RIGHT_NO);
	restrict_to(rule, "secret");
	rule = add(CONSUMER_GROUP, 70, RIGHT_CLAIM);
	restrict_to(rule, "one");
	restrict_to(rule, "secret");
	add(CONSUMER_ANY, 0, RIGHT_WATCH);
	assert_int_equal(display(&user, "secret"), RIGHT_NO);
	assert_int_equal(display(&user, "one"), RIGHT_CLAIM);
	assert_int_equal(display(&user, "two"), RIGHT_WATCH);
	assert_true(policy_admits(&policy, &user));
}

TEST(guests_of_a_consumer_are_named_like_all_guests)
{
	const struct consumer_id user = {.uid = 7};
	struct consumer_rule *rule = add(CONSUMER_USER, 7, RIGHT_WATCH);

	restrict_to(rule, "12345678-ABCD-4abc-8DEF-123456789abc");
	assert_int_equal(display(&user, "any"), RIGHT_WATCH);
	rule = add(CONSUMER_USER, 8, RIGHT_WATCH);
	restrict_to(rule, "*");
	assert_int_equal(display(&(struct consumer_id){.uid = 8}, "any"), RIGHT_WATCH);
}

TEST(a_consumer_that_a_rule_denies_everything_is_not_admitted)
{
	const struct consumer_id user = {.uid = 7, .gid = 70};
	struct consumer_rule *rule = add(CONSUMER_USER, 7, RIGHT_NO);

	add(CONSUMER_GROUP, 70, RIGHT_CLAIM);
	assert_false(policy_admits(&policy, &user));
	restrict_to(rule, "secret");
	assert_true(policy_admits(&policy, &user));
	restrict_to(rule, "*");
	assert_false(policy_admits(&policy, &user));
}

/* `direct` alone is no right. */
TEST(the_socket_is_for_others_when_a_rule_gives_them_anything)
{
	struct consumer_rule *rule;

	add(CONSUMER_USER, 0, RIGHT_CLAIM);
	add(CONSUMER_GROUP, 70, RIGHT_CLAIM);
	rule = add(CONSUMER_USER, 7, RIGHT_NO);
	rule->rights.direct = true;
	assert_false(policy_admits_others(&policy, 70));
	assert_true(policy_admits_others(&policy, 71));
	rule->rights.capture = RIGHT_CLAIM;
	assert_true(policy_admits_others(&policy, 70));
}

TEST(the_status_is_told_by_guest_and_orders_are_for_sections_about_all)
{
	const gid_t groups[] = {0};
	const struct consumer_id user = {7, 70, groups, 0}, root = {0, 70, groups, 0};
	const struct guest_info a = guest("a", UUID), b = guest("b", "");
	struct consumer_rule *rule;

	assert_false(policy_tells_status(&policy, &user));
	assert_false(policy_controls(&policy, &user));
	assert_true(policy_tells_status(&policy, &root));
	assert_true(policy_tells_of(&policy, &root, &a));
	assert_true(policy_controls(&policy, &root));
	rule = add(CONSUMER_USER, 7, RIGHT_NO);
	assert_null(policy_admits(&policy, &user));
	rule->rights.status = rule->rights.control = true;
	assert_true(policy_controls(&policy, &user));
	restrict_to(rule, "a");
	assert_ptr_equal(policy_admits(&policy, &user), rule);
	assert_true(policy_tells_status(&policy, &user));
	assert_true(policy_tells_of(&policy, &user, &a));
	assert_false(policy_tells_of(&policy, &user, &b));
	assert_false(policy_controls(&policy, &user));
	assert_true(policy_admits_others(&policy, 70));
}
