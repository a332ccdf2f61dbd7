/* SPDX-License-Identifier: MIT */
/* HW_PARAM_QUERY and the check of OPEN, with every edge value that a guest may try. */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sound/format.h"
#include "sound/hwparams.h"

#define TEST(name) cmocka_unit_test(name)
#define BIT(name)  (UINT64_C(1) << XENSND_PCM_FORMAT_##name)

static const struct stream_limits limits = {
	.formats = BIT(S16_LE) | BIT(U8) | BIT(F64_LE),
	.rates_hz = {44100, 8000, 48000, 16000},
	.n_rates = 4,
	.channels_min = 1,
	.channels_max = 2,
	.buffer_max_bytes = 65536,
};

static const struct xensnd_query_hw_param everything = {
	.formats = UINT64_MAX,
	.rates = {0, UINT32_MAX},
	.channels = {0, UINT32_MAX},
	.buffer = {0, UINT32_MAX},
	.period = {0, UINT32_MAX},
};

static void asked_for_everything_it_answers_with_what_there_is(void **state)
{
	struct xensnd_query_hw_param q = everything;

	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_true(q.formats == limits.formats);
	assert_int_equal(q.rates.min, 8000);
	assert_int_equal(q.rates.max, 48000);
	assert_int_equal(q.channels.min, 1);
	assert_int_equal(q.channels.max, 2);
	assert_int_equal(q.buffer.min, 1);
	assert_int_equal(q.buffer.max, 65536);
	assert_int_equal(q.period.min, 1);
	assert_int_equal(q.period.max, 65536);
}

static void buffers_shrink_as_frames_grow(void **state)
{
	struct xensnd_query_hw_param q = everything;

	q.formats = BIT(S16_LE);
	q.channels.min = q.channels.max = 2;
	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_int_equal(q.buffer.max, 16384);
	q = everything;
	q.formats = BIT(F64_LE);
	q.channels.min = 2;
	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_int_equal(q.buffer.max, 4096);
}

static void rates_are_narrowed_to_members_of_the_list(void **state)
{
	static const uint32_t asked[][4] = {
		/* min, max, then the answer; 0: nothing is left */
		{8001, 44100, 16000, 44100},
		{8000, 8000, 8000, 8000},
		{48000, UINT32_MAX, 48000, 48000},
		{16001, 44099, 0, 0},
		{48001, UINT32_MAX, 0, 0},
		{0, 7999, 0, 0},
		{48000, 8000, 0, 0},
		{1u << 31, UINT32_MAX, 0, 0},
	};

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		struct xensnd_query_hw_param q = everything;

		q.rates.min = asked[i][0];
		q.rates.max = asked[i][1];
		assert_int_equal(hwparams_narrow(&limits, &q), asked[i][2] ? 0 : -EINVAL);
		if (asked[i][2]) {
			assert_int_equal(q.rates.min, asked[i][2]);
			assert_int_equal(q.rates.max, asked[i][3]);
		}
	}
}

static void without_a_list_any_rate_within_reason_is_fine(void **state)
{
	struct stream_limits any = limits;
	struct xensnd_query_hw_param q = everything;

	any.n_rates = 0;
	assert_int_equal(hwparams_narrow(&any, &q), 0);
	assert_int_equal(q.rates.min, STREAM_RATE_MIN_HZ);
	assert_int_equal(q.rates.max, STREAM_RATE_MAX_HZ);
}

static void an_empty_space_is_refused_whatever_is_empty_in_it(void **state)
{
	for (int i = 0; i < 7; i++) {
		struct xensnd_query_hw_param q = everything;

		switch (i) {
		case 0:
			q.formats = BIT(MPEG);
			break;
		case 1:
			q.formats = 0;
			break;
		case 2:
			q.channels.min = 3;
			break;
		case 3:
			q.channels.max = 0;
			break;
		case 4:
			q.buffer.min = 65537;
			break;
		case 5:
			q.buffer.max = 0;
			break;
		case 6:
			q.period.min = 65537;
			break;
		}
		assert_int_equal(hwparams_narrow(&limits, &q), -EINVAL);
	}
}

static void an_answer_asked_again_is_the_same_and_within_what_was_asked(void **state)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 255, 256, 65535, 65536, 65537, 1u << 31, UINT32_MAX - 1, UINT32_MAX};
	enum { N = sizeof edges / sizeof edges[0] };

	for (int i = 0; i < N * N * N * N; i++) {
		struct xensnd_query_hw_param q = everything;
		struct xensnd_query_hw_param again;

		q.buffer.min = edges[i % N];
		q.buffer.max = edges[i / N % N];
		q.period.min = edges[i / N / N % N];
		q.channels.min = edges[i / N / N / N];
		again = q;
		if (hwparams_narrow(&limits, &q) < 0)
			continue;
		assert_true(q.buffer.min >= again.buffer.min && q.buffer.max <= again.buffer.max);
		assert_true(q.period.min >= again.period.min);
		assert_true(q.buffer.min <= q.buffer.max && q.period.min <= q.period.max);
		again = q;
		assert_int_equal(hwparams_narrow(&limits, &again), 0);
		assert_memory_equal(&q, &again, sizeof q);
	}
}

/* -------- OPEN -------- */

static const struct xensnd_open_req good = {
	.pcm_rate = 44100,
	.pcm_format = XENSND_PCM_FORMAT_S16_LE,
	.pcm_channels = 2,
	.buffer_sz = 65536,
	.gref_directory = 8,
	.period_sz = 16384,
};

static void assert_open(const struct xensnd_open_req *req, const char *complaint)
{
	const char *problem = NULL;

	assert_int_equal(hwparams_check_open(&limits, req, &problem), complaint ? -EINVAL : 0);
	if (complaint)
		assert_string_equal(problem, complaint);
}

static void what_the_stream_allows_can_be_opened(void **state)
{
	struct xensnd_open_req req = good;

	assert_open(&req, NULL);
	req.period_sz = 0; /* no events */
	assert_open(&req, NULL);
	req.period_sz = 65536;
	assert_open(&req, NULL);
	req.buffer_sz = 4;
	req.period_sz = 4;
	assert_open(&req, NULL);
}

static void every_field_of_an_opening_is_checked(void **state)
{
	static const uint32_t bad_sizes[] = {0,     1,     2,     3,        65533,
					     65535, 65537, 65540, 1u << 31, UINT32_MAX};
	static const uint32_t bad_rates[] = {0, 1, 7999, 44099, 44101, 96000, 1u << 31, UINT32_MAX};
	struct xensnd_open_req req = good;

	for (size_t i = 0; i < 10; i++) {
		req.buffer_sz = bad_sizes[i];
		assert_open(&req, "buffer size");
	}
	req = good;
	for (size_t i = 0; i < 8; i++) {
		req.pcm_rate = bad_rates[i];
		assert_open(&req, "rate");
	}
	req = good;
	for (unsigned f = 0; f < 256; f++) {
		bool allowed = f < 64 && (limits.formats & (UINT64_C(1) << f));

		req.pcm_format = (uint8_t)f;
		assert_open(&req, allowed ? NULL : "sample format");
	}
	req = good;
	for (unsigned c = 0; c < 256; c++) {
		req.pcm_channels = (uint8_t)c;
		assert_open(&req, c == 1 || c == 2 ? NULL : "number of channels");
	}
	req = good;
	req.period_sz = 65537;
	assert_open(&req, "period size");
	req.period_sz = UINT32_MAX;
	assert_open(&req, "period size");
}

static void any_rate_is_still_a_rate(void **state)
{
	struct stream_limits any = limits;
	struct xensnd_open_req req = good;
	const char *problem;

	any.n_rates = 0;
	req.pcm_rate = STREAM_RATE_MIN_HZ;
	assert_int_equal(hwparams_check_open(&any, &req, &problem), 0);
	req.pcm_rate = STREAM_RATE_MIN_HZ - 1;
	assert_int_equal(hwparams_check_open(&any, &req, &problem), -EINVAL);
	req.pcm_rate = STREAM_RATE_MAX_HZ;
	assert_int_equal(hwparams_check_open(&any, &req, &problem), 0);
	req.pcm_rate = STREAM_RATE_MAX_HZ + 1;
	assert_int_equal(hwparams_check_open(&any, &req, &problem), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asked_for_everything_it_answers_with_what_there_is),
		TEST(buffers_shrink_as_frames_grow),
		TEST(rates_are_narrowed_to_members_of_the_list),
		TEST(without_a_list_any_rate_within_reason_is_fine),
		TEST(an_empty_space_is_refused_whatever_is_empty_in_it),
		TEST(an_answer_asked_again_is_the_same_and_within_what_was_asked),
		TEST(what_the_stream_allows_can_be_opened),
		TEST(every_field_of_an_opening_is_checked),
		TEST(any_rate_is_still_a_rate),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("hwparams", tests, NULL, NULL);
}
