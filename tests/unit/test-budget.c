/* SPDX-License-Identifier: MIT */
/* Budgets: frequent looks lose and gain nothing; debts end. */
#include <config.h>

#include "base/budget.h"
#include "base/clock.h"
#include "test.h"

#define START_NS (7 * NS_PER_SEC)

static struct budget budget;

/* Spend single tokens until there is none. @return how many. */
static unsigned spend_all(uint64_t now_ns)
{
	unsigned spent = 0;

	while (budget_wait_ns(&budget, now_ns) == 0) {
		budget_spend(&budget, 1, now_ns);
		spent++;
	}
	return spent;
}

TEST_ALONE(a_new_one_is_full)
{
	budget_init(&budget, 10, 3, START_NS);
	assert_int_equal(spend_all(START_NS), 3);
}

TEST_ALONE(it_fills_up_to_its_limit_and_no_further)
{
	budget_init(&budget, 10, 3, START_NS);
	assert_int_equal(spend_all(START_NS), 3);
	assert_int_equal(spend_all(START_NS + 200 * NS_PER_MS), 2);
	assert_int_equal(spend_all(START_NS + 3600 * NS_PER_SEC), 3);
	assert_int_equal(spend_all(UINT64_MAX), 3);
}

TEST_ALONE(it_says_to_the_nanosecond_when_there_is_a_token_again)
{
	static const uint32_t rates[] = {1, 3, 7, 4000, 999999937, UINT32_MAX};

	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		uint64_t now = START_NS;

		budget_init(&budget, rates[i], 5, now);
		budget_spend(&budget, 7, now);
		for (unsigned round = 0; round < 100; round++) {
			uint64_t wait_ns = budget_wait_ns(&budget, now);

			assert_true(wait_ns > 0);
			if (wait_ns > 1)
				assert_int_equal(budget_wait_ns(&budget, now + wait_ns - 1), 1);
			now += wait_ns;
			assert_true(spend_all(now) >= 1);
		}
	}
}

/* A rate without a whole number of nanoseconds per token, looked at a million times a second. */
TEST_ALONE(nothing_is_lost_by_looking_often)
{
	static const uint32_t rates[] = {3, 4000, 7001, 333333};

	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		unsigned spent = 0;

		budget_init(&budget, rates[i], 4, START_NS);
		spend_all(START_NS);
		for (uint64_t ns = 0; ns < NS_PER_SEC; ns += 999)
			spent += spend_all(START_NS + ns);
		spent += spend_all(START_NS + NS_PER_SEC);
		assert_int_equal(spent, rates[i]);
	}
}

TEST_ALONE(a_debt_is_paid_off_first)
{
	budget_init(&budget, 100, 50, START_NS);
	budget_spend(&budget, 80, START_NS);
	assert_int_equal(budget_wait_ns(&budget, START_NS), 310 * NS_PER_MS);
	assert_int_equal(spend_all(START_NS + 309 * NS_PER_MS), 0);
	assert_int_equal(spend_all(START_NS + 310 * NS_PER_MS), 1);
}

TEST_ALONE(no_debt_is_more_than_a_full_budget_or_a_second)
{
	budget_init(&budget, 100, 50, START_NS);
	for (unsigned i = 0; i < 1000; i++)
		budget_spend(&budget, UINT32_MAX, START_NS);
	assert_int_equal(budget_wait_ns(&budget, START_NS), 1010 * NS_PER_MS);

	budget_init(&budget, 100, 400, START_NS);
	for (unsigned i = 0; i < 1000; i++)
		budget_spend(&budget, UINT32_MAX, START_NS);
	assert_int_equal(budget_wait_ns(&budget, START_NS), 4010 * NS_PER_MS);

	budget_init(&budget, 1, UINT32_MAX, START_NS);
	for (unsigned i = 0; i < 1000; i++)
		budget_spend(&budget, UINT32_MAX, START_NS);
	assert_int_equal(budget_wait_ns(&budget, START_NS),
			 (UINT64_C(1) + UINT32_MAX) * NS_PER_SEC);
	assert_int_equal(budget_wait_ns(&budget, START_NS + UINT32_MAX * NS_PER_SEC), NS_PER_SEC);
}

TEST_ALONE(a_clock_that_stands_or_goes_back_brings_nothing)
{
	budget_init(&budget, 1000, 2, START_NS);
	assert_int_equal(spend_all(START_NS), 2);
	assert_int_equal(spend_all(START_NS - NS_PER_SEC), 0);
	assert_int_equal(spend_all(START_NS), 0);
	assert_int_equal(spend_all(START_NS + NS_PER_MS), 1);
}
