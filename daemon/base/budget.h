/* SPDX-License-Identifier: MIT */
/*
 * What somebody outside may make us do: so many tokens a second, and what was not used is saved up
 * to a limit.  Work is paid for when it has been done, because only then its price is known; who
 * has no token left has to wait.  Pure: time comes in as an argument.
 */
#ifndef XENAVD_BUDGET_H
#define XENAVD_BUDGET_H

#include <stdint.h>

struct budget {
	/* private to budget.c */
	uint32_t per_sec;
	uint32_t burst;
	uint64_t missing; /* from a full one, in billionths of a token.. */
	uint64_t then_ns; /* ..as of then */
};

/* A full one: per_sec tokens come back in a second, at most burst are there at a time; both are 1
 * at least.  To be called again is to fill it. */
void budget_init(struct budget *budget, uint32_t per_sec, uint32_t burst, uint64_t now_ns);

/*
 * Pay.  The price may be more than there is: the debt is paid off before there is a token again.
 * It is never more than burst, or what comes back in a second if that is more: so nobody waits much
 * longer than a second, or than a full budget takes to come back.
 */
void budget_spend(struct budget *budget, uint32_t tokens, uint64_t now_ns);

/* @return 0 when there is a token; else the time until there will be one. */
uint64_t budget_wait_ns(struct budget *budget, uint64_t now_ns);

#endif
