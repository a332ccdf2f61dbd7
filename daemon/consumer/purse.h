/* SPDX-License-Identifier: MIT */
/* What one consumer can pay: from its own budgets, and from those of its user. */
#ifndef XENAVD_PURSE_H
#define XENAVD_PURSE_H

#include <stdbool.h>
#include <stdint.h>

#include "consumer/users.h"

struct purse {
	struct means means; /* its own */
	struct user *user;
	uint64_t work_us; /* readable: all the time that it has paid for */
	bool is_left;     /* the consumer has left: its user alone pays */
};

/*
 * Pay for serving a message of that opcode since work_clock_ns() was since_ns; 0: anything else.
 *
 * @return work_clock_ns() now: to ask for it is a system call.
 */
uint64_t purse_pay(struct purse *purse, uint16_t opcode, uint64_t since_ns);

/* @return 0 when it can pay for a message of that opcode (0: for any), else the time until it can.
 */
uint64_t purse_wait_ns(struct purse *purse, uint16_t opcode);

#endif
