/* SPDX-License-Identifier: MIT */
/* How many keys a guest gets at once, and when it gets more. */
#include <config.h>

#include <string.h>

#include "input/pace.h"
#include "test.h"

#define START_NS (1000 * NS_PER_MS)

static struct pace pace;

static int setup(void **)
{
	memset(&pace, 0, sizeof pace);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

/* Send what is allowed now. @return how many. */
static unsigned send(bool is_read, unsigned n_waiting, uint64_t now)
{
	unsigned n = 0;

	for (; pace_allows(&pace, is_read, n_waiting, now); n++)
		pace_add(&pace);
	return n;
}

TEST(few_keys_go_at_once)
{
	assert_int_equal(send(true, 1, START_NS), PACE_BURST);
	assert_int_equal(send(true, 1, START_NS), 0);
}

TEST(a_guest_without_time_gets_no_more_however_long_it_has_none)
{
	send(true, 1, START_NS);
	assert_int_equal(send(false, 1, 100 * START_NS), 0);
	/* When it read the page is not known: that it has time is seen now. */
	assert_int_equal(send(true, 1, 200 * START_NS), 0);
	assert_int_equal(send(true, 1, 200 * START_NS + PACE_NS), 1);
}

TEST(a_guest_that_reads_gets_another_key_when_its_time_has_come)
{
	send(true, 1, START_NS);
	assert_int_equal(send(true, 1, START_NS), 0);
	assert_int_equal(pace_next_ns(&pace, 1), START_NS + PACE_NS);
	assert_int_equal(send(true, 1, START_NS + PACE_NS - 1), 0);
	assert_int_equal(send(true, 1, START_NS + 3 * PACE_NS + 1), 3);
}

TEST(keys_go_faster_while_many_wait)
{
	send(true, PACE_MANY + 1, START_NS);
	assert_int_equal(send(true, PACE_MANY + 1, START_NS), 0);
	assert_int_equal(pace_next_ns(&pace, PACE_MANY + 1), START_NS + PACE_FAST_NS);
	assert_int_equal(send(true, PACE_MANY + 1, START_NS + PACE_FAST_NS), 1);
}

TEST(who_types_by_hand_never_waits)
{
	uint64_t now = START_NS;

	for (unsigned i = 0; i < 1000; i++, now += 10 * NS_PER_MS) {
		assert_true(pace_allows(&pace, true, 1, now));
		pace_add(&pace);
		/* The guest reads it and says so. */
		assert_true(pace_allows(&pace, true, 0, now + NS_PER_MS));
	}
}

TEST(a_long_pause_leaves_room_for_one_burst)
{
	send(true, 1, START_NS);
	assert_int_equal(send(true, 1, START_NS), 0);
	assert_int_equal(send(true, 1, 1000 * START_NS), PACE_BURST);
}
