/* SPDX-License-Identifier: MIT */
/* HW_PARAM_QUERY and the check of OPEN, with every edge value that a guest may try. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sound/format.h"
#include "sound/hwparams.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)
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

TEST(asked_for_everything_it_answers_with_what_there_is)
{
	struct xensnd_query_hw_param q = everything;

	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_true(q.formats == limits.formats);
	assert_int_equal(q.rates.min, 8000);
	assert_int_equal(q.rates.max, 48000);
	assert_int_equal(q.channels.min, 1);
	assert_int_equal(q.channels.max, 2);
	assert_int_equal(q.buffer.min, 64); /* 8 ms at 8000 Hz */
	assert_int_equal(q.buffer.max, 65536);
	assert_int_equal(q.period.min, 16); /* 2 ms */
	assert_int_equal(q.period.max, 65536);
}

TEST(buffers_shrink_as_frames_grow)
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

TEST(rates_are_narrowed_to_members_of_the_list)
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

TEST(without_a_list_any_rate_within_reason_is_fine)
{
	struct stream_limits any = limits;
	struct xensnd_query_hw_param q = everything;

	any.n_rates = 0;
	assert_int_equal(hwparams_narrow(&any, &q), 0);
	assert_int_equal(q.rates.min, STREAM_RATE_MIN_HZ);
	assert_int_equal(q.rates.max, STREAM_RATE_MAX_HZ);
}

TEST(an_empty_space_is_refused_whatever_is_empty_in_it)
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

TEST(an_answer_asked_again_is_the_same_and_within_what_was_asked)
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

TEST(what_the_stream_allows_can_be_opened)
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

TEST(every_field_of_an_opening_is_checked)
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

TEST(any_rate_is_still_a_rate)
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

/* -------- what a consumer can take -------- */

static const struct xensnd_query_hw_param taken = {
	.formats = BIT(S16_LE) | BIT(S32_LE),
	.rates = {10000, 47999},
	.channels = {2, 8},
	.buffer = {1000, 4000},
	.period = {100, 2000},
};

TEST(an_intersection_is_in_both)
{
	struct xensnd_query_hw_param q = everything;

	hwparams_intersect(&taken, &q);
	assert_memory_equal(&q, &taken, sizeof q);
	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_true(q.formats == BIT(S16_LE));
	assert_int_equal(q.rates.min, 16000);
	assert_int_equal(q.rates.max, 44100);
	assert_int_equal(q.channels.min, 2);
	assert_int_equal(q.channels.max, 2);
	assert_int_equal(q.buffer.min, 1000);
	assert_int_equal(q.buffer.max, 4000);
	assert_int_equal(q.period.min, 100);
	assert_int_equal(q.period.max, 2000);
	/* Linux asks hundreds of times, and must find a fixed point. */
	for (int i = 0; i < 3; i++) {
		struct xensnd_query_hw_param again = q;

		hwparams_intersect(&taken, &again);
		assert_int_equal(hwparams_narrow(&limits, &again), 0);
		assert_memory_equal(&again, &q, sizeof q);
	}
}

TEST(what_has_nothing_in_common_is_empty)
{
	static const struct xensnd_query_hw_param any = HWPARAMS_ANY;

	for (int i = 0; i < 9; i++) {
		struct xensnd_query_hw_param with = any;
		struct xensnd_query_hw_param q = everything;

		switch (i) {
		case 0:
			break;
		case 1:
			with.formats = BIT(MPEG) | UINT64_C(1) << 63;
			break;
		case 2:
			with.rates.min = 16001;
			with.rates.max = 44099;
			break;
		case 3:
			with.rates.min = 48001;
			break;
		case 4:
			with.channels.min = 3;
			break;
		case 5:
			with.buffer.min = 65537;
			break;
		case 6:
			with.period.min = 65537;
			break;
		case 7: /* an empty range */
			with.buffer.min = 20;
			with.buffer.max = 10;
			break;
		case 8: /* periods are no longer than buffers */
			with.buffer.max = 100;
			with.period.min = 101;
			break;
		}
		hwparams_intersect(&with, &q);
		assert_int_equal(hwparams_narrow(&limits, &q), i == 0 ? 0 : -EINVAL);
	}
}

static void assert_inside(const struct xensnd_open_req *req, const char *complaint)
{
	const char *problem = NULL;

	assert_int_equal(hwparams_check_inside(&taken, req, &problem), complaint ? -EINVAL : 0);
	if (complaint)
		assert_memory_equal(problem, complaint, strlen(complaint));
}

TEST(an_opening_is_held_to_what_its_consumer_takes)
{
	static const uint32_t edges[] = {0, 1, 2, 1u << 31, UINT32_MAX};
	struct xensnd_open_req req = good;

	req.buffer_sz = 16000;
	req.period_sz = 4000;
	assert_inside(&req, NULL);
	for (unsigned f = 0; f < FORMAT_COUNT; f++) {
		req.pcm_format = (uint8_t)f;
		if (f != XENSND_PCM_FORMAT_S16_LE && f != XENSND_PCM_FORMAT_S32_LE)
			assert_inside(&req, "sample format");
	}
	req.pcm_format = XENSND_PCM_FORMAT_S16_LE;
	for (unsigned c = 0; c < 256; c++) {
		req.pcm_channels = (uint8_t)c;
		req.buffer_sz = 2000 * 2 * c;
		req.period_sz = 0;
		assert_inside(&req, c < 2 || c > 8 ? "number of channels" : NULL);
	}
	req.pcm_channels = 2;
	req.buffer_sz = 16000;
	for (size_t i = 0; i < 5; i++) {
		req.pcm_rate = edges[i];
		assert_inside(&req, "rate");
	}
	req.pcm_rate = 9999;
	assert_inside(&req, "rate");
	req.pcm_rate = 48000;
	assert_inside(&req, "rate");
	req.pcm_rate = 47999;
	for (size_t i = 0; i < 5; i++) {
		req.buffer_sz = edges[i];
		assert_inside(&req, "buffer size");
	}
	for (int i = -1; i <= 1; i++) {
		req.buffer_sz = (uint32_t)(4000 + i);
		assert_inside(&req, i < 0 ? "buffer size" : NULL);
		req.buffer_sz = (uint32_t)(16000 + i);
		assert_inside(&req, i > 0 ? "buffer size" : NULL);
		req.buffer_sz = 16000;
		req.period_sz = (uint32_t)(400 + i);
		assert_inside(&req, i < 0 ? "period size" : NULL);
		req.period_sz = (uint32_t)(8000 + i);
		assert_inside(&req, i > 0 ? "period size" : NULL);
		req.period_sz = 0;
	}
	for (size_t i = 1; i < 5; i++) {
		req.period_sz = edges[i];
		assert_inside(&req, "period size");
	}
}

/* An opening within the answer of a query is accepted, and any other is refused. */
TEST(queries_and_openings_agree)
{
	static const uint8_t formats[] = {XENSND_PCM_FORMAT_U8, XENSND_PCM_FORMAT_S16_LE,
					  XENSND_PCM_FORMAT_F64_LE, XENSND_PCM_FORMAT_S32_LE};
	static const uint32_t rates[] = {8000, 16000, 44100, 47999, 48000};
	static const uint32_t frames[] = {1, 99, 100, 999, 1000, 2000, 2001, 4000, 4001, 65536};

	for (int i = 0; i < 4 * 5 * 3 * 10 * 10; i++) {
		struct xensnd_query_hw_param q;
		struct xensnd_open_req req = {.pcm_format = formats[i % 4],
					      .pcm_rate = rates[i / 4 % 5],
					      .pcm_channels = (uint8_t)(i / 20 % 3 + 1)};
		const uint32_t buffer = frames[i / 60 % 10];
		const uint32_t period = frames[i / 600];
		const char *problem;
		bool can_open, can_ask;

		if (period > buffer)
			continue;
		req.buffer_sz = buffer * format_frame_bytes(req.pcm_format, req.pcm_channels);
		req.period_sz = period * format_frame_bytes(req.pcm_format, req.pcm_channels);
		q = (struct xensnd_query_hw_param){
			.formats = UINT64_C(1) << req.pcm_format,
			.rates = {req.pcm_rate, req.pcm_rate},
			.channels = {req.pcm_channels, req.pcm_channels},
			.buffer = {buffer, buffer},
			.period = {period, period},
		};
		can_open = hwparams_check_open(&limits, &req, &problem) == 0 &&
			   hwparams_check_inside(&taken, &req, &problem) == 0;
		hwparams_intersect(&taken, &q);
		can_ask = hwparams_narrow(&limits, &q) == 0;
		assert_int_equal(can_open, can_ask);
	}
}
