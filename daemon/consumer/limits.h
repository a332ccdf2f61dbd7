/* SPDX-License-Identifier: MIT */
/*
 * What one consumer, and all of them together, may cost the daemon.  One structure, so that the
 * tests can be as quick and as strict as they like.
 */
#ifndef XENAVD_LIMITS_H
#define XENAVD_LIMITS_H

struct consumer_limits {
	unsigned consumers;         /* connected at once */
	unsigned consumers_per_uid; /* except root's */
	unsigned burst;             /* messages handled before others have their turn */
	unsigned unsent_per_stream; /* before they are thrown away and the state is told anew */
	unsigned unsent_replies;    /* before no more requests are read */
	unsigned unsent_fds;
	unsigned unsent;   /* of one consumer; it is dropped at twice as many */
	unsigned stall_ms; /* how long it may take nothing while something is unsent */
	unsigned hello_ms; /* how long it may take to say HELLO */
};

#define CONSUMER_LIMITS_INIT                                                                       \
	{                                                                                          \
		.consumers = 64, .consumers_per_uid = 8, .burst = 64, .unsent_per_stream = 16,     \
		.unsent_replies = 32, .unsent_fds = 64, .unsent = 512, .stall_ms = 2000,           \
		.hello_ms = 10000                                                                  \
	}

#endif
