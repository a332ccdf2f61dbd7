/* SPDX-License-Identifier: MIT */
/*
 * A budget limits the work that a guest or consumer can cause: tokens come back at a rate, and
 * unused tokens are saved up to a limit.  Work is paid for when it is done, because its price is
 * known only then; a guest or consumer without a token has to wait.  Pure: time comes in as an
 * argument.
 */
#ifndef XENAVD_BUDGET_H
#define XENAVD_BUDGET_H

#include <stdint.h>

struct budget {
	/* Private to budget.c. */
	uint32_t per_sec;
	uint32_t burst;
	uint64_t missing; /* to a full budget at then_ns, in billionths of a token */
	uint64_t then_ns;
};

/* Fill the budget: per_sec tokens come back in a second, at most burst are there at a time.  Both
 * are at least 1. */
void budget_init(struct budget *budget, uint32_t per_sec, uint32_t burst, uint64_t now_ns);

/*
 * Pay for work.  The price may exceed the budget: the debt is paid off before there is a token
 * again.  The debt is at most the larger of burst and per_sec, which bounds the wait.
 */
void budget_spend(struct budget *budget, uint32_t tokens, uint64_t now_ns);

/* @return 0 when there is a token, else the time until there will be one. */
uint64_t budget_wait_ns(struct budget *budget, uint64_t now_ns);

#endif
