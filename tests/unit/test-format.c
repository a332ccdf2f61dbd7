/* SPDX-License-Identifier: MIT */
/* The sample formats: the names of sndif and of libxl, sizes, silence. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sound/format.h"
#include "test.h"
#include "xen/sndif.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

/* By number: the name in sndif.h, libxl's where it has another, bits, one sample of silence. */
static const struct {
	const char *name;
	const char *libxl_name;
	unsigned bits;
	uint8_t silence[4];
} table[] = {
	{"s8", NULL, 8, {0}},
	{"u8", NULL, 8, {0x80}},
	{"s16_le", NULL, 16, {0}},
	{"s16_be", NULL, 16, {0}},
	{"u16_le", NULL, 16, {0, 0x80}},
	{"u16_be", NULL, 16, {0x80, 0}},
	{"s24_le", NULL, 32, {0}},
	{"s24_be", NULL, 32, {0}},
	{"u24_le", NULL, 32, {0, 0, 0x80, 0}},
	{"u24_be", NULL, 32, {0, 0x80, 0, 0}},
	{"s32_le", NULL, 32, {0}},
	{"s32_be", NULL, 32, {0}},
	{"u32_le", NULL, 32, {0, 0, 0, 0x80}},
	{"u32_be", NULL, 32, {0x80, 0, 0, 0}},
	{"float_le", "f32_le", 32, {0}},
	{"float_be", "f32_be", 32, {0}},
	{"float64_le", "f64_le", 64, {0}},
	{"float64_be", "f64_be", 64, {0}},
	{"iec958_subframe_le", NULL, 32, {0}},
	{"iec958_subframe_be", NULL, 32, {0}},
	{"mu_law", NULL, 8, {0xff}},
	{"a_law", NULL, 8, {0xd5}},
	{"ima_adpcm", NULL, 4, {0}},
	{"mpeg", NULL, 0, {0}},
	{"gsm", NULL, 0, {0}},
};

_Static_assert(sizeof table / sizeof table[0] == FORMAT_COUNT, "all of them");

TEST(every_name_leads_to_its_number)
{
	for (int i = 0; i < FORMAT_COUNT; i++) {
		const char *name = table[i].name;
		const char *libxl_name = table[i].libxl_name;

		assert_int_equal(format_by_name(name, strlen(name)), i);
		assert_string_equal(format_name((uint8_t)i), name);
		if (libxl_name)
			assert_int_equal(format_by_name(libxl_name, strlen(libxl_name)), i);
	}
	assert_int_equal(format_by_name("S16_LE", 6), XENSND_PCM_FORMAT_S16_LE);
	assert_int_equal(format_by_name("s16_le,u8", 6), XENSND_PCM_FORMAT_S16_LE);
}

TEST(what_only_looks_like_a_name_is_none)
{
	static const char *const bad[] = {"",      "s",       "s16", "s16_l", "s16_le ", " s16_le",
					  "s16le", "s16_lee", "f32", "8",     "float",   "unknown"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(format_by_name(bad[i], strlen(bad[i])), -EINVAL);
	assert_string_equal(format_name(25), "unknown");
	assert_string_equal(format_name(255), "unknown");
}

TEST(a_frame_holds_a_sample_of_every_channel)
{
	static const uint8_t channels[] = {1, 2, 6, 255};

	for (uint8_t f = 0; f < FORMAT_COUNT; f++) {
		for (int i = 0; i < 4; i++) {
			uint32_t want = table[f].bits / 8 * channels[i];

			assert_int_equal(format_frame_bytes(f, channels[i]),
					 table[f].bits < 8 ? 1 : want);
		}
	}
}

TEST(frames_go_by_at_the_rate_of_the_stream)
{
	assert_int_equal(format_frames_per_sec(XENSND_PCM_FORMAT_S16_LE, 2, 48000), 48000);
	assert_int_equal(format_frames_per_sec(XENSND_PCM_FORMAT_F64_BE, 255, 768000), 768000);
	/* Half a byte per sample: the position moves by bytes. */
	assert_int_equal(format_frames_per_sec(XENSND_PCM_FORMAT_IMA_ADPCM, 2, 44100), 44100);
	assert_int_equal(format_frames_per_sec(XENSND_PCM_FORMAT_IMA_ADPCM, 1, 8000), 4000);
	for (uint8_t f = 0; f < FORMAT_COUNT; f++) {
		assert_true(format_frames_per_sec(f, 1, 1000) > 0);
		assert_true(format_frames_per_sec(f, 255, 768000) > 0);
	}
}

TEST(silence_is_silent_and_stays_within_its_bounds)
{
	uint8_t out[72];

	for (uint8_t f = 0; f < FORMAT_COUNT; f++) {
		size_t sample = table[f].bits < 8 ? 1 : table[f].bits / 8;

		for (size_t bytes = 0; bytes <= 64; bytes += sample) {
			memset(out, 0x5a, sizeof out);
			format_silence(f, out, bytes);
			for (size_t i = 0; i < bytes; i++)
				assert_int_equal(out[i], table[f].silence[i % sample % 4]);
			assert_int_equal(out[bytes], 0x5a);
		}
	}
}
