/* SPDX-License-Identifier: MIT */
/*
 * The users whose consumers are connected, or were a moment ago: what all consumers of one user
 * have in common.  It outlives them, so that nobody gets a new share by connecting anew.
 *
 * What consumers have the event loop do is paid for in microseconds of its time.  Who holds it up
 * for long pays more: all others wait meanwhile, so that the harm grows with the square.  What has
 * to be said all the time, of frames and positions, costs its time alone.
 */
#ifndef XENAVD_USERS_H
#define XENAVD_USERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/budget.h"
#include "consumer/limits.h"
#include "report/log.h"

/* Lines about one consumer do not keep those about another from being logged. */
#define USER_LOGS 8

struct user {
	uid_t uid;
	unsigned n_consumers;
	struct budget budget;
	struct log_source logs[USER_LOGS];
	unsigned n_on_log[USER_LOGS]; /* consumers that use it */
	uint64_t left_ns;             /* when the last one left */
	LIST_ENTRY(user) link;
};

struct users {
	LIST_HEAD(, user) all;
};

/* The user of that number, made when it is new; it stays valid until others are asked for, and as
 * long as it has consumers. @return NULL without memory. */
struct user *users_get(struct users *users, uid_t uid, const struct consumer_limits *limits);

/* The section of the configuration that its newest consumer has its rights from pays with it for
 * memory. @return 0 or -ENOMEM. */
int users_assign(const struct user *user, const struct consumer_rule *section);

/* One more or one fewer. */
struct log_source *user_add_consumer(struct user *user);
void user_remove_consumer(struct user *user, const struct log_source *log);

/* Free all; none of them has consumers. */
void users_finish(struct users *users);

/* The time of this thread, to be compared. */
uint64_t work_clock_ns(void);

/* What work costs that took so long: tokens for a budget. */
uint32_t work_price(uint64_t work_ns);

/* What a message of that opcode costs, when serving it took so long: tokens, as work_price(). */
uint32_t message_price(uint16_t opcode, uint64_t work_ns);

#endif
