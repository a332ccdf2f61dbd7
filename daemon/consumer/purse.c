/* SPDX-License-Identifier: MIT */
/* See purse.h. */
#include <config.h>

#include "base/clock.h"
#include "consumer/purse.h"

uint64_t purse_pay(struct purse *purse, uint16_t opcode, uint64_t since_ns)
{
	const uint64_t work_ns = work_clock_ns();
	const struct price price = message_price(opcode, work_ns - since_ns);
	const uint64_t now = now_ns();

	purse->work_us += price.time;
	means_spend(&purse->means, &price, now);
	means_spend(&purse->user->means, &price, now);
	return work_ns;
}

uint64_t purse_wait_ns(struct purse *purse, uint16_t opcode)
{
	const bool for_report = message_is_report(opcode);
	const uint64_t now = now_ns();
	const uint64_t own_ns = means_wait_ns(&purse->means, for_report, now);
	const uint64_t user_ns = means_wait_ns(&purse->user->means, for_report, now);

	return own_ns > user_ns && !purse->is_left ? own_ns : user_ns;
}
