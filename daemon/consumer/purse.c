/* SPDX-License-Identifier: MIT */
/* See purse.h. */
#include <config.h>

#include "base/clock.h"
#include "consumer/purse.h"
#include "consumer/users.h"

uint64_t purse_pay(struct purse *purse, uint16_t opcode, uint64_t since_ns)
{
	const uint64_t work_ns = work_clock_ns();
	const uint32_t price = message_price(opcode, work_ns - since_ns);
	const uint64_t now = now_ns();

	purse->work_us += price;
	budget_spend(&purse->budget, price, now);
	budget_spend(&purse->user->budget, price, now);
	return work_ns;
}

uint64_t purse_wait_ns(struct purse *purse)
{
	const uint64_t now = now_ns();
	const uint64_t own_ns = budget_wait_ns(&purse->budget, now);
	const uint64_t user_ns = budget_wait_ns(&purse->user->budget, now);

	return own_ns > user_ns && !purse->is_left ? own_ns : user_ns;
}
