/* SPDX-License-Identifier: MIT */
/* Channels whose process was killed: the next one goes on with the same rings. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "channel-rig.h"
#include "journal-rig.h"
#include "machine-rig.h"
#include "test.h"
#include "xen/xen.h"

#define GUEST_KIND JOURNAL_SOUND

static struct xen xen; /* the rig's, with a journal */

static int begin(void **state)
{
	int rc;

	journal_rig_setup(state);
	rc = setup(state);
	xen = *set.xen;
	xen.journal = j;
	set.xen = &xen;
	set.kind = GUEST_KIND;
	return rc;
}

static int end(void **state)
{
	int rc = teardown(state);

	journal_rig_teardown(state);
	return rc;
}

#define TEST(name) TEST_WITH(name, begin, end)

static void forget_process(void)
{
	set.connected = NULL;
	set.broke = NULL;
	set.gone = NULL;
	set.resumes = false;
	n_connected = n_gone = n_broke = n_requests = 0;
	for (unsigned i = 0; i < CHANNELS; i++) {
		const struct channel_refs refs = channels[i].refs;
		struct channel *ch = &channels[i];

		channel_init(ch, &refs, ch->request, ch->room, ch->owner);
	}
}

/* What a kill does: everything is unmapped and unbound, and nobody says a word. */
static void die(void)
{
	disconnect_set();
	forget_process();
}

static void resume(void)
{
	die();
	assert_int_equal(channel_set_recall(&set), 0);
	connect_set();
	assert_int_equal(connect_rc, 0);
}

static void ask(unsigned i, uint8_t fill)
{
	const int before = n_requests;

	post_request(i, fill);
	wait_for(&n_requests, before + 1);
	turn_loop(5);
}

TEST(answers_are_counted_on)
{
	connect_set();
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < CHANNELS; i++)
			for (unsigned k = 0; k < 10 + i; k++)
				ask(i, (uint8_t)k);
		resume();
		for (unsigned i = 0; i < CHANNELS; i++) {
			assert_int_equal(channel_rsp_prod(&channels[i]), (round + 1) * (10 + i));
			assert_int_equal(ring_page(i)[2], (round + 1) * (10 + i));
		}
		assert_int_equal(n_requests, 0);
	}
	disconnect_set();
}

TEST(a_request_without_an_answer_is_served_again)
{
	connect_set();
	answer_at_once = false;
	post_request(1, 42);
	wait_for(&n_requests, 1);
	post_request(1, 43);
	answer_at_once = true;
	die();
	assert_int_equal(channel_set_recall(&set), 0);
	connect_set();
	wait_for(&n_requests, 2);
	turn_loop(5);
	assert_int_equal(n_requests, 2);
	assert_int_equal(last_request[0], 43);
	assert_int_equal(ring_page(1)[2], 2);
	assert_int_equal(slot(ring_page(1), 0)[0], 42);
	disconnect_set();
}

TEST(an_answer_that_was_about_to_be_published_is_published)
{
	uint8_t *at = slot(ring_page(2), 0);
	uint8_t published[64];

	connect_set();
	ask(2, 5);
	memcpy(published, at, sizeof published);
	die();
	/* As if the kill had come before. */
	memset(at, 5, 64);
	ring_page(2)[2] = 0;
	assert_int_equal(channel_set_recall(&set), 0);
	connect_set();
	turn_loop(5);
	assert_int_equal(n_requests, 0);
	assert_int_equal(ring_page(2)[2], 1);
	assert_memory_equal(at, published, sizeof published);
	disconnect_set();
}

TEST(events_are_counted_on_and_the_guest_is_told_once)
{
	uint8_t event[64] = {0};

	connect_set();
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(channel_event(&channels[0], event), 0);
	event_page(0)[0] = 7;
	machine_port_take(event_port(0));
	machine_port_take(ring_port(0));
	resume();
	assert_int_equal(channel_event_prod(&channels[0]), 7);
	assert_true(machine_port_take(event_port(0)));
	assert_true(machine_port_take(ring_port(0)));
	assert_int_equal(channel_event(&channels[0], event), 0);
	assert_int_equal(event[0], 7);
	assert_int_equal(event_page(0)[1], 8);
	channel_skip_events(&channels[0]);
	resume();
	assert_int_equal(channel_event_prod(&channels[0]), 65536);
	disconnect_set();
}

/* -------- what does not fit -------- */

static void expect_refused(int rc)
{
	assert_int_equal(channel_set_recall(&set), 0);
	channel_set_connect(&set, on_connected, on_broke);
	wait_for(&n_connected, 1);
	assert_int_equal(connect_rc, rc);
	assert_int_equal(bound_ports(), 0);
	channel_set_disconnect(&set, on_gone);
	wait_for(&n_gone, 1);
}

TEST(a_page_with_other_counters_is_not_taken_over)
{
	connect_set();
	ask(0, 1);
	die();
	ring_page(0)[2] = 5;
	expect_refused(-EPROTO);
	forget_process();
	ring_page(0)[2] = 1;
	event_page(1)[0] = 9;
	expect_refused(-EPROTO);
}

TEST(other_rings_are_not_taken_over)
{
	connect_set();
	die();
	channels[1].refs.ring_ref++;
	assert_int_equal(channel_set_recall(&set), -EINVAL);
	forget_process();
	channels[1].refs.ring_ref--;
	set.n_channels--;
	assert_int_equal(channel_set_recall(&set), -EINVAL);
	set.n_channels++;
}

TEST(a_channel_that_was_not_kept_is_not_taken_over)
{
	const struct journal_key key = {.kind = GUEST_KIND, .domid = set.domid};

	connect_set();
	die();
	journal_remove(journal_next(j, &key, JOURNAL_CHANNEL, NULL));
	assert_int_equal(channel_set_recall(&set), -ENOENT);
}

TEST(a_channel_that_is_there_twice_is_not_taken_over)
{
	struct journal_key key = {
		.type = JOURNAL_CHANNEL, .kind = GUEST_KIND, .domid = set.domid, .channel = 1};

	connect_set();
	die();
	journal_add(j, &key, NULL, 0);
	assert_int_equal(channel_set_recall(&set), -EINVAL);
}

TEST(whatever_counters_were_kept_do_no_harm)
{
	const struct journal_key key = {.kind = GUEST_KIND, .domid = set.domid};
	uint32_t random = 3;

	connect_set();
	ask(0, 1);
	die();
	for (unsigned i = 0; i < 300; i++) {
		struct journal_slot *at = journal_next(j, &key, JOURNAL_CHANNEL, NULL);
		uint32_t words[24];
		const int before = n_connected;

		journal_read(at, words, sizeof words);
		for (unsigned k = 4; k < 8; k++) {
			random = random * 1664525u + 1013904223u;
			words[k] = random >> 28 ? words[k] + (random >> 12) % 70 : random;
		}
		journal_write(at, words, sizeof words);
		assert_int_equal(channel_set_recall(&set), 0);
		channel_set_connect(&set, on_connected, on_broke);
		wait_for(&n_connected, before + 1);
		turn_loop(3);
		assert_true(connect_rc == 0 || connect_rc == -EPROTO);
		die();
		event_page(0)[0] = event_page(0)[1] = 0;
	}
}
