/* SPDX-License-Identifier: MIT */
/* Limits on what one consumer, and all consumers together, may cost the daemon. */
#ifndef XENAVD_LIMITS_H
#define XENAVD_LIMITS_H

#include "config/policy.h"

struct consumer_limits {
	unsigned consumers;          /* connected at once */
	unsigned consumers_for_root; /* of those, reserved for root */
	unsigned consumers_per_uid;  /* except root's */
	unsigned burst;              /* messages served in one turn of a consumer */
	unsigned unsent_per_stream;  /* then they are dropped and the state is sent anew */
	unsigned unsent_replies;     /* then no more requests are read */
	unsigned unsent_fds;
	unsigned unsent;    /* of one consumer; twice as many disconnect it */
	unsigned stall_ms;  /* time in which it takes none of its unsent messages */
	unsigned hello_ms;  /* time from accept to HELLO */
	unsigned resume_ms; /* time for consumers to come back after a restart */

	/* Budgets in microseconds of the event loop's time, see users.h: the income in a second,
	 * and the most that can be saved up. */
	unsigned user_tokens_per_sec;
	unsigned user_tokens;
	unsigned tokens_per_sec; /* of one consumer */
	unsigned tokens;
	unsigned accept_tokens_per_sec; /* for all connections, before their user is known */
	unsigned accept_tokens;
	unsigned turn_us; /* time of one turn of a consumer */
};

#define CONSUMER_LIMITS_INIT                                                                       \
	{                                                                                          \
		.consumers = POLICY_CONSUMERS, .consumers_for_root = 8, .consumers_per_uid = 8,    \
		.burst = 64, .unsent_per_stream = 16, .unsent_replies = 32, .unsent_fds = 64,      \
		.unsent = 512, .stall_ms = 2000, .hello_ms = 10000, .resume_ms = 5000,             \
		.user_tokens_per_sec = 100000, .user_tokens = 20000, .tokens_per_sec = 50000,      \
		.tokens = 10000, .accept_tokens_per_sec = 20000, .accept_tokens = 10000,           \
		.turn_us = 25                                                                      \
	}

#endif
