/* SPDX-License-Identifier: MIT */
/* The request ring, with a well-behaved frontend and a hostile one. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "test.h"
#include "xen/ring.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

/* The page as the frontend sees it. */
struct req_page {
	uint32_t req_prod, req_event, rsp_prod, rsp_event;
	uint8_t pad[48];
	uint8_t slots[63][64]; /* 32 are used */
};

_Static_assert(sizeof(struct req_page) == 4096, "one page");

static struct req_page rp;
static struct ring ring;

static int setup(void **)
{
	memset(&rp, 0, sizeof rp);
	rp.req_event = rp.rsp_event = 1;
	ring_init(&ring, &rp);
	return 0;
}

/* Both sides at the same count, as after long use. */
static void start_at(uint32_t count)
{
	rp.req_prod = rp.rsp_prod = count;
	rp.req_event = rp.rsp_event = count + 1;
	ring.req_cons = ring.rsp_prod = count;
}

static void put_request(uint8_t fill)
{
	memset(rp.slots[rp.req_prod % 32], fill, 64);
	rp.req_prod++;
}

/* -------- requests -------- */

#define RING(name) TEST_WITH(name, setup, NULL)

RING(requests_come_out_as_they_went_in_also_over_the_wrap)
{
	static const uint32_t starts[] = {0, 31, 0x7ffffff0, UINT32_MAX - 40};
	uint8_t req[64], rsp[64], want[64];

	for (size_t s = 0; s < 4; s++) {
		start_at(starts[s]);
		for (unsigned i = 0; i < 200; i++) {
			put_request((uint8_t)i);
			assert_int_equal(ring_take(&ring, req), 1);
			memset(want, (uint8_t)i, 64);
			assert_memory_equal(req, want, 64);
			assert_int_equal(ring_take(&ring, req), 0);
			memset(rsp, 0x40, 64);
			ring_put(&ring, rsp);
			assert_int_equal(rp.rsp_prod, starts[s] + i + 1);
			assert_memory_equal(rp.slots[(starts[s] + i) % 32], rsp, 64);
		}
	}
}

RING(a_full_ring_is_all_right)
{
	uint8_t req[64];

	start_at(UINT32_MAX - 5);
	for (unsigned i = 0; i < 32; i++)
		put_request((uint8_t)i);
	for (unsigned i = 0; i < 32; i++) {
		assert_int_equal(ring_take(&ring, req), 1);
		assert_int_equal(req[5], i);
		ring_put(&ring, req);
	}
	assert_int_equal(ring_take(&ring, req), 0);
}

RING(a_counter_that_jumps_breaks_the_ring)
{
	static const uint32_t jumps[] = {
		33, 34, 1u << 31, (1u << 31) + 1, UINT32_MAX, UINT32_MAX - 31};
	static const uint32_t starts[] = {0, 1, 32, 0x80000000, UINT32_MAX - 16, UINT32_MAX};
	uint8_t req[64];

	for (size_t s = 0; s < 6; s++) {
		for (size_t j = 0; j < 6; j++) {
			start_at(starts[s]);
			rp.req_prod = starts[s] + jumps[j];
			memset(req, 0x5a, sizeof req);
			assert_int_equal(ring_take(&ring, req), -EPROTO);
			assert_int_equal(req[0], 0x5a);
			assert_int_equal(ring.req_cons, starts[s]);
		}
		start_at(starts[s]);
		rp.req_prod = starts[s] + 32;
		assert_int_equal(ring_take(&ring, req), 1);
	}
}

RING(a_counter_that_goes_back_breaks_the_ring)
{
	uint8_t req[64];

	start_at(10);
	put_request(1);
	put_request(2);
	assert_int_equal(ring_take(&ring, req), 1);
	/* Between the answered and the taken requests. */
	rp.req_prod = 10;
	assert_int_equal(ring_take(&ring, req), -EPROTO);
}

RING(a_request_still_unanswered_counts_against_the_ring)
{
	uint8_t req[64];

	put_request(1);
	assert_int_equal(ring_take(&ring, req), 1);
	rp.req_prod = 33; /* 32 after the one taken, 33 in flight */
	assert_int_equal(ring_take(&ring, req), -EPROTO);
}

RING(the_frontends_view_of_our_counters_is_never_believed)
{
	uint8_t req[64], rsp[64] = {0};

	put_request(1);
	assert_int_equal(ring_take(&ring, req), 1);
	rp.rsp_prod = 12345;
	rp.req_event = 54321;
	ring_put(&ring, rsp);
	assert_int_equal(rp.rsp_prod, 1);
	assert_int_equal(ring_take(&ring, req), 0);
	assert_int_equal(rp.req_event, 2);
}

RING(an_empty_ring_asks_to_be_told_of_the_next_request)
{
	uint8_t req[64];

	start_at(UINT32_MAX);
	rp.req_event = 0;
	assert_int_equal(ring_take(&ring, req), 0);
	assert_int_equal(rp.req_event, 0);
	put_request(1);
	assert_int_equal(ring_take(&ring, req), 1);
	assert_int_equal(ring_take(&ring, req), 0);
	assert_int_equal(rp.req_event, 1);
}

/* The frontend's own rule, RING_PUSH_RESPONSES_AND_CHECK_NOTIFY. */
RING(the_frontend_is_notified_only_where_it_asked_to_be)
{
	static const uint32_t starts[] = {0, 100, UINT32_MAX - 3};
	uint8_t req[64], rsp[64] = {0};

	for (size_t s = 0; s < 3; s++) {
		start_at(starts[s]);
		rp.rsp_event = starts[s] + 4;
		for (uint32_t i = 1; i <= 8; i++) {
			put_request(0);
			assert_int_equal(ring_take(&ring, req), 1);
			ring_put(&ring, rsp);
			assert_int_equal(ring_notifies(&ring), i == 4);
		}
	}
}

RING(several_answers_are_notified_of_once)
{
	uint8_t req[64], rsp[64] = {0};

	rp.rsp_event = 2;
	for (uint8_t i = 1; i <= 4; i++)
		put_request(i);
	for (unsigned i = 1; i <= 4; i++) {
		assert_int_equal(ring_take(&ring, req), 1);
		assert_int_equal(ring_has_more(&ring), i < 4);
		ring_put(&ring, rsp);
		assert_int_equal(rp.rsp_prod, i);
	}
	assert_true(ring_notifies(&ring));
	assert_false(ring_notifies(&ring));
}

/* -------- after a restart -------- */

/* The next process knows a counter and the last answer only. */
static int attach(uint32_t rsp_prod, const uint8_t last[64])
{
	memset(&ring, 0xee, sizeof ring);
	return ring_attach(&ring, &rp, rsp_prod, last);
}

RING(requests_without_an_answer_are_taken_again)
{
	uint8_t req[64], rsp[64] = {9};

	for (uint8_t i = 1; i <= 5; i++)
		put_request(i);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ring_take(&ring, req), 1);
	ring_put(&ring, rsp);
	ring_put(&ring, rsp);
	assert_int_equal(attach(2, rsp), 0);
	for (uint8_t i = 3; i <= 5; i++) {
		assert_int_equal(ring_take(&ring, req), 1);
		assert_int_equal(req[0], i);
		ring_put(&ring, rsp);
	}
	assert_int_equal(ring_take(&ring, req), 0);
	assert_int_equal(rp.rsp_prod, 5);
}

RING(an_answer_that_was_kept_and_not_published_is_published)
{
	uint8_t req[64], rsp[64], last[64];

	memset(rsp, 1, sizeof rsp);
	memset(last, 2, sizeof last);
	for (uint8_t i = 1; i <= 3; i++)
		put_request(i);
	assert_int_equal(ring_take(&ring, req), 1);
	ring_put(&ring, rsp);
	assert_int_equal(attach(2, last), 0);
	assert_int_equal(rp.rsp_prod, 2);
	assert_memory_equal(rp.slots[1], last, 64);
	assert_memory_equal(rp.slots[0], rsp, 64);
	assert_int_equal(ring_take(&ring, req), 1);
	assert_int_equal(req[0], 3);
}

/* The frontend may have put its next request where the last answer was. */
RING(an_answer_that_was_published_is_not_written_again)
{
	uint8_t rsp[64] = {77}, req[64];

	start_at(10);
	for (unsigned i = 0; i < 32; i++)
		put_request((uint8_t)(i + 1));
	assert_int_equal(attach(10, rsp), 0);
	for (unsigned i = 0; i < 32; i++) {
		assert_int_equal(ring_take(&ring, req), 1);
		assert_int_equal(req[0], i + 1);
	}
}

RING(a_ring_with_another_count_of_answers_is_not_taken_over)
{
	uint8_t rsp[64] = {0};

	start_at(10);
	assert_int_equal(attach(9, rsp), -EPROTO);
	assert_int_equal(attach(12, rsp), -EPROTO);
	assert_int_equal(attach(0, rsp), -EPROTO);
	start_at(UINT32_MAX);
	assert_int_equal(attach(0, rsp), 0);
	assert_int_equal(rp.rsp_prod, 0);
}
