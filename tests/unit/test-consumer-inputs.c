/* SPDX-License-Identifier: MIT */
/* daemon/consumer: input devices, which consumers share, and where the pixels of screens are. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "consumer/inputs.h"
#include "test-consumer-rig.h"
#include "test.h"

#define INPUT (RIG_OBJECTS + 1)

/* -------- a device that only notes the calls -------- */

struct input {
	struct input_caps caps;
	const char *unique_id;
	unsigned n_joins, n_leaves, n_resets, n_flushes, n_counted;
	const void *data; /* of the last that joined or spoke */
	int join_rc;
	char said[256];
	struct input_point at;
};

static struct input device;

static void say(const char *word, long a, long b)
{
	const size_t len = strlen(device.said);

	snprintf(device.said + len, sizeof device.said - len, "%s:%ld,%ld ", word, a, b);
}

void input_get_info(const struct input *input, struct input_info *info)
{
	*info = (struct input_info){
		.guest = &rig_guest,
		.devid = 4,
		.unique_id = input->unique_id,
		.caps = &input->caps,
	};
}

void input_get_status(const struct input *, struct xenav_msg_status_input *msg)
{
	msg->feeders = 1;
}

int input_join(struct input *input, const void *data)
{
	if (input->join_rc < 0)
		return input->join_rc;
	input->n_joins++;
	input->data = data;
	return 0;
}

void input_leave(struct input *input, const void *)
{
	input->n_leaves++;
}

void input_count(struct input *input, const void *)
{
	input->n_counted++;
}

void input_reset(struct input *input, const void *data)
{
	input->n_resets++;
	input->data = data;
}

void input_key(struct input *input, const void *data, uint32_t code, bool pressed)
{
	input->data = data;
	say("key", code, pressed);
}

void input_move(struct input *, const void *, int32_t dx, int32_t dy, int32_t wheel)
{
	say("move", dx, dy);
	say("wheel", wheel, 0);
}

void input_place(struct input *input, const void *, struct input_point at, int32_t)
{
	input->at = at;
	say("place", at.x, at.y);
}

void input_touch(struct input *input, const void *, uint32_t contact, struct input_point at)
{
	input->at = at;
	say("touch", contact, at.x);
}

void input_shape(struct input *, const void *, uint32_t contact, uint32_t major, uint32_t)
{
	say("shape", contact, major);
}

void input_turn(struct input *, const void *, uint32_t contact, int32_t degrees)
{
	say("turn", contact, degrees);
}

void input_lift(struct input *, const void *, uint32_t contact)
{
	say("lift", contact, 0);
}

void input_flush(struct input *input)
{
	input->n_flushes++;
}

/* -------- a consumer -------- */

static struct consumer_rule *rule_of(struct rig *rig)
{
	return STAILQ_FIRST(&rig->policy.consumers);
}

static int setup(void **state)
{
	const int rc = rig_setup(state);
	struct rig *rig = *state;

	device = (struct input){
		.unique_id = "",
		.caps = {.keyboard = true,
			 .pointer = true,
			 .absolute = true,
			 .width = 1600,
			 .height = 600},
	};
	rule_of(rig)->rights.input = true;
	rig_add_objects(rig);
	server_inputs.added(&device, rig->server);
	return rc;
}

#define TEST(name) TEST_WITH(name, setup, rig_teardown)

static int enter(struct rig *rig)
{
	const int sock = rig_enter(rig);
	union xenav_msg msg;

	rig_expect(rig, sock, XENAV_OP_INPUT_ADDED, INPUT, &msg);
	assert_int_equal(msg.input_added.domid, 7);
	assert_int_equal(msg.input_added.devid, 4);
	assert_int_equal(msg.input_added.caps,
			 XENAV_INPUT_KEYBOARD | XENAV_INPUT_POINTER | XENAV_INPUT_ABSOLUTE);
	assert_int_equal(msg.input_added.width, 1600);
	assert_string_equal(msg.input_added.domain_name, "guest");
	return sock;
}

static void feed(struct rig *rig, int sock)
{
	union xenav_msg msg;

	rig_send_claim_as(sock, INPUT, XENAV_WAY_COPY, XENAV_MODE_FEED);
	rig_expect(rig, sock, XENAV_OP_CLAIMED, INPUT, &msg);
	assert_int_equal(msg.claim.mode, XENAV_MODE_FEED);
}

static void send_events(struct rig *rig, int sock, const struct xenav_input_event *events,
			uint32_t n)
{
	const unsigned flushes = device.n_flushes;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_INPUT_EVENTS, INPUT);
	msg.input_events.n = n;
	memcpy(msg.input_events.events, events, n * sizeof *events);
	device.said[0] = '\0';
	rig_n_looks = 0;
	rig_send(sock, &msg);
	rig_await(rig, device.n_flushes > flushes);
}

/* -------- the end -------- */

/* It may be told something when it has left, and before its last events are read. */
TEST(what_a_consumer_types_before_it_leaves_is_typed)
{
	const struct xenav_input_event event = {.kind = XENAV_INPUT_KEY, .code = KEY_A, .value = 1};
	struct rig *rig = *state;
	const int sock = enter(rig);
	union xenav_msg msg;

	feed(rig, sock);
	wire_init(&msg, XENAV_OP_INPUT_EVENTS, INPUT);
	msg.input_events.n = 1;
	msg.input_events.events[0] = event;
	rig_send(sock, &msg);
	close(sock);
	rig_remove_stream(rig, &rig->streams[0]);
	rig_await(rig, device.n_leaves == 1);
	assert_string_equal(device.said, "key:30,1 ");
}

/* -------- who may -------- */

TEST(an_input_device_is_there_for_those_who_may_feed_it)
{
	struct rig *rig = *state;
	int sock;

	rule_of(rig)->rights.input = false;
	sock = rig_enter(rig);
	rig_expect_nothing(rig, sock);
	rig_send_claim_as(sock, INPUT, XENAV_WAY_COPY, XENAV_MODE_FEED);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, INPUT, -ENOENT);
	rig_send_plain(sock, XENAV_OP_INPUT_RESET, INPUT);
	rig_expect_nothing(rig, sock);
	assert_int_equal(device.n_joins + device.n_resets, 0);
	close(sock);
}

TEST(an_input_device_is_fed_and_nothing_else)
{
	static const uint32_t modes[] = {XENAV_MODE_DRIVE, XENAV_MODE_WATCH};
	struct rig *rig = *state;
	const int sock = enter(rig);

	for (unsigned i = 0; i < 2; i++) {
		rig_send_claim_as(sock, INPUT, XENAV_WAY_COPY, modes[i]);
		rig_expect_error(rig, sock, XENAV_OP_CLAIM, INPUT, -EOPNOTSUPP);
	}
	device.join_rc = -EUSERS;
	rig_send_claim_as(sock, INPUT, XENAV_WAY_COPY, XENAV_MODE_FEED);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, INPUT, -EUSERS);
	device.join_rc = 0;
	feed(rig, sock);
	rig_send_claim_as(sock, INPUT, XENAV_WAY_COPY, XENAV_MODE_FEED);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, INPUT, -EALREADY);
	close(sock);
	rig_await(rig, device.n_leaves == 1);
}

TEST(only_who_feeds_a_device_can_say_something_to_it)
{
	const struct xenav_input_event event = {.kind = XENAV_INPUT_KEY, .code = KEY_A, .value = 1};
	struct rig *rig = *state;
	const int sock = enter(rig);
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_INPUT_EVENTS, INPUT);
	msg.input_events.n = 1;
	msg.input_events.events[0] = event;
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_INPUT_EVENTS, INPUT, -ENOTCONN);
	rig_claim(rig, sock, RIG_CONNECTOR);
	msg.h.object = RIG_CONNECTOR;
	rig_send(sock, &msg);
	rig_expect_error(rig, sock, XENAV_OP_INPUT_EVENTS, RIG_CONNECTOR, -EINVAL);
	assert_string_equal(device.said, "");
	close(sock);
}

TEST(several_feed_one_device_and_each_is_told_from_the_others)
{
	const struct xenav_input_event event = {.kind = XENAV_INPUT_KEY, .code = KEY_A, .value = 1};
	struct rig *rig = *state;
	const int a = enter(rig), b = enter(rig);
	const void *first;

	feed(rig, a);
	first = device.data;
	feed(rig, b);
	assert_ptr_not_equal(device.data, first);
	send_events(rig, a, &event, 1);
	assert_ptr_equal(device.data, first);
	send_events(rig, b, &event, 1);
	assert_ptr_not_equal(device.data, first);
	rig_send_plain(a, XENAV_OP_INPUT_RESET, INPUT);
	rig_await(rig, device.n_resets == 1);
	assert_ptr_equal(device.data, first);
	assert_int_equal(device.n_counted, 3);
	rig_send_plain(a, XENAV_OP_RELEASE, INPUT);
	rig_await(rig, device.n_leaves == 1);
	close(a);
	close(b);
	rig_await(rig, device.n_leaves == 2);
}

TEST(a_device_that_goes_is_told_and_its_claims_are_gone)
{
	struct rig *rig = *state;
	const int sock = enter(rig);
	union xenav_msg msg;

	feed(rig, sock);
	server_inputs.removed(&device, rig->server);
	rig_expect(rig, sock, XENAV_OP_REMOVED, INPUT, &msg);
	rig_send_plain(sock, XENAV_OP_INPUT_RESET, INPUT);
	rig_expect_nothing(rig, sock);
	assert_int_equal(device.n_resets, 0);
	close(sock);
}

/* -------- what is taken of them -------- */

TEST(a_consumer_is_told_what_is_taken_if_it_knows_the_message)
{
	struct rig *rig = *state;
	const int old = enter(rig), sock = rig_connect(rig);
	union xenav_msg msg;

	feed(rig, old);
	server_inputs.taken(device.data, 1);
	rig_expect_nothing(rig, old);
	rig_hello(&msg);
	msg.hello.features = XENAV_FEATURE_TAKEN;
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_WELCOME, 0, &msg);
	while (msg.h.opcode != XENAV_OP_INPUT_ADDED)
		rig_receive(rig, sock, &msg, NULL);
	feed(rig, sock);
	server_inputs.taken(device.data, UINT32_MAX);
	rig_expect(rig, sock, XENAV_OP_INPUT_TAKEN, INPUT, &msg);
	assert_int_equal(msg.input_taken.count, UINT32_MAX);
	close(old);
	close(sock);
}

/* -------- what they say -------- */

TEST(every_kind_of_event_arrives_in_order)
{
	static const struct xenav_input_event events[] = {
		{.kind = XENAV_INPUT_MOTION, .x = 1, .y = -2, .z = 3},
		{.kind = XENAV_INPUT_KEY, .code = KEY_A, .value = 1},
		{.kind = XENAV_INPUT_KEY, .code = UINT16_MAX},
		{.kind = XENAV_INPUT_POSITION, .x = INT32_MIN, .y = INT32_MAX},
		{.kind = XENAV_INPUT_CONTACT, .code = 9, .x = 8},
		{.kind = XENAV_INPUT_SHAPE, .code = 9, .x = 7, .y = 6},
		{.kind = XENAV_INPUT_ORIENTATION, .code = 9, .x = -180},
		{.kind = XENAV_INPUT_LIFT, .code = 9},
	};
	struct rig *rig = *state;
	const int sock = enter(rig);

	feed(rig, sock);
	send_events(rig, sock, events, 8);
	assert_string_equal(
		device.said,
		"move:1,-2 wheel:3,0 key:30,1 key:65535,0 "
		"place:-2147483648,2147483647 touch:9,8 shape:9,7 turn:9,-180 lift:9,0 ");
	assert_int_equal(device.n_flushes, 1);
	assert_int_equal(device.n_counted, 8);
	close(sock);
}

static void place(struct rig *rig, int sock, uint32_t connector, int32_t x, int32_t y)
{
	const struct xenav_input_event event = {
		.kind = XENAV_INPUT_POSITION, .connector = connector, .x = x, .y = y};

	device.at = (struct input_point){-1, -1};
	send_events(rig, sock, &event, 1);
}

TEST(a_pixel_is_where_its_screen_is)
{
	struct rig *rig = *state;
	const int sock = enter(rig);

	feed(rig, sock);
	place(rig, sock, RIG_CONNECTOR, 10, 20);
	assert_int_equal(device.at.x, 10);
	assert_int_equal(device.at.y, 20);
	place(rig, sock, RIG_CONNECTOR + 1, 10, 20);
	assert_int_equal(device.at.x, 810);
	/* Beyond every screen is at the edge of the last. */
	place(rig, sock, RIG_CONNECTOR + 1, INT32_MAX, INT32_MIN);
	assert_int_equal(device.at.x, 1600);
	assert_int_equal(device.at.y, 0);
	close(sock);
}

TEST(a_device_belongs_to_the_screens_that_it_names)
{
	struct rig *rig = *state;
	const int sock = enter(rig);

	feed(rig, sock);
	rig->connectors[0].info.unique_id = "left";
	rig->connectors[1].info.unique_id = "right";
	device.unique_id = "K:right;P:right";
	place(rig, sock, RIG_CONNECTOR, 10, 20);
	assert_int_equal(device.at.x, -1);
	place(rig, sock, RIG_CONNECTOR + 1, 400, 300);
	assert_int_equal(device.at.x, 800);
	assert_int_equal(device.at.y, 300);
	/* Where it names none of them it belongs to all. */
	device.unique_id = "K:kbd0;P:mouse0";
	place(rig, sock, RIG_CONNECTOR + 1, 0, 0);
	assert_int_equal(device.at.x, 800);
	close(sock);
}

TEST(a_screen_that_is_none_or_of_another_guest_moves_nothing)
{
	struct rig *rig = *state;
	static struct guest_info other = {8, "other", "", GUEST_POLICY_INIT};
	static struct connector foreign = {.info = {.guest = &other, .unique_id = ""}};
	const int sock = enter(rig);
	union xenav_msg msg;

	feed(rig, sock);
	server_connectors.added(&foreign, rig->server);
	rig_expect(rig, sock, XENAV_OP_CONNECTOR_ADDED, INPUT + 1, &msg);
	place(rig, sock, INPUT + 1, 1, 1);
	place(rig, sock, RIG_STREAM, 1, 1);
	place(rig, sock, UINT32_MAX, 1, 1);
	assert_string_equal(device.said, "");
	close(sock);
	server_connectors.removed(&foreign, rig->server);
}

TEST(screens_are_looked_at_only_where_a_pixel_is_meant_and_once)
{
	static const struct xenav_input_event plain = {.kind = XENAV_INPUT_KEY, .code = KEY_A};
	struct rig *rig = *state;
	const int sock = enter(rig);

	feed(rig, sock);
	send_events(rig, sock, &plain, 1);
	assert_int_equal(rig_n_looks, 0);
	place(rig, sock, 0, 1, 1);
	assert_int_equal(rig_n_looks, 0);
	place(rig, sock, RIG_CONNECTOR, 1, 1);
	assert_int_equal(rig_n_looks, 2);
	close(sock);
}

int main(void)
{
	return test_run(NULL, NULL);
}
