/* SPDX-License-Identifier: MIT */
/* daemon/consumer: claims that wait until their object is free, and the end of the announcements.
 */
#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "test-consumer-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

static void expect_claimed(struct rig *rig, int sock, uint32_t object)
{
	union xenav_msg msg;

	rig_expect(rig, sock, XENAV_OP_CLAIMED, object, &msg);
	assert_int_equal(msg.claim.ways, XENAV_WAY_COPY);
}

/* -------- ANNOUNCED -------- */

TEST(the_end_of_the_first_announcements_is_told_once)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	rig->hears_announced = true;
	sock = rig_begin(rig);
	rig_expect(rig, sock, XENAV_OP_ANNOUNCED, 0, &msg);
	rig_remove_stream(rig, &rig->streams[0]);
	rig_expect(rig, sock, XENAV_OP_REMOVED, RIG_STREAM, &msg);
	server_streams.added(&rig->streams[0], rig->server);
	rig_expect(rig, sock, XENAV_OP_STREAM_ADDED, RIG_OBJECTS + 1, &msg);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(a_consumer_that_sees_nothing_is_told_so)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	rig->hears_announced = true;
	sock = rig_greet(rig);
	rig_expect(rig, sock, XENAV_OP_ANNOUNCED, 0, &msg);
	rig_expect_nothing(rig, sock);
	close(sock);
}

/* -------- CLAIM_WAIT -------- */

TEST(a_free_object_is_claimed_at_once)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);

	for (uint32_t id = 1; id <= RIG_OBJECTS; id++) {
		rig_send_claim_wait(sock, id);
		expect_claimed(rig, sock, id);
	}
	close(sock);
}

TEST(a_claim_waits_until_the_object_is_released)
{
	struct rig *rig = *state;
	const int first = rig_begin(rig), second = rig_enter(rig), third = rig_enter(rig);

	for (uint32_t id = 1; id <= RIG_OBJECTS; id++) {
		rig_claim(rig, first, id);
		rig_send_claim_wait(second, id);
		rig_expect_nothing(rig, second);
		rig_send_claim_wait(third, id);
		rig_expect_nothing(rig, third);
		rig_send_plain(first, XENAV_OP_RELEASE, id);
		expect_claimed(rig, second, id);
		/* Who does not wait comes after those who do. */
		rig_send_claim(first, id, XENAV_WAY_COPY);
		rig_expect_error(rig, first, XENAV_OP_CLAIM, id, -EBUSY);
		rig_expect_nothing(rig, third);
		rig_send_plain(second, XENAV_OP_RELEASE, id);
		expect_claimed(rig, third, id);
	}
	close(first);
	close(second);
	close(third);
}

TEST(a_consumer_that_dies_makes_way_and_waits_no_more)
{
	struct rig *rig = *state;
	const int first = rig_begin(rig), second = rig_enter(rig), third = rig_enter(rig);

	rig_claim(rig, first, RIG_CONNECTOR);
	rig_send_claim_wait(second, RIG_CONNECTOR);
	rig_expect_nothing(rig, second);
	rig_send_claim_wait(third, RIG_CONNECTOR);
	rig_expect_nothing(rig, third);
	close(second);
	for (int i = 0; i < 8; i++)
		rig_turn(rig);
	close(first);
	expect_claimed(rig, third, RIG_CONNECTOR);
	assert_int_equal(rig->connectors[0].n_claims, 2);
	close(third);
}

TEST(a_release_ends_the_wait_and_is_answered)
{
	struct rig *rig = *state;
	const int first = rig_begin(rig), second = rig_enter(rig);

	rig_claim(rig, first, RIG_STREAM);
	rig_send_plain(second, XENAV_OP_RELEASE, RIG_STREAM);
	rig_expect_error(rig, second, XENAV_OP_RELEASE, RIG_STREAM, -ENOTCONN);
	rig_send_claim_wait(second, RIG_STREAM);
	rig_send_plain(second, XENAV_OP_RELEASE, RIG_STREAM);
	rig_expect_error(rig, second, XENAV_OP_CLAIM_WAIT, RIG_STREAM, -ECANCELED);
	rig_send_plain(first, XENAV_OP_RELEASE, RIG_STREAM);
	rig_expect_nothing(rig, second);
	rig_claim(rig, first, RIG_STREAM);
	close(first);
	close(second);
}

TEST(an_object_that_goes_ends_the_wait)
{
	struct rig *rig = *state;
	const int first = rig_begin(rig), second = rig_enter(rig);
	union xenav_msg msg;

	rig_claim(rig, first, RIG_STREAM);
	rig_send_claim_wait(second, RIG_STREAM);
	rig_expect_nothing(rig, second);
	rig_remove_stream(rig, &rig->streams[0]);
	rig_expect(rig, second, XENAV_OP_REMOVED, RIG_STREAM, &msg);
	rig_expect_nothing(rig, second);
	/* The consumer may have sent this before it read REMOVED. */
	rig_send_plain(second, XENAV_OP_RELEASE, RIG_STREAM);
	rig_expect_nothing(rig, second);
	close(first);
	close(second);
}

TEST(what_cannot_be_granted_is_refused_at_once)
{
	struct rig *rig = *state;
	const int first = rig_begin(rig), second = rig_enter(rig);
	union xenav_msg msg;

	rig_claim(rig, first, RIG_STREAM);
	rig_send_claim_wait(first, RIG_STREAM);
	rig_expect_error(rig, first, XENAV_OP_CLAIM_WAIT, RIG_STREAM, -EALREADY);
	rig_send_claim_wait(second, RIG_STREAM);
	rig_send_claim_wait(second, RIG_STREAM);
	rig_expect_error(rig, second, XENAV_OP_CLAIM_WAIT, RIG_STREAM, -EALREADY);
	rig_send_watch(second, RIG_STREAM);
	rig_expect_error(rig, second, XENAV_OP_CLAIM, RIG_STREAM, -EALREADY);
	rig_send_claim_wait(second, RIG_OBJECTS + 1);
	rig_expect_error(rig, second, XENAV_OP_CLAIM_WAIT, RIG_OBJECTS + 1, -ENOENT);
	wire_init(&msg, XENAV_OP_CLAIM_WAIT, RIG_CAPTURE);
	msg.claim.ways = XENAV_WAY_COPY;
	msg.claim.mode = XENAV_MODE_DRIVE;
	rig_send(second, &msg);
	rig_expect_error(rig, second, XENAV_OP_CLAIM_WAIT, RIG_CAPTURE, -EOPNOTSUPP);
	close(first);
	close(second);
}

TEST(without_the_right_nobody_waits)
{
	struct rig *rig = *state;
	int first, second;

	first = rig_begin(rig);
	rig_claim(rig, first, RIG_CONNECTOR);
	STAILQ_FIRST(&rig->policy.consumers)->rights.display = RIGHT_WATCH;
	second = rig_enter(rig);
	rig_send_claim_wait(second, RIG_CONNECTOR);
	rig_expect_error(rig, second, XENAV_OP_CLAIM_WAIT, RIG_CONNECTOR, -EACCES);
	close(first);
	close(second);
}

TEST(watchers_that_leave_make_no_way)
{
	struct rig *rig = *state;
	const int driver = rig_begin(rig), watcher = rig_enter(rig), waiting = rig_enter(rig);

	rig_claim(rig, driver, RIG_CONNECTOR);
	rig_watch(rig, watcher, RIG_CONNECTOR);
	rig_send_claim_wait(waiting, RIG_CONNECTOR);
	rig_send_plain(watcher, XENAV_OP_RELEASE, RIG_CONNECTOR);
	rig_expect_nothing(rig, watcher);
	rig_expect_nothing(rig, waiting);
	rig_send_plain(driver, XENAV_OP_RELEASE, RIG_CONNECTOR);
	expect_claimed(rig, waiting, RIG_CONNECTOR);
	close(driver);
	close(watcher);
	close(waiting);
}

TEST(sixteen_wait_for_an_object_and_no_more)
{
	struct rig *rig = *state;
	int driver, socks[XENAV_MAX_WAITING], late;

	rig->limits.consumers_per_uid = XENAV_MAX_WAITING + 2;
	driver = rig_begin(rig);
	rig_claim(rig, driver, RIG_STREAM);
	for (unsigned i = 0; i < XENAV_MAX_WAITING; i++) {
		socks[i] = rig_enter(rig);
		rig_send_claim_wait(socks[i], RIG_STREAM);
		rig_expect_nothing(rig, socks[i]);
	}
	late = rig_enter(rig);
	rig_send_claim_wait(late, RIG_STREAM);
	rig_expect_error(rig, late, XENAV_OP_CLAIM_WAIT, RIG_STREAM, -EUSERS);
	/* All leave at once: each end hands the object to the next, dead or alive. */
	for (unsigned i = 0; i < XENAV_MAX_WAITING; i++)
		close(socks[i]);
	close(driver);
	rig_await(rig, !rig->streams[0].listener);
	rig_claim(rig, late, RIG_STREAM);
	close(late);
}
