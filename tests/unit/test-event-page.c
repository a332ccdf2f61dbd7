/* SPDX-License-Identifier: MIT */
/* The event page with frontends that count in either way, and with invalid counters. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "test.h"
#include "xen/ring.h"

/* The page as the frontend sees it. */
struct evt_page {
	uint32_t in_cons, in_prod;
	uint8_t pad[56];
	uint8_t slots[63][64];
};

_Static_assert(sizeof(struct evt_page) == 4096, "one page");

static struct evt_page ep;
static struct event_page events;
static uint16_t evt_id; /* the frontend's */

static int setup(void **)
{
	memset(&ep, 0, sizeof ep);
	evt_id = 0;
	event_page_init(&events, &ep);
	return 0;
}

static int put_event(uint8_t event[64])
{
	const int rc = event_page_put(&events, event);

	event_page_publish(&events);
	return rc;
}

static void leave_out(void)
{
	event_page_skip(&events);
	event_page_publish(&events);
}

/* Read all there is as evtchnl_interrupt_evt() does. @return how many events it took for its own.
 */
static unsigned read_events(void)
{
	unsigned n = 0;
	uint16_t id;

	for (; ep.in_cons != ep.in_prod; ep.in_cons++) {
		const uint8_t *slot = ep.slots[ep.in_cons % 63];

		memcpy(&id, slot, sizeof id);
		n += id == evt_id++ && slot[2] == 0;
	}
	return n;
}

/* What Linux does from 7.2 on when it clears a stream. */
static void clear(void)
{
	evt_id = 0;
	ep.in_cons = ep.in_prod;
}

static void put(unsigned n)
{
	uint8_t event[64] = {0};

	while (n--)
		assert_int_equal(put_event(event), 0);
}

#define EVENTS(name) TEST_WITH(name, setup, NULL)

EVENTS(event_ids_are_what_the_frontend_counts_for_70000_events)
{
	for (uint32_t i = 0; i < 70000; i += 7) {
		put(7);
		assert_int_equal(read_events(), 7);
	}
	assert_true(ep.in_cons > 69990);
}

/* Openings with and without events, and with more than fit into 16 bits. */
static const unsigned openings[] = {5, 0, 63, 1, 65535, 65536, 1, 65537, 140000, 0, 17};
#define N_OPENINGS (sizeof openings / sizeof openings[0])

static void play(unsigned n_events)
{
	for (unsigned i = 0; i < n_events; i++) {
		put(1);
		assert_int_equal(read_events(), 1);
	}
}

EVENTS(a_frontend_that_counts_for_ever_counts_over_what_is_skipped)
{
	for (size_t i = 0; i < N_OPENINGS; i++) {
		play(openings[i]);
		leave_out();
		assert_int_equal(events.prod % 65536, 0);
	}
}

EVENTS(a_frontend_that_clears_finds_the_id_0)
{
	for (size_t i = 0; i < N_OPENINGS; i++) {
		/* Any number of times while no event is sent. */
		clear();
		clear();
		play(openings[i]);
		leave_out();
	}
	/* Or not at all. */
	for (size_t i = 0; i < N_OPENINGS; i++) {
		play(openings[i]);
		leave_out();
	}
}

EVENTS(what_was_unread_before_a_skip_is_read_behind_it)
{
	put(9);
	leave_out();
	assert_int_equal(read_events(), 9);
	play(3);
}

EVENTS(a_skip_goes_over_the_end_of_the_counter)
{
	ep.in_cons = UINT32_MAX - 20;
	event_page_init(&events, &ep);
	evt_id = (uint16_t)ep.in_cons;
	play(7);
	put(4);
	leave_out();
	assert_int_equal(ep.in_prod, 0);
	assert_int_equal(read_events(), 4);
	play(70);
}

EVENTS(a_skip_makes_room_only_once_for_who_does_not_read)
{
	uint8_t event[64] = {0};

	put(60);
	for (unsigned i = 0; i < 3; i++) {
		leave_out();
		put(63);
		assert_int_equal(put_event(event), -EAGAIN);
	}
}

EVENTS(who_never_reads_is_not_broken_by_any_number_of_skips)
{
	uint8_t event[64] = {0};

	for (unsigned i = 0; i < 70000; i++) {
		assert_true(put_event(event) != -EPROTO);
		leave_out();
	}
	assert_int_equal(put_event(event), -EAGAIN);
	assert_true(ep.in_prod < 1u << 31);
	/* Reading makes room again. */
	read_events();
	play(3);
}

EVENTS(a_counter_that_makes_no_sense_breaks_the_page_behind_a_skip)
{
	static const uint32_t ahead[] = {1, 2, 63, 1u << 31, (1u << 31) + 7};
	uint8_t event[64] = {0};

	put(5);
	assert_int_equal(read_events(), 5);
	leave_out();
	put(5);
	for (size_t i = 0; i < 5; i++) {
		ep.in_cons = events.prod + ahead[i];
		assert_int_equal(put_event(event), -EPROTO);
	}
	ep.in_cons = 4; /* it has read 5 */
	assert_int_equal(put_event(event), -EPROTO);
}

EVENTS(a_full_page_takes_no_event_and_counts_none)
{
	uint8_t event[64] = {0};
	uint16_t id;

	ep.in_cons = ep.in_prod = UINT32_MAX - 20;
	event_page_init(&events, &ep);
	for (int i = 0; i < 63; i++)
		assert_int_equal(put_event(event), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(put_event(event), -EAGAIN);
	assert_int_equal(ep.in_prod, UINT32_MAX - 20 + 63);
	ep.in_cons++;
	assert_int_equal(put_event(event), 0);
	memcpy(&id, event, 2);
	assert_int_equal(id, (uint16_t)(UINT32_MAX - 20 + 63));
	assert_int_equal(put_event(event), -EAGAIN);
}

EVENTS(a_consumer_counter_that_makes_no_sense_breaks_the_page)
{
	static const uint32_t ahead[] = {1, 2, 63, 1u << 31, (1u << 31) + 7, UINT32_MAX - 63};
	uint8_t event[64] = {0};
	for (int i = 0; i < 5; i++)
		assert_int_equal(put_event(event), 0);
	for (size_t i = 0; i < 6; i++) {
		ep.in_cons = 5 + ahead[i];
		assert_int_equal(put_event(event), -EPROTO);
	}
}

EVENTS(our_own_counter_is_never_read_back)
{
	uint8_t event[64] = {0};

	assert_int_equal(put_event(event), 0);
	ep.in_prod = 4711;
	assert_int_equal(put_event(event), 0);
	assert_int_equal(ep.in_prod, 2);
}

EVENTS(what_is_void_counts_and_is_nothing_to_anybody)
{
	/* Events unread since before the last skip count, too. */
	put(60);
	leave_out();
	put(10);
	event_page_void(&events);
	leave_out();
	assert_int_equal(read_events(), 0);
	play(3);
}

EVENTS(nothing_outside_of_its_slot_is_written)
{
	uint8_t event[64];

	memset(&ep, 0xa5, sizeof ep);
	ep.in_cons = ep.in_prod = 62;
	event_page_init(&events, &ep);
	memset(event, 0, sizeof event);
	assert_int_equal(put_event(event), 0);
	for (size_t i = 0; i < 62; i++)
		for (size_t j = 0; j < 64; j++)
			assert_int_equal(ep.slots[i][j], 0xa5);
	for (size_t j = 0; j < sizeof ep.pad; j++)
		assert_int_equal(ep.pad[j], 0xa5);
	for (size_t j = 2; j < 64; j++)
		assert_int_equal(ep.slots[62][j], 0);
}

/* -------- after a restart -------- */

/* The next process knows the counters only. */
static int attach(void)
{
	const struct event_page kept = {
		.prod = events.prod,
		.base = events.base,
		.floor = events.floor,
	};

	memset(&events, 0xee, sizeof events);
	return event_page_attach(&events, &ep, &kept);
}

EVENTS(events_go_on_after_a_restart_with_the_next_id)
{
	uint8_t event[64] = {0};

	for (unsigned i = 0; i < 200; i++) {
		put(i % 60 + 1);
		assert_int_equal(attach(), 0);
		put(1);
		assert_int_equal(read_events(), i % 60 + 2);
	}
	leave_out();
	assert_int_equal(attach(), 0);
	clear();
	assert_int_equal(put_event(event), 0);
	assert_int_equal(read_events(), 1);
}

EVENTS(an_event_that_was_kept_and_not_published_is_published)
{
	uint8_t event[64] = {0};

	put(5);
	assert_int_equal(event_page_put(&events, event), 0);
	assert_int_equal(read_events(), 5);
	assert_int_equal(attach(), 0);
	assert_int_equal(read_events(), 1);
}

EVENTS(a_frontend_whose_counter_does_not_fit_is_not_taken_over)
{
	put(5);
	ep.in_cons = 6;
	assert_int_equal(attach(), -EPROTO);
	ep.in_cons = UINT32_MAX;
	assert_int_equal(attach(), -EPROTO);
}
