/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer: a consumer and its user pay for the work of the daemon.  A consumer without
 * tokens is not read, and not disconnected; others go on.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "consumer/users.h"
#include "test-consumer-rig.h"
#include "test.h"

#define PLENTY UINT32_MAX
#define PAIRS  120
/* A claim costs 500 at least.  A slow machine, which needs milliseconds to connect a consumer,
 * leaves some of them. */
#define FEW 50000

/* A server with these budgets of consumers and their user. */
static void set_tokens(struct rig *rig, unsigned own, unsigned own_per_sec, unsigned user)
{
	struct consumer_limits limits = CONSUMER_LIMITS_INIT;

	limits.tokens = own;
	limits.tokens_per_sec = own_per_sec;
	limits.user_tokens = user;
	limits.user_tokens_per_sec = 1;
	limits.accept_tokens = PLENTY;
	rig_limit(rig, &limits);
}

static void claim_and_release(int sock, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		rig_send_claim(sock, RIG_STREAM, XENAV_WAY_COPY);
		rig_send_plain(sock, XENAV_OP_RELEASE, RIG_STREAM);
	}
}

static void turn_a_while(struct rig *rig)
{
	for (unsigned i = 0; i < 50; i++) {
		rig_turn(rig);
		rig_pass_time(i);
	}
}

/* Claim what the consumer has, until it is not read any more; and once more, so that two claims
 * wait to be read. */
static void spend_all(struct rig *rig, int sock, uint32_t object)
{
	union xenav_msg msg;
	int fd;

	do {
		rig_send_claim(sock, object, XENAV_WAY_COPY);
		for (unsigned i = 0; i < 8; i++)
			rig_turn(rig);
	} while (wire_recv(sock, &msg, &fd, true) == 0);
	rig_send_claim(sock, object, XENAV_WAY_COPY);
}

static void send_freed(int sock, uint32_t buffer)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME_BUFFER_FREED, RIG_CONNECTOR);
	msg.frame_buffer_gone.buffer = buffer;
	rig_send(sock, &msg);
}

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(a_consumer_without_tokens_is_not_read_and_others_are)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	unsigned n_claims;
	int spender, other;

	set_tokens(rig, FEW, 1, PLENTY);
	spender = rig_begin(rig);
	other = rig_enter(rig);
	claim_and_release(spender, PAIRS);
	turn_a_while(rig);
	n_claims = stream->n_claims;
	assert_in_range(n_claims, 1, FEW / 500);
	rig_claim(rig, other, RIG_CONNECTOR);
	turn_a_while(rig);
	assert_int_equal(stream->n_claims, n_claims);
	close(spender);
	close(other);
	turn_a_while(rig);
}

TEST(a_consumer_with_tokens_again_is_read_again)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	set_tokens(rig, 2000, 20000, PLENTY);
	sock = rig_begin(rig);
	claim_and_release(sock, 20);
	for (unsigned i = 0; i < 20; i++)
		rig_expect(rig, sock, XENAV_OP_CLAIMED, RIG_STREAM, &msg);
	rig_claim(rig, sock, RIG_CONNECTOR);
	close(sock);
	turn_a_while(rig);
}

TEST(all_consumers_of_a_user_pay_and_connecting_anew_is_no_help)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock, second, third;

	set_tokens(rig, PLENTY, PLENTY, FEW);
	sock = rig_begin(rig);
	second = rig_enter(rig);
	claim_and_release(sock, PAIRS);
	turn_a_while(rig);
	rig_send_claim(second, RIG_CONNECTOR, XENAV_WAY_COPY);
	third = rig_connect(rig);
	rig_hello(&msg);
	rig_send(third, &msg);
	turn_a_while(rig);
	assert_int_equal(rig->connectors[0].n_claims, 0);
	rig_expect_nothing(rig, second);
	rig_expect_nothing(rig, third);
	close(sock);
	close(second);
	close(third);
}

/* What it has sent before it left is read at its user's expense. */
TEST(a_consumer_without_tokens_makes_way_when_it_leaves)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock, other;

	set_tokens(rig, FEW, 1, PLENTY);
	sock = rig_begin(rig);
	other = rig_enter(rig);
	rig_claim(rig, sock, RIG_STREAM);
	spend_all(rig, sock, RIG_STREAM);
	rig_send_claim_wait(other, RIG_STREAM);
	rig_expect_nothing(rig, other);
	close(sock);
	rig_expect(rig, other, XENAV_OP_CLAIMED, RIG_STREAM, &msg);
	close(other);
	turn_a_while(rig);
}

TEST(a_user_without_tokens_may_leave_and_gains_no_work_by_it)
{
	struct rig *rig = *state;
	int idle, spender;

	set_tokens(rig, PLENTY, PLENTY, FEW);
	idle = rig_begin(rig);
	spender = rig_enter(rig);
	rig_claim(rig, idle, RIG_STREAM);
	rig_claim(rig, spender, RIG_CONNECTOR);
	spend_all(rig, spender, RIG_CONNECTOR);
	rig_send_plain(spender, XENAV_OP_RELEASE, RIG_CONNECTOR);
	close(idle);
	close(spender);
	turn_a_while(rig);
	assert_int_equal(rig->streams[0].n_releases, 1);
	assert_int_equal(rig->connectors[0].n_releases, 0);
}

static void send_filled(int sock, uint64_t frames)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_FILLED, RIG_STREAM);
	msg.stream_filled.generation = 1;
	msg.stream_filled.filled_frames = frames;
	rig_send(sock, &msg);
}

/* A guest would record silence. */
TEST(a_consumer_that_has_done_harm_is_heard_when_it_reports)
{
	struct rig *rig = *state;
	struct stream *stream = &rig->streams[0];
	int sock;

	set_tokens(rig, 10000, 1, PLENTY);
	stream->claim_takes_us = 2000;
	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_STREAM);
	send_filled(sock, 1);
	rig_await(rig, stream->filled_frames == 1);
	rig_send_claim(sock, RIG_CONNECTOR, XENAV_WAY_COPY);
	send_filled(sock, 2);
	turn_a_while(rig);
	rig_expect_nothing(rig, sock);
	assert_int_equal(stream->filled_frames, 1);
	close(sock);
	turn_a_while(rig);
}

/* A guest waits for the answer, and the consumer is disconnected if that comes late. */
TEST(a_consumer_without_tokens_is_heard_when_a_guest_wants_its_memory_back)
{
	struct rig *rig = *state;
	const struct connector *conn = &rig->connectors[0];
	int sock;

	set_tokens(rig, FEW, 1, PLENTY);
	sock = rig_begin(rig);
	rig_claim(rig, sock, RIG_CONNECTOR);
	spend_all(rig, sock, RIG_CONNECTOR);
	send_freed(sock, 7);
	turn_a_while(rig);
	assert_int_equal(conn->n_freed, 0);
	conn->listener->gone(7, conn->data);
	rig_await(rig, conn->n_freed == 1);
	/* But not for ever. */
	claim_and_release(sock, rig->limits.burst);
	turn_a_while(rig);
	assert_in_range(rig->streams[0].n_claims, 1, rig->limits.burst / 2);
	close(sock);
	turn_a_while(rig);
}

/* No consumer is refused: some wait in the backlog. */
TEST(many_that_connect_at_once_are_accepted_in_the_end)
{
	struct rig *rig = *state;
	struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	union xenav_msg msg;
	int socks[8];

	limits.accept_tokens = 100;
	limits.accept_tokens_per_sec = 200;
	rig_limit(rig, &limits);
	for (unsigned i = 0; i < 8; i++) {
		socks[i] = rig_connect(rig);
		rig_hello(&msg);
		rig_send(socks[i], &msg);
	}
	rig_expect_nothing(rig, socks[7]);
	for (unsigned i = 0; i < 8; i++) {
		rig_expect(rig, socks[i], XENAV_OP_WELCOME, 0, &msg);
		close(socks[i]);
	}
	turn_a_while(rig);
}

TEST(users_do_not_pay_for_each_other)
{
	const struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	struct users users = {0};
	struct user *one = users_get(&users, 1, &limits);
	struct user *two;

	user_add_consumer(one);
	two = users_get(&users, 2, &limits);
	assert_ptr_equal(users_get(&users, 1, &limits), one);
	assert_ptr_equal(users_get(&users, 2, &limits), two);
	budget_spend(&one->means.time, UINT32_MAX, 0);
	assert_int_not_equal(budget_wait_ns(&one->means.time, 0), 0);
	assert_int_equal(budget_wait_ns(&two->means.time, 0), 0);
	users_finish(&users);
}

/* A person with many uids cannot fill our memory with them. */
TEST(users_that_have_left_are_forgotten_in_the_end)
{
	const struct consumer_limits limits = CONSUMER_LIMITS_INIT;
	struct users users = {0};
	struct user *user, *there = users_get(&users, 0, &limits);
	unsigned n = 0;

	user_add_consumer(there);
	for (uid_t uid = 1; uid < 1000; uid++)
		assert_non_null(users_get(&users, uid, &limits));
	LIST_FOREACH (user, &users.all, link)
		n++;
	assert_in_range(n, 2, 100);
	assert_ptr_equal(users_get(&users, 0, &limits), there);
	users_finish(&users);
}

static void check_price(struct price price, uint32_t time, uint32_t harm)
{
	assert_int_equal(price.time, time);
	assert_int_equal(price.harm, harm);
}

TEST(work_that_holds_up_others_costs_more_than_its_time)
{
	check_price(work_price(0), 1, 0);
	check_price(work_price(10000), 11, 1);
	check_price(work_price(100000), 101, 100);
	check_price(work_price(1000000), 1001, 10000);
	check_price(message_price(XENAV_OP_RELEASE, 100000), 101, 100);
	check_price(message_price(XENAV_OP_CLAIM, 100000), 601, 100);
}

/* It waits for 200 ms at most, whatever a message seems to have taken. */
TEST(a_slow_machine_does_not_make_single_messages_dear)
{
	check_price(work_price(2000000), 2001, 10000);
	check_price(work_price(UINT64_MAX), 10001, 10000);
	check_price(message_price(XENAV_OP_CLAIM, 2000000), 2501, 10000);
}

/* On an emulated machine a report takes more than a millisecond. */
TEST(a_slow_machine_does_not_make_reports_dear)
{
	static const uint16_t capped[] = {XENAV_OP_STREAM_POSITION, XENAV_OP_STREAM_FILLED,
					  XENAV_OP_INPUT_EVENTS};
	static const uint16_t others[] = {XENAV_OP_FRAME_READY, XENAV_OP_FRAME_DONE,
					  XENAV_OP_FRAME_BUFFER_FREED};
	const uint64_t slow_ns = 2000000;

	for (size_t i = 0; i < sizeof capped / sizeof capped[0]; i++) {
		check_price(message_price(capped[i], slow_ns), 200, 0);
		check_price(message_price(capped[i], 5000), 6, 0);
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		check_price(message_price(others[i], slow_ns), 2001, 0);
}

/* Each consumer has ten lines of its own. */
TEST(one_consumer_does_not_silence_the_lines_about_another)
{
	struct rig *rig = *state;
	const struct log_source *noisy_source;
	int noisy, other;

	rig_add_objects(rig);
	STAILQ_FIRST(&rig->policy.consumers)->rights.display = RIGHT_WATCH;
	noisy = rig_enter(rig);
	other = rig_enter(rig);
	rig_send_claim(noisy, RIG_CONNECTOR, XENAV_WAY_COPY);
	rig_expect_error(rig, noisy, XENAV_OP_CLAIM, RIG_CONNECTOR, -EACCES);
	noisy_source = rig_last_source;
	rig_send_claim(other, RIG_CONNECTOR, XENAV_WAY_COPY);
	rig_expect_error(rig, other, XENAV_OP_CLAIM, RIG_CONNECTOR, -EACCES);
	assert_ptr_not_equal(rig_last_source, noisy_source);
	/* A new connection gets no new lines before all others have had theirs. */
	close(noisy);
	rig_turn(rig);
	noisy = rig_enter(rig);
	rig_send_claim(noisy, RIG_CONNECTOR, XENAV_WAY_COPY);
	rig_expect_error(rig, noisy, XENAV_OP_CLAIM, RIG_CONNECTOR, -EACCES);
	assert_ptr_equal(rig_last_source, noisy_source);
	close(noisy);
	close(other);
}
