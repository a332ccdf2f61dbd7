/* SPDX-License-Identifier: MIT */
/* xenav-pipewire and a real PipeWire server: every format that a guest may play. */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipewire/pw-rig.h"
#include "xenav.h"

#define NODE        "xenav.guest125.0.0.0"
#define TUNE_FRAMES 9600u

static struct rig_guest rg;

static const struct toolstack_node all_formats[] = {
	{"short-name", "Card", false},
	{"sample-rates", "48000", false},
	{"sample-formats",
	 "s8,u8,s16_le,s16_be,u16_le,u16_be,s24_le,s24_be,u24_le,u24_be,s32_le,s32_be,u32_le,"
	 "u32_be,float_le,float_be,float64_le,float64_be,mu_law,a_law,iec958_subframe_le",
	 false},
	{"channels-max", "2", false},
	{"buffer-size", "2097152", false},
	{"0/name", "General", false},
	{"0/0/unique-id", "play", false},
	{"0/0/type", "p", false},
	{0},
};

/* -------- samples -------- */

/* G.711. */
static uint8_t to_mu_law(int v)
{
	const int sign = v < 0 ? 0x80 : 0;
	int magnitude = abs(v) + 132, exponent = 7;

	while (exponent > 0 && !(magnitude & 0x80 << exponent))
		exponent--;
	return (uint8_t) ~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 0xf));
}

static uint8_t to_a_law(int v)
{
	const int sign = v < 0 ? 0 : 0x80;
	int magnitude = abs(v), exponent = 7;

	while (exponent > 0 && !(magnitude & 0x80 << exponent))
		exponent--;
	return (uint8_t)((sign | exponent << 4 |
			  (magnitude >> (exponent ? exponent + 3 : 4) & 0xf)) ^
			 0x55);
}

static uint64_t bits_of(uint8_t format, int16_t v, const struct xenav_format_info *info)
{
	const double as_double = v / 32768.0;
	const float as_float = (float)as_double;
	uint64_t bits = 0;
	uint32_t word;

	if (format == XENAV_FORMAT_MU_LAW)
		return to_mu_law(v);
	if (format == XENAV_FORMAT_A_LAW)
		return to_a_law(v);
	if (info->is_float && info->bytes == 8) {
		memcpy(&bits, &as_double, sizeof bits);
		return bits;
	}
	if (info->is_float) {
		memcpy(&word, &as_float, sizeof word);
		return word;
	}
	bits = (uint64_t)((int64_t)v * 65536) >> (32 - info->valid_bits);
	if (!info->is_signed)
		bits ^= UINT64_C(1) << (info->valid_bits - 1);
	return bits & ((UINT64_C(1) << info->valid_bits) - 1);
}

static void put(uint8_t *to, uint64_t bits, const struct xenav_format_info *info)
{
	for (unsigned i = 0; i < info->bytes; i++)
		to[info->is_big_endian ? info->bytes - 1u - i : i] = (uint8_t)(bits >> 8 * i);
}

/* The tune in the left channel, and in the right one, too. */
static uint8_t *make_tune(uint8_t format, const struct xenav_format_info *info)
{
	uint8_t *samples = calloc(TUNE_FRAMES, 2u * info->bytes);

	assert_non_null(samples);
	for (unsigned i = 0; i < 2 * TUNE_FRAMES; i++)
		put(samples + (size_t)i * info->bytes, bits_of(format, pw_rig_tune(i / 2), info),
		    info);
	return samples;
}

/* -------- formats -------- */

static size_t play_and_hear(const void *samples, double tolerance)
{
	struct ear *ear = pw_rig_listen(&rg.guest);
	size_t heard;

	assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
	assert_int_equal(pcm_write(PLAY(&rg), samples, TUNE_FRAMES), 0);
	assert_int_equal(pcm_drain(PLAY(&rg)), 0);
	pw_rig_hear_out(&rg.guest);
	heard = pw_rig_heard(ear, 0, TUNE_FRAMES, tolerance);
	if (heard == TUNE_FRAMES)
		heard = pw_rig_heard(ear, 1, TUNE_FRAMES, tolerance);
	ear_close(ear);
	return heard;
}

static void check_format(uint8_t format)
{
	const bool is_law = format == XENAV_FORMAT_MU_LAW || format == XENAV_FORMAT_A_LAW;
	struct pcm_params params = pw_rig_params;
	struct xenav_format_info info;
	size_t heard = 0;
	uint8_t *samples;

	assert_int_equal(xenav_format_describe(format, &info), 0);
	params.format = format;
	params.frame_bytes = 2u * info.bytes;
	samples = make_tune(format, &info);
	pw_rig_open(&rg, PLAY(&rg), &params, NODE);
	for (unsigned i = 0; i < ATTEMPTS && heard < TUNE_FRAMES; i++)
		heard = play_and_hear(samples, is_law ? 1.0 / 16 : 0);
	pw_rig_shut(PLAY(&rg));
	free(samples);
	if (heard < TUNE_FRAMES)
		fail_msg("%s: only %zu frames are right", xenav_format_name(format), heard);
}

TEST(every_format_is_heard_as_it_was_played)
{
	rig_sound = all_formats;
	rig_start(&rg, 125);
	RUN("--domain=125");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	for (uint8_t format = 0; format <= XENAV_FORMAT_FLOAT64_BE; format++)
		check_format(format);
	check_format(XENAV_FORMAT_MU_LAW);
	check_format(XENAV_FORMAT_A_LAW);
	rig_stop(&rg);
	rig_sound = rig_sound_nodes;
}

/* -------- channels, rates, buffers -------- */

#define TONE_HZ     441
#define TONE_FRAMES 22050u

static const struct toolstack_node small_buffer[] = {
	{"sample-rates", "48000", false},
	{"sample-formats", "s16_le", false},
	{"channels-max", "2", false},
	{"buffer-size", "8192", false},
	{"0/0/unique-id", "play", false},
	{"0/0/type", "p", false},
	{0},
};

static void start(void)
{
	rig_start(&rg, 125);
	RUN("--domain=125");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
}

TEST(one_channel_is_heard_in_both)
{
	static int16_t samples[TUNE_FRAMES];
	struct pcm_params params = pw_rig_params;
	size_t heard = 0;

	params.channels = 1;
	params.frame_bytes = 2;
	for (unsigned i = 0; i < TUNE_FRAMES; i++)
		samples[i] = pw_rig_tune(i);
	start();
	pw_rig_open(&rg, PLAY(&rg), &params, NODE);
	for (unsigned i = 0; i < ATTEMPTS && heard < TUNE_FRAMES; i++)
		heard = play_and_hear(samples, 0);
	assert_int_equal(heard, TUNE_FRAMES);
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

/* @return the longest stretch of the tone without a click.  A sample of it follows from the two
 * before. */
static size_t longest_tone(struct ear *ear)
{
	const double c = 2 * cos(2 * M_PI * TONE_HZ / PW_LAB_RATE_HZ);
	size_t best = 0, from = 0;
	const int16_t *s;
	const size_t frames = ear_heard(ear, &s);

	for (size_t i = 4; i < 2 * frames; i += 2) {
		const double expected = c * s[i - 2] - s[i - 4];

		if (fabs(s[i] - expected) > 20 || (abs(s[i]) < 20 && abs(s[i - 4]) < 20))
			from = i;
		best = i - from > best ? i - from : best;
	}
	return best / 2;
}

static size_t play_tone(void)
{
	int16_t *samples = calloc(TONE_FRAMES, 2 * sizeof *samples);
	struct ear *ear = pw_rig_listen(&rg.guest);
	size_t whole;

	for (unsigned i = 0; i < TONE_FRAMES; i++)
		samples[2 * i] = samples[2 * i + 1] =
			(int16_t)lround(12000 * sin(2 * M_PI * TONE_HZ * i / 44100));
	assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
	assert_int_equal(pcm_write(PLAY(&rg), samples, TONE_FRAMES), 0);
	assert_int_equal(pcm_drain(PLAY(&rg)), 0);
	pw_rig_hear_out(&rg.guest);
	whole = longest_tone(ear);
	ear_close(ear);
	free(samples);
	return whole;
}

TEST(another_rate_is_heard_without_a_gap)
{
	struct pcm_params params = pw_rig_params;
	size_t whole = 0;

	params.rate_hz = 44100;
	start();
	pw_rig_open(&rg, PLAY(&rg), &params, NODE);
	/* Half a second of it, but for what the filter does to its edges. */
	for (unsigned i = 0; i < ATTEMPTS && whole < PW_LAB_RATE_HZ / 2 - 500; i++)
		whole = play_tone();
	assert_in_range(whole, PW_LAB_RATE_HZ / 2 - 500, PW_LAB_RATE_HZ / 2 + 500);
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

TEST(a_guest_that_has_small_buffers_plays_with_them)
{
	struct pcm_params params = pw_rig_params;

	params.buffer_frames = 2048;
	params.period_frames = 240;
	rig_sound = small_buffer;
	start();
	rig_sound = rig_sound_nodes;
	pw_rig_open(&rg, PLAY(&rg), &params, NODE);
	assert_int_equal(pw_lab_said(&pw_lab, "cannot take"), 0);
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

static bool is_refused(void *params)
{
	int rc;

	pcm_open(PLAY(&rg));
	rc = pcm_hw_params(PLAY(&rg), params);
	pw_rig_shut(PLAY(&rg));
	return rc < 0;
}

TEST(a_format_that_pipewire_cannot_take_is_not_offered)
{
	struct pcm_params params = pw_rig_params;

	rig_sound = all_formats;
	rig_start(&rg, 125);
	params.format = XENAV_FORMAT_IEC958_SUBFRAME_LE;
	params.frame_bytes = 8;
	pcm_open(PLAY(&rg));
	assert_int_equal(pcm_hw_params(PLAY(&rg), &params), 0);
	pw_rig_shut(PLAY(&rg));
	RUN("--domain=125");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	/* The limits follow the claim on the same way, and need no answer. */
	assert_true(guest_run_until(&rg.guest, is_refused, &params, WAIT_MS));
	rig_stop(&rg);
	rig_sound = rig_sound_nodes;
}

int main(void)
{
	return pw_rig_main();
}
