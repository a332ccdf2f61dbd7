/* SPDX-License-Identifier: MIT */
/* daemon/consumer: events for those who monitor, who may know of them, and floods. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "report/news.h"
#include "test-consumer-rig.h"
#include "test.h"

static int setup(void **state)
{
	struct rig *rig;
	const int rc = rig_setup(state);

	rig = *state;
	STAILQ_FIRST(&rig->policy.consumers)->rights.status = true;
	STAILQ_FIRST(&rig->policy.consumers)->rights.control = true;
	return rc;
}

#define TEST(name) TEST_WITH(name, setup, rig_teardown)

static void order(struct rig *rig, int sock, uint32_t on)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STATUS_MONITOR, 0);
	msg.status_monitor.on = on;
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_STATUS_DONE, 0, &msg);
	assert_int_equal(msg.status_done.value, on);
}

static void expect_event(struct rig *rig, int sock, enum xenav_event_kind kind, uint32_t object,
			 struct xenav_msg_status_event *event)
{
	union xenav_msg msg;

	rig_expect(rig, sock, XENAV_OP_STATUS_EVENT, object, &msg);
	assert_int_equal(msg.status_event.kind, kind);
	*event = msg.status_event;
}

TEST(consumers_that_come_claim_release_and_go_are_events)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);
	struct xenav_msg_status_event e;
	int other;

	order(rig, sock, 1);
	other = rig_enter(rig);
	expect_event(rig, sock, XENAV_EVENT_CONNECTED, 0, &e);
	assert_int_equal(e.consumer, 2);
	assert_int_equal(e.uid, geteuid());
	assert_true(e.consumer_name[0]);
	rig_claim(rig, other, RIG_CONNECTOR);
	expect_event(rig, sock, XENAV_EVENT_CLAIMED, RIG_CONNECTOR, &e);
	assert_int_equal(e.value, XENAV_MODE_DRIVE);
	assert_int_equal(e.object_kind, XENAV_OBJECT_CONNECTOR);
	assert_int_equal(e.domid, 7);
	assert_int_equal(e.devid, 3);
	assert_int_equal(e.consumer, 2);
	assert_string_equal(e.domain_name, "guest");
	close(other);
	expect_event(rig, sock, XENAV_EVENT_LEFT, 0, &e);
	expect_event(rig, sock, XENAV_EVENT_RELEASED, RIG_CONNECTOR, &e);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(objects_that_come_and_go_and_what_they_do_are_events)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);
	struct xenav_msg_status_event e;
	union xenav_msg msg;

	order(rig, sock, 1);
	news_of(XENAV_EVENT_STATE, &rig->streams[1], XENAV_STREAM_PAUSED);
	expect_event(rig, sock, XENAV_EVENT_STATE, RIG_CAPTURE, &e);
	assert_int_equal(e.value, XENAV_STREAM_PAUSED);
	assert_int_equal(e.object_kind, XENAV_OBJECT_STREAM);
	assert_int_equal(e.index, 2);
	assert_int_equal(e.stream, 1);
	assert_int_equal(e.consumer, 0);
	rig_remove_stream(rig, &rig->streams[1]);
	expect_event(rig, sock, XENAV_EVENT_REMOVED, RIG_CAPTURE, &e);
	rig_expect(rig, sock, XENAV_OP_REMOVED, RIG_CAPTURE, &msg);
	/* Nobody knows it any more. */
	news_of(XENAV_EVENT_STATE, &rig->streams[1], XENAV_STREAM_STOPPED);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(nothing_is_told_before_and_after_monitoring)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);
	struct xenav_msg_status_event e;

	news_of(XENAV_EVENT_OPENED, &rig->streams[0], 0);
	order(rig, sock, 1);
	order(rig, sock, 1);
	news_of(XENAV_EVENT_CLOSED, &rig->streams[0], 0);
	expect_event(rig, sock, XENAV_EVENT_CLOSED, RIG_STREAM, &e);
	order(rig, sock, 0);
	news_of(XENAV_EVENT_OPENED, &rig->streams[0], 0);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(guests_that_may_not_be_seen_make_no_events)
{
	struct rig *rig = *state;
	struct consumer_rule *rule = STAILQ_FIRST(&rig->policy.consumers);
	int sock;

	rig_add_objects(rig);
	sock = rig_enter_as_user(rig);
	order(rig, sock, 1);
	assert_int_equal(guest_names_add(&rule->guests, "another", 7), 0);
	news_of(XENAV_EVENT_OPENED, &rig->streams[0], 0);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(a_flood_of_events_is_cut_and_counted_and_the_consumer_stays)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);
	struct xenav_msg_status_event e;
	unsigned n = 0;
	union xenav_msg msg;
	int fd;

	order(rig, sock, 1);
	for (unsigned i = 0; i < 100000; i++)
		news_of(XENAV_EVENT_STATE, &rig->streams[0], i % 3);
	while (wire_recv(sock, &msg, &fd, true) == 0)
		n++;
	/* A few hundred, whatever the socket has room for. */
	assert_in_range(n, 10, 600);
	/* The next one that there is room for tells of the others. */
	do {
		news_of(XENAV_EVENT_OPENED, &rig->streams[0], 0);
		rig_turn(rig);
	} while (wire_recv(sock, &msg, &fd, true) < 0);
	e = msg.status_event;
	assert_int_equal(e.kind, XENAV_EVENT_OPENED);
	assert_true(e.lost >= 100000 - n);
	close(sock);
}
