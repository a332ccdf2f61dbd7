/* SPDX-License-Identifier: MIT */
/* Deadlines: never early, in their order, and none that was taken back. */
#include <config.h>

#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/deadline.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

struct point {
	struct deadline deadline;
	uint64_t at_ns;
	unsigned n_reached;
	struct point *clears;    /* another that it takes back */
	unsigned again;          /* how often it is set anew */
	uint64_t again_after_ns; /* so long after it was reached */
};

static struct event_base *base;
static struct deadlines *all;
static struct point a, b, c;
static char order[16];

static void set(struct point *point, uint64_t at_ns)
{
	point->at_ns = at_ns;
	deadline_set(&point->deadline, at_ns);
}

static void on_reached(void *data)
{
	struct point *point = data;
	const uint64_t now = now_ns();

	assert_true(now >= point->at_ns);
	assert_true(strlen(order) + 1 < sizeof order);
	strcat(order, point == &a ? "a" : point == &b ? "b" : "c");
	point->n_reached++;
	if (point->clears)
		deadline_clear(&point->clears->deadline);
	if (point->again-- > 0)
		set(point, now + point->again_after_ns);
	else
		point->again = 0;
}

static void init(struct point *point)
{
	memset(point, 0, sizeof *point);
	deadline_init(&point->deadline, all, on_reached, point);
}

static int setup(void **)
{
	base = event_base_new();
	assert_int_equal(deadlines_open(&all, base), 0);
	init(&a);
	init(&b);
	init(&c);
	order[0] = '\0';
	return 0;
}

static int teardown(void **)
{
	assert_int_equal(deadlines_count(all), 0);
	deadlines_close(all);
	event_base_free(base);
	return 0;
}

static void wait_for_all(void)
{
	while (deadlines_count(all) > 0)
		event_base_loop(base, EVLOOP_ONCE);
}

TEST(are_reached_in_the_order_of_time)
{
	const uint64_t now = now_ns();

	set(&a, now + 9 * NS_PER_MS);
	set(&b, now + 3 * NS_PER_MS);
	set(&c, now + 6 * NS_PER_MS);
	assert_int_equal(deadlines_count(all), 3);
	wait_for_all();
	assert_string_equal(order, "bca");
}

TEST(of_the_same_time_are_reached_in_the_order_they_were_set)
{
	const uint64_t at = now_ns() + 2 * NS_PER_MS;

	set(&b, at);
	set(&a, at);
	set(&c, at);
	wait_for_all();
	assert_string_equal(order, "bac");
}

TEST(that_have_passed_are_reached_soon)
{
	set(&a, 0);
	set(&b, now_ns() - NS_PER_SEC);
	wait_for_all();
	assert_string_equal(order, "ab");
}

TEST(that_are_set_again_are_reached_once)
{
	const uint64_t now = now_ns();

	set(&a, now + 1 * NS_PER_MS);
	set(&a, now + 5 * NS_PER_MS);
	set(&b, now + 9 * NS_PER_MS);
	set(&b, now + 3 * NS_PER_MS);
	assert_int_equal(deadlines_count(all), 2);
	wait_for_all();
	assert_string_equal(order, "ba");
}

TEST(that_are_taken_back_are_not_reached)
{
	const uint64_t now = now_ns();

	set(&a, now + 1 * NS_PER_MS);
	set(&b, now + 2 * NS_PER_MS);
	deadline_clear(&a.deadline);
	deadline_clear(&a.deadline);
	wait_for_all();
	assert_string_equal(order, "b");
}

TEST(may_be_taken_back_by_one_reached_with_them)
{
	a.clears = &b;
	set(&a, 1);
	set(&b, 2);
	set(&c, 3);
	wait_for_all();
	assert_string_equal(order, "ac");
}

TEST(that_begin_anew_when_they_are_reached_go_on)
{
	a.again = 5;
	a.again_after_ns = NS_PER_MS / 2;
	set(&a, now_ns());
	wait_for_all();
	assert_string_equal(order, "aaaaaa");
}

/* Else the loop would hang in here. */
TEST(that_are_always_due_leave_the_loop_to_others)
{
	a.again = 3;
	set(&a, 1);
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(a.n_reached, 1);
	wait_for_all();
	assert_int_equal(a.n_reached, 4);
}

TEST(that_were_never_set_can_be_taken_back)
{
	struct deadline zero = {0};

	deadline_clear(&zero);
	deadline_clear(&a.deadline);
}
