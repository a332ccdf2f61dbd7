/* SPDX-License-Identifier: MIT */
/* See purse.h. */
#include <config.h>

#include "base/clock.h"
#include "consumer/purse.h"
#include "consumer/users.h"

uint64_t purse_pay(struct purse *purse, uint16_t opcode, uint64_t since_ns)
{
	const uint64_t work_ns = work_clock_ns();
	const struct price price = message_price(opcode, work_ns - since_ns);
	const uint64_t now = now_ns();

	purse->work_us += price.time;
	budget_spend(&purse->time, price.time, now);
	budget_spend(&purse->user->time, price.time, now);
	budget_spend(&purse->harm, price.harm, now);
	budget_spend(&purse->user->harm, price.harm, now);
	return work_ns;
}

static uint64_t longer(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Called before every message, so it looks at no budget that does not matter. */
uint64_t purse_wait_ns(struct purse *purse, uint16_t opcode)
{
	const bool for_harm = !message_is_report(opcode);
	struct user *user = purse->user;
	const uint64_t now = now_ns();
	uint64_t wait_ns = budget_wait_ns(&user->time, now);

	if (for_harm)
		wait_ns = longer(wait_ns, budget_wait_ns(&user->harm, now));
	if (purse->is_left)
		return wait_ns;
	wait_ns = longer(wait_ns, budget_wait_ns(&purse->time, now));
	return for_harm ? longer(wait_ns, budget_wait_ns(&purse->harm, now)) : wait_ns;
}
