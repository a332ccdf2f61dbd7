/* SPDX-License-Identifier: MIT */
/*
 * See budget.h.  Missing tokens are counted in billionths, of which per_sec come back in a
 * nanosecond: frequent refills lose nothing by rounding.
 */
#include <config.h>

#include "base/budget.h"
#include "base/clock.h"

#define TOKEN NS_PER_SEC /* billionths */

static void refill(struct budget *budget, uint64_t now_ns)
{
	uint64_t back;

	if (now_ns <= budget->then_ns)
		return;
	if (__builtin_mul_overflow(now_ns - budget->then_ns, budget->per_sec, &back) ||
	    back > budget->missing)
		back = budget->missing;
	budget->missing -= back;
	budget->then_ns = now_ns;
}

void budget_init(struct budget *budget, uint32_t per_sec, uint32_t burst, uint64_t now_ns)
{
	*budget = (struct budget){.per_sec = per_sec, .burst = burst, .then_ns = now_ns};
}

void budget_spend(struct budget *budget, uint32_t tokens, uint64_t now_ns)
{
	const uint32_t debt = budget->burst > budget->per_sec ? budget->burst : budget->per_sec;
	/* All sums fit: 2^32 tokens are less than a quarter of what a uint64_t holds. */
	const uint64_t most = TOKEN * budget->burst + TOKEN * debt;

	refill(budget, now_ns);
	budget->missing += tokens * TOKEN;
	if (budget->missing > most)
		budget->missing = most;
}

uint64_t budget_wait_ns(struct budget *budget, uint64_t now_ns)
{
	uint64_t lacking;

	refill(budget, now_ns);
	if (budget->missing + TOKEN <= budget->burst * TOKEN)
		return 0;
	lacking = budget->missing + TOKEN - budget->burst * TOKEN;
	return (lacking + budget->per_sec - 1) / budget->per_sec;
}
