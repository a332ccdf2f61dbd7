/* SPDX-License-Identifier: MIT */
/* daemon/consumer: the status, to whom it is told, and what asking for it costs. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "consumer/host.h"
#include "report/log.h"
#include "test-consumer-rig.h"
#include "test.h"

#define MANY_DEVICES 256

/* -------- a host with devices -------- */

struct fake_host {
	struct status_host ops;
	unsigned n_devices;
	unsigned n_asked;
};

static bool next(const struct status_host *ops, struct status_device *device)
{
	struct fake_host *host = (struct fake_host *)(uintptr_t)ops;
	const uint32_t devid = device->msg.kind ? device->msg.devid + 1 : 0;

	host->n_asked++;
	if (devid == host->n_devices)
		return false;
	device->guest = rig_guest;
	device->msg = (struct xenav_msg_status_device){
		.domid = rig_guest.domid,
		.devid = devid,
		.kind = XENAV_DEVICE_SOUND,
		.backend_state = 4,
		.frontend_state = 4,
	};
	return true;
}

static void fill_guest(const struct status_host *, const struct guest_info *,
		       struct xenav_msg_status_guest *msg)
{
	msg->tokens = 77;
}

static void fill_daemon(const struct status_host *, struct xenav_msg_status_daemon *msg)
{
	msg->mapped_pages = 9;
}

static struct fake_host host;

static int setup(void **state)
{
	struct rig *rig;
	int rc;

	host = (struct fake_host){
		.ops = {.next = next, .guest = fill_guest, .daemon = fill_daemon},
		.n_devices = 1,
	};
	rc = rig_setup(state);
	rig = *state;
	STAILQ_FIRST(&rig->policy.consumers)->rights.status = true;
	STAILQ_FIRST(&rig->policy.consumers)->rights.control = true;
	server_set_host(rig->server, &host.ops);
	log_threshold = LOG_LEVEL_DEBUG;
	return rc;
}

#define TEST(name) TEST_WITH(name, setup, rig_teardown)

static void ask(int sock, uint32_t serial)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STATUS_GET, 0);
	msg.status_get.serial = serial;
	rig_send(sock, &msg);
}

static void order(int sock, uint16_t opcode, uint32_t value)
{
	union xenav_msg msg;

	wire_init(&msg, opcode, 0);
	msg.status_kick.consumer = value;
	rig_send(sock, &msg);
}

static void expect_done(struct rig *rig, int sock, uint16_t opcode, uint32_t value)
{
	union xenav_msg msg;

	rig_expect(rig, sock, XENAV_OP_STATUS_DONE, 0, &msg);
	assert_int_equal(msg.status_done.opcode, opcode);
	assert_int_equal(msg.status_done.value, value);
}

/* -------- what is told -------- */

TEST(the_status_is_told_from_the_daemon_to_the_consumers)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);
	union xenav_msg msg;

	ask(sock, 42);
	rig_expect(rig, sock, XENAV_OP_STATUS_DAEMON, 0, &msg);
	assert_int_equal(msg.status_daemon.mapped_pages, 9);
	assert_int_equal(msg.status_daemon.objects, RIG_OBJECTS);
	assert_int_equal(msg.status_daemon.consumers, 1);
	assert_int_equal(msg.status_daemon.accepted, 1);
	assert_int_equal(msg.status_daemon.flags, XENAV_STATUS_CONTROLS);
	assert_string_equal(msg.status_daemon.version, PACKAGE_VERSION);
	rig_expect(rig, sock, XENAV_OP_STATUS_GUEST, 0, &msg);
	assert_int_equal(msg.status_guest.domid, 7);
	assert_int_equal(msg.status_guest.tokens, 77);
	assert_string_equal(msg.status_guest.name, "guest");
	rig_expect(rig, sock, XENAV_OP_STATUS_DEVICE, 0, &msg);
	rig_expect(rig, sock, XENAV_OP_STATUS_STREAM, RIG_STREAM, &msg);
	assert_int_equal(msg.status_stream.pcm, 2);
	assert_string_equal(msg.status_stream.unique_id, "sound-id");
	rig_expect(rig, sock, XENAV_OP_STATUS_STREAM, RIG_CAPTURE, &msg);
	assert_int_equal(msg.status_stream.direction, XENAV_CAPTURE);
	rig_expect(rig, sock, XENAV_OP_STATUS_CONNECTOR, RIG_CONNECTOR, &msg);
	assert_int_equal(msg.status_connector.width_px, 800);
	rig_expect(rig, sock, XENAV_OP_STATUS_CONNECTOR, RIG_OBJECTS, &msg);
	rig_expect(rig, sock, XENAV_OP_STATUS_CONSUMER, 0, &msg);
	assert_int_equal(msg.status_consumer.pid, getpid());
	assert_int_equal(msg.status_consumer.flags, XENAV_STATUS_SELF);
	assert_string_equal(msg.status_consumer.section, "*");
	rig_expect(rig, sock, XENAV_OP_STATUS_END, 0, &msg);
	assert_int_equal(msg.status_end.serial, 42);
	rig_expect_nothing(rig, sock);
	close(sock);
}

TEST(claims_stand_behind_their_object_and_those_that_wait_after_them)
{
	struct rig *rig = *state;
	const int driver = rig_begin(rig), watcher = rig_enter(rig), waiter = rig_enter(rig);
	union xenav_msg msg;
	uint32_t ids[3];

	rig_claim(rig, driver, RIG_STREAM);
	rig_watch(rig, watcher, RIG_STREAM);
	rig_send_claim_wait(waiter, RIG_STREAM);
	ask(waiter, 1);
	do
		rig_receive(rig, waiter, &msg, NULL);
	while (msg.h.opcode != XENAV_OP_STATUS_STREAM);
	assert_int_equal(msg.status_stream.driven, 1);
	for (unsigned i = 0; i < 3; i++) {
		rig_expect(rig, waiter, XENAV_OP_STATUS_CLAIM, RIG_STREAM, &msg);
		ids[i] = msg.status_claim.consumer;
		assert_int_equal(msg.status_claim.flags, i == 2 ? XENAV_STATUS_WAITS : 0);
	}
	assert_int_not_equal(ids[0], ids[1]);
	assert_int_equal(ids[0] + ids[1], 1 + 2);
	assert_int_equal(ids[2], 3);
	close(driver);
	close(watcher);
	close(waiter);
}

/* Read the answer to its end. @return the number of messages of that opcode. */
static unsigned count(struct rig *rig, int sock, uint16_t opcode, uint32_t serial)
{
	union xenav_msg msg;
	unsigned n = 0;

	do {
		rig_receive(rig, sock, &msg, NULL);
		n += msg.h.opcode == opcode;
	} while (msg.h.opcode != XENAV_OP_STATUS_END);
	assert_int_equal(msg.status_end.serial, serial);
	return n;
}

TEST(many_devices_are_told_of_in_several_turns)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);

	host.n_devices = MANY_DEVICES;
	ask(sock, 5);
	for (unsigned before = 0; before < MANY_DEVICES; before = host.n_asked) {
		assert_true(event_base_loop(rig->base, EVLOOP_NONBLOCK | EVLOOP_ONCE) >= 0);
		/* One turn sends no more than its share. */
		assert_in_range(host.n_asked - before, 0, 32);
	}
	assert_int_equal(count(rig, sock, XENAV_OP_STATUS_DEVICE, 5), MANY_DEVICES);
	close(sock);
}

TEST(one_answer_at_a_time_is_given)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);
	union xenav_msg msg;

	ask(sock, 1);
	ask(sock, 2);
	rig_expect_error(rig, sock, XENAV_OP_STATUS_GET, 0, -EBUSY);
	rig_expect(rig, sock, XENAV_OP_STATUS_DAEMON, 0, &msg);
	assert_int_equal(count(rig, sock, XENAV_OP_STATUS_GUEST, 1), 1);
	ask(sock, 3);
	assert_int_equal(count(rig, sock, XENAV_OP_STATUS_GUEST, 3), 1);
	close(sock);
}

TEST(a_consumer_that_leaves_in_the_middle_of_an_answer_harms_nobody)
{
	struct rig *rig = *state;
	int sock = rig_begin(rig);

	host.n_devices = MANY_DEVICES;
	ask(sock, 1);
	rig_await(rig, host.n_asked > 0);
	close(sock);
	sock = rig_enter(rig);
	ask(sock, 2);
	assert_int_equal(count(rig, sock, XENAV_OP_STATUS_DEVICE, 2), MANY_DEVICES);
	close(sock);
}

/* -------- to whom -------- */

TEST(without_the_right_nothing_is_told)
{
	struct rig *rig = *state;
	int sock;

	STAILQ_FIRST(&rig->policy.consumers)->rights.status = false;
	STAILQ_FIRST(&rig->policy.consumers)->rights.control = false;
	rig_add_objects(rig);
	sock = rig_enter_as_user(rig);
	ask(sock, 1);
	rig_expect_error(rig, sock, XENAV_OP_STATUS_GET, 0, -EACCES);
	order(sock, XENAV_OP_STATUS_MONITOR, 1);
	rig_expect_error(rig, sock, XENAV_OP_STATUS_MONITOR, 0, -EACCES);
	order(sock, XENAV_OP_STATUS_LOG_LEVEL, 0);
	rig_expect_error(rig, sock, XENAV_OP_STATUS_LOG_LEVEL, 0, -EACCES);
	assert_int_equal(log_threshold, LOG_LEVEL_DEBUG);
	order(sock, XENAV_OP_STATUS_KICK, 1);
	rig_expect_error(rig, sock, XENAV_OP_STATUS_KICK, 0, -EACCES);
	close(sock);
}

TEST(guests_of_others_and_their_consumers_are_not_told_of)
{
	struct rig *rig = *state;
	struct consumer_rule *rule = STAILQ_FIRST(&rig->policy.consumers);
	union xenav_msg msg;
	int sock, other;

	rule->rights.control = false;
	rig_add_objects(rig);
	other = rig_enter(rig);
	rig_claim(rig, other, RIG_STREAM);
	sock = rig_enter_as_user(rig);
	assert_int_equal(guest_names_add(&rule->guests, "another", 7), 0);
	ask(sock, 1);
	rig_expect(rig, sock, XENAV_OP_STATUS_DAEMON, 0, &msg);
	assert_int_equal(msg.status_daemon.flags, 0);
	rig_expect(rig, sock, XENAV_OP_STATUS_CONSUMER, 0, &msg);
	assert_int_equal(msg.status_consumer.flags, XENAV_STATUS_SELF);
	rig_expect(rig, sock, XENAV_OP_STATUS_END, 0, &msg);
	close(sock);
	close(other);
}

TEST(who_drives_a_guest_is_told_to_those_who_may_see_it)
{
	struct rig *rig = *state;
	int sock, other;

	STAILQ_FIRST(&rig->policy.consumers)->rights.control = false;
	rig_add_objects(rig);
	other = rig_enter(rig);
	sock = rig_enter_as_user(rig);
	ask(sock, 1);
	assert_int_equal(count(rig, sock, XENAV_OP_STATUS_CONSUMER, 1), 1);
	rig_claim(rig, other, RIG_STREAM);
	ask(sock, 2);
	assert_int_equal(count(rig, sock, XENAV_OP_STATUS_CONSUMER, 2), 2);
	close(sock);
	close(other);
}

/* -------- orders -------- */

TEST(the_log_level_is_set_and_the_one_before_told)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);

	order(sock, XENAV_OP_STATUS_LOG_LEVEL, XENAV_LEVEL_WARN);
	expect_done(rig, sock, XENAV_OP_STATUS_LOG_LEVEL, XENAV_LEVEL_DEBUG);
	assert_int_equal(log_threshold, LOG_LEVEL_WARN);
	close(sock);
}

TEST(a_consumer_that_is_kicked_is_disconnected_and_its_claims_end)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig), other = rig_enter(rig);

	rig_claim(rig, other, RIG_STREAM);
	order(sock, XENAV_OP_STATUS_KICK, 2);
	expect_done(rig, sock, XENAV_OP_STATUS_KICK, 2);
	rig_expect_error(rig, other, XENAV_OP_HELLO, 0, -ECONNABORTED);
	rig_expect_end(rig, other);
	assert_false(rig_heard(&rig->streams[0]));
	assert_non_null(strstr(rig_last_warning, "by an administrator"));
	order(sock, XENAV_OP_STATUS_KICK, 2);
	rig_expect_error(rig, sock, XENAV_OP_STATUS_KICK, 0, -ENOENT);
	order(sock, XENAV_OP_STATUS_KICK, 1);
	rig_expect_error(rig, sock, XENAV_OP_STATUS_KICK, 0, -EINVAL);
	close(sock);
	close(other);
}

/* -------- bad input -------- */

TEST(malformed_requests_end_the_connection)
{
	static const struct {
		uint16_t opcode;
		uint32_t object, first, second;
	} cases[] = {
		{XENAV_OP_STATUS_GET, 1, 0, 0},           {XENAV_OP_STATUS_GET, 0, 0, 1},
		{XENAV_OP_STATUS_MONITOR, 0, 2, 0},       {XENAV_OP_STATUS_LOG_LEVEL, 0, 4, 0},
		{XENAV_OP_STATUS_LOG_LEVEL, 0, 1, 1},     {XENAV_OP_STATUS_KICK, 3, 1, 0},
		{XENAV_OP_STATUS_KICK, 0, 1, 0x80000000},
	};
	struct rig *rig = *state;

	rig_add_objects(rig);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const int sock = rig_enter(rig);
		union xenav_msg msg;

		wire_init(&msg, cases[i].opcode, cases[i].object);
		msg.status_get.serial = cases[i].first;
		msg.status_get.pad = cases[i].second;
		rig_send(sock, &msg);
		rig_expect_error(rig, sock, cases[i].opcode, cases[i].object, -EPROTO);
		rig_expect_end(rig, sock);
		close(sock);
	}
}

TEST(a_flood_of_requests_is_paid_for_by_the_one_who_sends_it)
{
	struct rig *rig = *state;
	const int sock = rig_begin(rig);
	union xenav_msg msg;
	unsigned asked;

	host.n_devices = MANY_DEVICES;
	rig_expect_nothing(rig, sock);
	/* More than a budget buys, and nothing is read. */
	for (asked = 0; asked < 100000; asked++) {
		wire_init(&msg, XENAV_OP_STATUS_GET, 0);
		if (wire_send(sock, &msg, -1) < 0)
			break;
		rig_turn(rig);
	}
	assert_in_range(asked, 1, 99999);
	close(sock);
	rig_turn(rig);
	assert_in_range(host.n_asked, 1, 100 * MANY_DEVICES);
}
