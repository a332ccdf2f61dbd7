/* SPDX-License-Identifier: MIT */
/* The least buffers and periods that guests are offered. */
#include <config.h>

#include <string.h>

#include "sound/format.h"
#include "sound/hwparams.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)
#define BIT(name)  (UINT64_C(1) << XENSND_PCM_FORMAT_##name)

static const struct stream_limits limits = {
	.formats = FORMAT_ALL,
	.channels_min = 1,
	.channels_max = 2,
	.buffer_max_bytes = 65536,
};

/* Everything in one format at one rate. */
static struct xensnd_query_hw_param space_of(uint64_t format, uint32_t rate_hz)
{
	return (struct xensnd_query_hw_param){
		.formats = format,
		.rates = {rate_hz, rate_hz},
		.channels = {2, 2},
		.buffer = {0, UINT32_MAX},
		.period = {0, UINT32_MAX},
	};
}

TEST(no_period_below_2_ms_and_no_buffer_below_8_is_offered)
{
	static const uint32_t rates_hz[] = {5512, 8000, 11025, 44100, 48000, 96000, 192000};

	for (size_t i = 0; i < sizeof rates_hz / sizeof rates_hz[0]; i++) {
		const uint64_t rate_hz = rates_hz[i];
		struct xensnd_query_hw_param q = space_of(BIT(S16_LE), rates_hz[i]);

		assert_int_equal(hwparams_narrow(&limits, &q), 0);
		assert_true(q.buffer.min * 1000u >= 8 * rate_hz);
		assert_true((q.buffer.min - 1) * 1000u < 8 * rate_hz);
		assert_true(q.period.min * 1000u >= 2 * rate_hz);
		assert_true((q.period.min - 1) * 1000u < 2 * rate_hz);
	}
}

TEST(less_than_that_leaves_nothing)
{
	struct xensnd_query_hw_param q = space_of(BIT(S16_LE), 48000);

	q.buffer.max = 383;
	assert_true(hwparams_narrow(&limits, &q) < 0);
	q = space_of(BIT(S16_LE), 48000);
	q.period.max = 95;
	assert_true(hwparams_narrow(&limits, &q) < 0);
	q = space_of(BIT(S16_LE), 48000);
	q.buffer.max = 384;
	q.period.max = 96;
	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_int_equal(q.buffer.min, 384);
	assert_int_equal(q.period.min, 96);
}

/* The rate may still be any: what is possible at one of them is left. */
TEST(of_several_rates_the_lowest_counts)
{
	struct xensnd_query_hw_param q = space_of(BIT(S16_LE), 48000);

	q.rates.min = 8000;
	q.period.max = 20;
	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_int_equal(q.period.min, 16);
}

TEST(a_consumer_that_asks_for_more_gets_it)
{
	struct xensnd_query_hw_param q = space_of(BIT(S16_LE), 48000);

	q.buffer.min = 2048;
	q.period.min = 512;
	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_int_equal(q.buffer.min, 2048);
	assert_int_equal(q.period.min, 512);
}

/* buffer-size may say less: then all of that, in no more than four periods. */
TEST(a_card_with_a_tiny_buffer_can_be_opened)
{
	struct stream_limits tiny = limits;
	struct xensnd_query_hw_param q = space_of(BIT(S16_LE), 48000);

	tiny.buffer_max_bytes = 1024;
	assert_int_equal(hwparams_narrow(&tiny, &q), 0);
	assert_int_equal(q.buffer.min, 256);
	assert_int_equal(q.buffer.max, 256);
	assert_int_equal(q.period.min, 64);
	tiny.buffer_max_bytes = 4;
	q = space_of(BIT(S16_LE), 48000);
	assert_int_equal(hwparams_narrow(&tiny, &q), 0);
	assert_int_equal(q.period.min, 1);
}

/* A byte of these is a frame. */
TEST(packed_formats_count_by_their_own_rate)
{
	struct xensnd_query_hw_param q = space_of(BIT(IMA_ADPCM), 48000);

	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_int_equal(q.buffer.min, 384); /* two channels of half a byte */
	q = space_of(BIT(GSM) | BIT(S16_LE), 48000);
	assert_int_equal(hwparams_narrow(&limits, &q), 0);
	assert_int_equal(q.buffer.min, 14);
	assert_int_equal(q.period.min, 4);
}

TEST(an_opening_may_have_less)
{
	const struct xensnd_open_req req = {
		.pcm_rate = 48000,
		.pcm_format = XENSND_PCM_FORMAT_S16_LE,
		.pcm_channels = 2,
		.buffer_sz = 64 * 4,
		.period_sz = 32 * 4,
	};
	const struct xensnd_query_hw_param any = HWPARAMS_ANY;
	const char *problem;

	assert_int_equal(hwparams_check_open(&limits, &req, &problem), 0);
	assert_int_equal(hwparams_check_inside(&any, &req, &problem), 0);
}
