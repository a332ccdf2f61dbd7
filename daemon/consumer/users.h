/* SPDX-License-Identifier: MIT */
/*
 * The users whose consumers are connected, or were a moment ago, and the budgets that all consumers
 * of a user share.  They outlive them, so that connecting anew brings no new budget.
 *
 * Consumers pay for the work of the event loop in microseconds of its time.  Long work does harm
 * beside that: all others wait meanwhile, so that it grows with the square.  Regular reports, of
 * frames, positions and keys, cost their time alone, and are read also from a consumer that has to
 * wait because of harm: a guest plays, records or draws by them, and the time that a single message
 * seems to take may be that for which the whole machine stood still.
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

/* Consumers use different logs, so that lines about one do not suppress lines about another. */
#define USER_LOGS 8

/* What a consumer or a user can pay with. */
struct means {
	struct budget time;
	struct budget harm;
};

struct user {
	uid_t uid;
	unsigned n_consumers;
	struct means means;
	struct log_source logs[USER_LOGS];
	unsigned n_on_log[USER_LOGS]; /* consumers that use each */
	uint64_t left_ns;             /* time when the last consumer left */
	LIST_ENTRY(user) link;
};

struct users {
	LIST_HEAD(, user) all;
};

/* The user of that number, made when it is new.  The pointer is valid until the next call, and as
 * long as the user has consumers.  @return NULL without memory. */
struct user *users_get(struct users *users, uid_t uid, const struct consumer_limits *limits);

/* Let the user pay for memory together with the section of the configuration that admitted its
 * newest consumer.  @return 0 or -ENOMEM. */
int users_assign(const struct user *user, const struct consumer_rule *section);

/* The user has another consumer, or has lost one. */
struct log_source *user_add_consumer(struct user *user);
void user_remove_consumer(struct user *user, const struct log_source *log);

/* Free all users; none of them has consumers. */
void users_finish(struct users *users);

/* The processor time of this thread. */
uint64_t work_clock_ns(void);

/* What work costs, in tokens of the two budgets. */
struct price {
	uint32_t time;
	uint32_t harm;
};

/* See budget.h; both budgets are alike.  A report waits for time alone. */
void means_init(struct means *means, uint32_t per_sec, uint32_t burst, uint64_t now_ns);
void means_spend(struct means *means, const struct price *price, uint64_t now_ns);
uint64_t means_wait_ns(struct means *means, bool for_report, uint64_t now_ns);

/* The price of work that took this time. */
struct price work_price(uint64_t work_ns);

/* The price of a message of that opcode whose serving took this time. */
struct price message_price(uint16_t opcode, uint64_t work_ns);

/* @return whether a message of that opcode is a regular report, which never does harm. */
bool message_is_report(uint16_t opcode);

#endif
