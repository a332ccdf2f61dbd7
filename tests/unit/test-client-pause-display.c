/* SPDX-License-Identifier: MIT */
/* libxenav: connectors and input devices over a restart of the daemon. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/input-event-codes.h>

#include "pause-rig.h"
#include "wire/edid.h"
#include "wire/wire.h"

static void give_frame(struct pause *p, uint64_t serial)
{
	int fd = fake_memfd(4096);

	fake_buffer(p->t.sock, 2, 0, 4096, fd);
	close(fd);
	fake_frame(p->t.sock, 2, serial, 0, 4, 4, 16, "XR24");
}

static void claim_again(struct pause *p)
{
	pause_come_back(p);
	fake_connector_added(p->t.sock, 2, "c");
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 2);
	fake_claimed(p->t.sock, 2);
	client_dispatch(&p->t);
}

PAUSE_TEST(pixels_stay_and_frames_go_on)
{
	struct pause *p = *state;

	client_claim_connector(&p->t);
	give_frame(p, 1);
	client_expect_log(&p->t, "frame:1:4x4/16:XR24:0 ");
	pause_hang_up(p);
	assert_int_equal(*((const unsigned char *)p->t.frame.pixels + 5), 5);
	/* Done in the pause: the next one is wanted afterwards. */
	assert_int_equal(xenav_frame_done(p->t.c), 0);
	assert_int_equal(xenav_frame_done(p->t.c), -EINVAL);
	claim_again(p);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
	client_expect_silence(&p->t);
	assert_int_equal(*((const unsigned char *)p->t.frame.pixels + 5), 5);
	give_frame(p, 1);
	client_expect_log(&p->t, "frame:2:4x4/16:XR24:0 ");
	assert_int_equal(xenav_frame_done(p->t.c), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_DONE, 2);
	assert_int_equal(p->msg.frame_done.serial, 1);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
}

PAUSE_TEST(a_frame_that_is_held_is_done_later)
{
	struct pause *p = *state;

	client_claim_connector(&p->t);
	give_frame(p, 7);
	client_expect_log(&p->t, "frame:7:4x4/16:XR24:0 ");
	for (unsigned int i = 0; i < 3; i++) {
		pause_hang_up(p);
		claim_again(p);
		client_expect_silence(&p->t);
	}
	assert_int_equal(*((const unsigned char *)p->t.frame.pixels + 5), 5);
	assert_int_equal(xenav_frame_done(p->t.c), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
	give_frame(p, 1);
	client_expect_log(&p->t, "frame:8:4x4/16:XR24:0 ");
}

PAUSE_TEST(the_guests_own_memory_goes_at_once)
{
	struct pause *p = *state;
	int fd = fake_memfd(8192);

	fake_connector_added(p->t.sock, 2, "c");
	client_dispatch(&p->t);
	xenav_connector_set_ways(p->t.c, XENAV_WAY_DIRECT);
	xenav_connector_claim(p->t.c);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 2);
	fake_claimed_ways(p->t.sock, 2, XENAV_WAY_DIRECT);
	fake_buffer_way(p->t.sock, 2, 3, 4096, XENAV_WAY_DIRECT, 4096, fd);
	close(fd);
	fake_frame(p->t.sock, 2, 1, 3, 4, 4, 16, "XR24");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	close(p->t.sock);
	p->t.sock = -1;
	client_expect_log(&p->t, "gone:1 paused ");
	/* The connection's socket is closed as well. */
	leaks_after(&(struct leaks){p->t.leaks.fds + 3, p->t.leaks.memfd_maps});
	assert_int_equal(xenav_frame_done(p->t.c), 0);
}

PAUSE_TEST(what_the_driver_has_set_is_set_again)
{
	static const unsigned char start[] = {0, 255, 255, 255, 255, 255, 255, 0};
	unsigned char edid[128] = {0};
	struct pause *p = *state;

	memcpy(edid, start, sizeof start);
	edid_seal_block(edid);
	client_claim_connector(&p->t);
	assert_int_equal(xenav_connector_set_edid(p->t.c, edid, sizeof edid), 0);
	assert_int_equal(xenav_connector_set_refresh(p->t.c, 10000000), 0);
	pause_hang_up(p);
	claim_again(p);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CONNECTOR_EDID, 2);
	assert_memory_equal(p->msg.connector_edid.block, edid, sizeof edid);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CONNECTOR_REFRESH, 2);
	assert_int_equal(p->msg.connector_refresh.period_ns, 10000000);
}

/* -------- input -------- */

static void add_input(struct pause *p, uint32_t id)
{
	wire_init(&p->msg, XENAV_OP_INPUT_ADDED, id);
	p->msg.input_added.domid = 7;
	p->msg.input_added.caps = XENAV_INPUT_KEYBOARD;
	fake_send(p->t.sock, &p->msg, -1);
}

static void feed(struct pause *p)
{
	add_input(p, 3);
	client_dispatch(&p->t);
	assert_int_equal(xenav_input_feed(p->t.in), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 3);
	fake_fed(p->t.sock, 3);
	client_dispatch(&p->t);
	p->t.log[0] = 0;
}

static void feed_again(struct pause *p)
{
	pause_come_back(p);
	add_input(p, 8);
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 8);
	fake_fed(p->t.sock, 8);
	client_expect_log(&p->t, "");
}

static void press(struct pause *p, uint32_t code, int pressed)
{
	assert_int_equal(xenav_input_key(p->t.in, code, pressed), 0);
	assert_int_equal(xenav_input_flush(p->t.in), 0);
}

/* The next message has exactly these keys: pressed ones, negative when they are released. */
static void expect_keys(struct pause *p, const int *keys, unsigned int n)
{
	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 8);
	assert_int_equal(p->msg.input_events.n, n);
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(p->msg.input_events.events[i].code,
				 keys[i] < 0 ? -keys[i] : keys[i]);
		assert_int_equal(p->msg.input_events.events[i].value, keys[i] > 0);
	}
}

PAUSE_TEST(held_keys_are_pressed_again_and_those_of_the_pause_follow)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_LEFTSHIFT, 1);
	press(p, KEY_A, 1);
	press(p, KEY_A, 0);
	press(p, KEY_B, 1);
	pause_hang_up(p);
	press(p, KEY_B, 0);
	press(p, KEY_C, 1);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_LEFTSHIFT, KEY_B, -KEY_B, KEY_C}, 4);
	client_expect_silence(&p->t);
	press(p, KEY_LEFTSHIFT, 0);
	expect_keys(p, (const int[]){-KEY_LEFTSHIFT}, 1);
}

PAUSE_TEST(of_too_many_keys_in_a_pause_only_the_held_ones_count)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_LEFTSHIFT, 1);
	press(p, KEY_B, 1);
	pause_hang_up(p);
	press(p, KEY_B, 0);
	press(p, KEY_C, 1);
	for (unsigned int i = 0; i < 126; i++)
		press(p, KEY_D, i % 2 == 0);
	feed_again(p);
	/* Nothing is forgotten yet: 128 events, in messages of 11. */
	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 8);
	assert_int_equal(p->msg.input_events.n, XENAV_INPUT_EVENTS_MAX);
	while (fake_recv(p->t.sock, &p->msg))
		;
	pause_hang_up(p);
	press(p, KEY_LEFTSHIFT, 0);
	for (unsigned int i = 0; i < 128; i++)
		press(p, KEY_D, i % 2 == 0);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_LEFTSHIFT, KEY_C, -KEY_LEFTSHIFT}, 3);
	client_expect_silence(&p->t);
}

PAUSE_TEST(a_reset_in_a_pause_releases_all)
{
	struct pause *p = *state;

	feed(p);
	press(p, KEY_A, 1);
	pause_hang_up(p);
	press(p, KEY_B, 1);
	assert_int_equal(xenav_input_reset(p->t.in), 0);
	feed_again(p);
	expect_keys(p, (const int[]){KEY_A, -KEY_A}, 2);
	client_expect_silence(&p->t);
}

/* -------- contacts -------- */

static void touch(struct pause *p, uint32_t contact, const struct xenav_connector *c, int x)
{
	assert_int_equal(xenav_input_touch(p->t.in, contact, c, x, x), 0);
	assert_int_equal(xenav_input_flush(p->t.in), 0);
}

static void lift(struct pause *p, uint32_t contact)
{
	assert_int_equal(xenav_input_touch_end(p->t.in, contact), 0);
	assert_int_equal(xenav_input_flush(p->t.in), 0);
}

/* The next message has exactly these contacts: where each is, or -1 when it is lifted. */
static void expect_contacts(struct pause *p, const int (*contacts)[2], unsigned int n,
			    uint32_t connector)
{
	const struct xenav_input_event *event = p->msg.input_events.events;

	fake_expect(p->t.sock, &p->msg, XENAV_OP_INPUT_EVENTS, 8);
	assert_int_equal(p->msg.input_events.n, n);
	for (unsigned int i = 0; i < n; i++, event++) {
		assert_int_equal(event->code, contacts[i][0]);
		assert_int_equal(event->kind,
				 contacts[i][1] < 0 ? XENAV_INPUT_LIFT : XENAV_INPUT_CONTACT);
		if (contacts[i][1] < 0)
			continue;
		assert_int_equal(event->x, contacts[i][1]);
		assert_int_equal(event->connector, connector);
	}
}

PAUSE_TEST(contacts_are_told_again_where_they_are_now)
{
	struct pause *p = *state;

	feed(p);
	touch(p, 1, NULL, 10);
	touch(p, 2, NULL, 20);
	touch(p, 3, NULL, 30);
	lift(p, 3);
	touch(p, 4, NULL, 40);
	pause_hang_up(p);
	touch(p, 1, NULL, 11);
	lift(p, 2);
	lift(p, 4);
	touch(p, 4, NULL, 41);
	touch(p, 5, NULL, 50);
	touch(p, 6, NULL, 60);
	lift(p, 6);
	feed_again(p);
	/* What ended in the pause is told of, so that it can end. */
	expect_contacts(
		p, (const int[][2]){{1, 11}, {2, 20}, {2, -1}, {4, 41}, {4, -1}, {4, 41}, {5, 50}},
		7, 0);
	client_expect_silence(&p->t);
	lift(p, 1);
	expect_contacts(p, (const int[][2]){{1, -1}}, 1, 0);
	/* Once more, at once. */
	pause_hang_up(p);
	feed_again(p);
	expect_contacts(p, (const int[][2]){{4, 41}, {5, 50}}, 2, 0);
	client_expect_silence(&p->t);
}

PAUSE_TEST(a_contact_at_a_connector_waits_for_it)
{
	struct pause *p = *state;

	fake_connector_added(p->t.sock, 2, "c");
	feed(p);
	touch(p, 1, p->t.c, 10);
	pause_hang_up(p);
	pause_come_back(p);
	add_input(p, 8);
	client_dispatch(&p->t);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 8);
	fake_fed(p->t.sock, 8);
	client_dispatch(&p->t);
	client_expect_silence(&p->t);
	fake_connector_added(p->t.sock, 9, "c");
	pause_expect_over(p, "resumed ");
	assert_int_equal(xenav_input_flush(p->t.in), 0);
	expect_contacts(p, (const int[][2]){{1, 10}}, 1, 9);
	client_expect_silence(&p->t);
}

PAUSE_TEST(a_reset_in_a_pause_lifts_all)
{
	struct pause *p = *state;

	feed(p);
	touch(p, 1, NULL, 10);
	pause_hang_up(p);
	touch(p, 2, NULL, 20);
	assert_int_equal(xenav_input_reset(p->t.in), 0);
	feed_again(p);
	expect_contacts(p, (const int[][2]){{1, 10}, {1, -1}}, 2, 0);
	client_expect_silence(&p->t);
}
