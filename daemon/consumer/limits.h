/* SPDX-License-Identifier: MIT */
/*
 * What one consumer, and all of them together, may cost the daemon.  One structure, so that the
 * tests can be as quick and as strict as they like.
 */
#ifndef XENAVD_LIMITS_H
#define XENAVD_LIMITS_H

#include "config/policy.h"

struct consumer_limits {
	unsigned consumers;          /* connected at once */
	unsigned consumers_for_root; /* of those, that nobody else gets */
	unsigned consumers_per_uid;  /* except root's */
	unsigned burst;              /* messages handled before others have their turn */
	unsigned unsent_per_stream;  /* before they are thrown away and the state is told anew */
	unsigned unsent_replies;     /* before no more requests are read */
	unsigned unsent_fds;
	unsigned unsent;   /* of one consumer; it is dropped at twice as many */
	unsigned stall_ms; /* how long it may take nothing while something is unsent */
	unsigned hello_ms; /* how long it may take to say HELLO */

	/* Microseconds of the event loop's time, see users.h: what comes back in a second, and how
	 * much of that can be saved up. */
	unsigned user_tokens_per_sec;
	unsigned user_tokens;
	unsigned tokens_per_sec; /* of one consumer */
	unsigned tokens;
	unsigned accept_tokens_per_sec; /* for all that connect, before it is known who they are */
	unsigned accept_tokens;
	unsigned turn_us; /* before others have their turn */
};

#define CONSUMER_LIMITS_INIT                                                                       \
	{                                                                                          \
		.consumers = POLICY_CONSUMERS, .consumers_for_root = 8, .consumers_per_uid = 8,    \
		.burst = 64, .unsent_per_stream = 16, .unsent_replies = 32, .unsent_fds = 64,      \
		.unsent = 512, .stall_ms = 2000, .hello_ms = 10000, .user_tokens_per_sec = 100000, \
		.user_tokens = 20000, .tokens_per_sec = 50000, .tokens = 10000,                    \
		.accept_tokens_per_sec = 20000, .accept_tokens = 10000, .turn_us = 25              \
	}

#endif
