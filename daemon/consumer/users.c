/* SPDX-License-Identifier: MIT */
/* See users.h. */
#include <config.h>

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "buffer/account.h"
#include "config/policy.h"
#include "consumer/users.h"
#include "xenav-proto.h"

/* The most users without consumers that are remembered. */
#define REMEMBER_MAX 64

/* The time that a user without consumers is remembered: then budget and log are full again. */
#define REMEMBER_NS (30 * NS_PER_SEC)

#define NS_PER_US 1000u

/* Work of this time does as much harm as it takes time. */
#define LONG_US 100u

/* Longer work counts as no more harm.  No message takes a fast machine longer.  A slow machine may
 * take that long for every message, and its clock of processor time may count a stop of it. */
#define HARM_MAX_US 1000u

/* Longer work is paid for as if it took this time. */
#define LONGEST_US 10000u

/* A claim costs more than the loop's time: other threads make its buffers and copies. */
#define CLAIM_TIME 500

/* Reports of positions and keys cost no more time than this: on a slow machine everything takes
 * long, and a consumer that does its duty must be heard there, too.  A report of a position moves a
 * few numbers and no samples, and when it comes late the guest records silence; keys that come
 * late, and many at once, are lost. */
#define REPORT_TIME_MAX 200

static void forget(struct user *user)
{
	LIST_REMOVE(user, link);
	account_forget(user->uid);
	free(user);
}

/* Make room for another user. */
static void forget_old(struct users *users)
{
	const uint64_t now = now_ns();
	struct user *user, *next, *oldest = NULL;
	unsigned n = 0;

	for (user = LIST_FIRST(&users->all); user; user = next) {
		next = LIST_NEXT(user, link);
		if (user->n_consumers > 0)
			continue;
		if (now - user->left_ns > REMEMBER_NS) {
			forget(user);
			continue;
		}
		n++;
		if (!oldest || user->left_ns < oldest->left_ns)
			oldest = user;
	}
	if (n >= REMEMBER_MAX)
		forget(oldest);
}

struct user *users_get(struct users *users, uid_t uid, const struct consumer_limits *limits)
{
	struct user *user;

	LIST_FOREACH (user, &users->all, link)
		if (user->uid == uid)
			return user;
	forget_old(users);
	user = calloc(1, sizeof *user);
	if (!user)
		return NULL;
	user->uid = uid;
	user->left_ns = now_ns();
	means_init(&user->means, limits->user_tokens_per_sec, limits->user_tokens, now_ns());
	for (unsigned i = 0; i < USER_LOGS; i++)
		log_source_init(&user->logs[i], "consumers");
	LIST_INSERT_HEAD(&users->all, user, link);
	return user;
}

int users_assign(const struct user *user, const struct consumer_rule *section)
{
	return account_assign(user->uid, consumer_rule_whom(section));
}

/* The consumer gets one of the least used logs. */
struct log_source *user_add_consumer(struct user *user)
{
	unsigned least = 0;

	for (unsigned i = 1; i < USER_LOGS; i++)
		if (user->n_on_log[i] < user->n_on_log[least])
			least = i;
	user->n_on_log[least]++;
	user->n_consumers++;
	return &user->logs[least];
}

void user_remove_consumer(struct user *user, const struct log_source *log)
{
	user->n_on_log[log - user->logs]--;
	user->n_consumers--;
	user->left_ns = now_ns();
}

void users_finish(struct users *users)
{
	struct user *user;

	while ((user = LIST_FIRST(&users->all)))
		forget(user);
}

uint64_t work_clock_ns(void)
{
	struct timespec ts;

	/* Processor time: a consumer does not pay for a busy machine. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static uint32_t whole_us(uint64_t work_ns)
{
	return work_ns / NS_PER_US < LONGEST_US ? (uint32_t)(work_ns / NS_PER_US) : LONGEST_US;
}

void means_init(struct means *means, uint32_t per_sec, uint32_t burst, uint64_t now_ns)
{
	budget_init(&means->time, per_sec, burst, now_ns);
	budget_init(&means->harm, per_sec, burst, now_ns);
}

void means_spend(struct means *means, const struct price *price, uint64_t now_ns)
{
	budget_spend(&means->time, price->time, now_ns);
	budget_spend(&means->harm, price->harm, now_ns);
}

uint64_t means_wait_ns(struct means *means, bool for_report, uint64_t now_ns)
{
	const uint64_t time_ns = budget_wait_ns(&means->time, now_ns);
	const uint64_t harm_ns = for_report ? 0 : budget_wait_ns(&means->harm, now_ns);

	return time_ns > harm_ns ? time_ns : harm_ns;
}

struct price work_price(uint64_t work_ns)
{
	const uint32_t us = whole_us(work_ns);
	const uint32_t harm_us = us < HARM_MAX_US ? us : HARM_MAX_US;

	return (struct price){.time = us + 1, .harm = harm_us * harm_us / LONG_US};
}

struct price message_price(uint16_t opcode, uint64_t work_ns)
{
	struct price price = work_price(work_ns);

	switch (opcode) {
	case XENAV_OP_CLAIM:
	case XENAV_OP_CLAIM_WAIT:
		price.time += CLAIM_TIME;
		break;
	case XENAV_OP_STREAM_POSITION:
	case XENAV_OP_STREAM_FILLED:
	case XENAV_OP_INPUT_EVENTS:
		if (price.time > REPORT_TIME_MAX)
			price.time = REPORT_TIME_MAX;
		break;
	}
	if (message_is_report(opcode))
		price.harm = 0;
	return price;
}

bool message_is_report(uint16_t opcode)
{
	return opcode == XENAV_OP_STREAM_POSITION || opcode == XENAV_OP_STREAM_FILLED ||
	       opcode == XENAV_OP_INPUT_EVENTS || opcode == XENAV_OP_FRAME_READY ||
	       opcode == XENAV_OP_FRAME_DONE || opcode == XENAV_OP_FRAME_BUFFER_FREED;
}
