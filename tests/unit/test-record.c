/* SPDX-License-Identifier: MIT */
/*
 * The pure parts of xenav-record: names, samples, the clock.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "record/clock.h"
#include "record/names.h"
#include "record/pcm.h"
#include "record/record.h"
#include "test.h"
#include "xenav.h"

static void base_of(char out[NAME_SIZE], const char *domain, const char *unique_id)
{
	char guest[NAME_SIZE];

	name_guest(guest, domain, 7);
	name_base(out, "sound", guest, unique_id);
}

TEST_ALONE(names_hold_nothing_that_a_path_could_use)
{
	static const struct {
		const char *domain, *unique_id, *name;
	} cases[] = {
		{"guest", "front", "sound+guest+front"},
		{"guest-1.2_x", "A0", "sound+guest-1.2_x+A0"},
		{"", "", "sound+#7+"},
		{".", "..", "sound+.+.."},
		{"..", "../../etc/passwd", "sound+..+..%2F..%2Fetc%2Fpasswd"},
		{"a b\tc", "\x1b[2J", "sound+a%20b%09c+%1B%5B2J"},
		{"\xc3\xa4", "a:c*d?e", "sound+%C3%A4+a%3Ac%2Ad%3Fe"},
		{"/", "~1#2", "sound+%2F+%7E1%232"},
		{"-rf", "%s+", "sound+-rf+%25s%2B"},
	};
	char out[NAME_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		base_of(out, cases[i].domain, cases[i].unique_id);
		assert_string_equal(out, cases[i].name);
	}
	/* Use every byte value. */
	for (int c = 1; c < 256; c++) {
		const char id[2] = {(char)c, 0};

		base_of(out, id, id);
		assert_int_equal(strspn(out, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789._-+%"),
				 strlen(out));
	}
}

/* Compare the names of every two of these pairs, with all suffixes. */
TEST_ALONE(names_of_two_guests_are_never_equal)
{
	static const struct {
		const char *domain, *unique_id;
	} pairs[] = {
		{"vm", "1-left"}, {"vm-1", "left"}, {"vm-1-left", ""}, {"vm", "1+left"},
		{"vm+1", "left"}, {"vm", "1"},      {"vm", "1+2"},     {"vm", "1~2"},
		{"vm", "1_2"},    {"vm", "1 2"},    {"v_m", "1"},      {"v m", "1"},
		{"v%20m", "1"},   {"v+m", "1"},     {"v.m", "1"},
	};
	enum { N = sizeof pairs / sizeof pairs[0] };
	static char names[N * 4][NAME_SIZE];

	for (size_t i = 0; i < N; i++) {
		char base[NAME_SIZE], marked[NAME_SIZE];

		base_of(base, pairs[i].domain, pairs[i].unique_id);
		name_numbered(names[i * 4], base, 1, "wav");
		name_numbered(names[i * 4 + 1], base, 2, "wav");
		name_marked(marked, base, 2);
		name_numbered(names[i * 4 + 2], marked, 1, "wav");
		name_numbered(names[i * 4 + 3], marked, 2, "wav");
	}
	for (size_t i = 0; i < N * 4; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
}

TEST_ALONE(a_guest_whose_name_was_cut_has_its_number)
{
	char name[65], one[NAME_SIZE], other[NAME_SIZE];

	memset(name, 'x', 63);
	name[63] = 0;
	name_guest(one, name, 1);
	name_guest(other, name, 12);
	assert_string_not_equal(one, other);
	name[62] = 0;
	name_guest(one, name, 1);
	name_guest(other, name, 12);
	assert_string_equal(one, other);
}

TEST_ALONE(names_are_bounded_and_keep_their_suffix)
{
	char longest[500], guest[NAME_SIZE], base[NAME_SIZE], marked[NAME_SIZE], out[NAME_SIZE];

	memset(longest, '/', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	name_guest(guest, longest, 65535);
	name_base(base, "display", guest, longest);
	assert_int_equal(strncmp(base + strlen("display+"), guest, strlen(guest)), 0);
	assert_int_equal(base[strlen("display+") + strlen(guest)], '+');
	name_marked(marked, base, 4294967295u);
	assert_string_equal(marked + strlen(marked) - 11, "~4294967295");
	name_frame(out, marked, UINT64_MAX, "png");
	assert_string_equal(out + strlen(out) - 25, "+18446744073709551615.png");
	assert_true(strlen(out) < 250);
	name_numbered(out, marked, UINT64_MAX, "wav");
	assert_string_equal(out + strlen(out) - 25, "+18446744073709551615.wav");
	name_numbered(out, "sound+a+b", 1, "wav");
	assert_string_equal(out, "sound+a+b.wav");
	name_numbered(out, "sound+a+b", 2, "wav");
	assert_string_equal(out, "sound+a+b+2.wav");
	name_frame(out, "display+a+b", 7, "png");
	assert_string_equal(out, "display+a+b+000007.png");
}

TEST_ALONE(a_name_is_taken_apart_as_it_was_made)
{
	static const char *const others[] = {
		"",
		"a.wav",
		"sound+a.wav",
		"sound+a+b",
		"sound+a+b+.wav",
		"sound+a+b+2x.wav",
		"sound+a+b+-2.wav",
		"sound+a+b.txt",
		".sound+a+b.png.tmp",
		".display+a+b+000001.png",
		"sound.wav+a+b",
		"sound+a+b+2+3.wav",
	};
	struct name_parts parts;

	assert_true(name_parse("sound+v.m+b.wav.wav", &parts));
	assert_string_equal(parts.guest, "v.m");
	assert_string_equal(parts.base, "sound+v.m+b.wav");
	assert_int_equal(parts.number, 0);
	assert_true(name_parse("display+#3++000012.png", &parts));
	assert_string_equal(parts.guest, "#3");
	assert_string_equal(parts.base, "display+#3+");
	assert_int_equal(parts.number, 12);
	assert_true(name_parse("sound+a+b~2+18446744073709551615.wav", &parts));
	assert_string_equal(parts.base, "sound+a+b~2");
	assert_true(parts.number == UINT64_MAX);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(name_parse(others[i], &parts));
}

/* -------- samples -------- */

TEST_ALONE(samples_of_every_format_have_their_wav_form)
{
	/* The value 0x..123456 in the format of the stream, and in that of the file. */
	static const struct {
		uint8_t format;
		unsigned char stream[8], wav[8];
	} cases[] = {
		{XENAV_FORMAT_S8, {0x12}, {0x92}},
		{XENAV_FORMAT_U8, {0x92}, {0x92}},
		{XENAV_FORMAT_S16_LE, {0x34, 0x12}, {0x34, 0x12}},
		{XENAV_FORMAT_S16_BE, {0x12, 0x34}, {0x34, 0x12}},
		{XENAV_FORMAT_U16_LE, {0x34, 0x92}, {0x34, 0x12}},
		{XENAV_FORMAT_U16_BE, {0x92, 0x34}, {0x34, 0x12}},
		{XENAV_FORMAT_S24_LE, {0x56, 0x34, 0x12, 0x00}, {0x56, 0x34, 0x12}},
		{XENAV_FORMAT_S24_LE, {0x56, 0x34, 0xf2, 0xff}, {0x56, 0x34, 0xf2}},
		{XENAV_FORMAT_S24_BE, {0x00, 0x12, 0x34, 0x56}, {0x56, 0x34, 0x12}},
		{XENAV_FORMAT_S24_BE, {0xff, 0xf2, 0x34, 0x56}, {0x56, 0x34, 0xf2}},
		{XENAV_FORMAT_U24_LE, {0x56, 0x34, 0x92, 0x00}, {0x56, 0x34, 0x12}},
		{XENAV_FORMAT_U24_BE, {0x00, 0x12, 0x34, 0x56}, {0x56, 0x34, 0x92}},
		{XENAV_FORMAT_S32_LE, {1, 2, 3, 4}, {1, 2, 3, 4}},
		{XENAV_FORMAT_S32_BE, {4, 3, 2, 1}, {1, 2, 3, 4}},
		{XENAV_FORMAT_U32_LE, {1, 2, 3, 0x84}, {1, 2, 3, 4}},
		{XENAV_FORMAT_U32_BE, {0x84, 3, 2, 1}, {1, 2, 3, 4}},
		{XENAV_FORMAT_FLOAT_LE, {1, 2, 3, 4}, {1, 2, 3, 4}},
		{XENAV_FORMAT_FLOAT_BE, {4, 3, 2, 1}, {1, 2, 3, 4}},
		{XENAV_FORMAT_FLOAT64_LE, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 8}},
		{XENAV_FORMAT_FLOAT64_BE, {8, 7, 6, 5, 4, 3, 2, 1}, {1, 2, 3, 4, 5, 6, 7, 8}},
		{XENAV_FORMAT_MU_LAW, {0x5a}, {0x5a}},
		{XENAV_FORMAT_A_LAW, {0x5a}, {0x5a}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pcm_map map;
		unsigned char out[8];

		assert_int_equal(pcm_map_init(&map, cases[i].format), 0);
		assert_int_equal(map.bytes, xenav_format_bytes(cases[i].format));
		pcm_to_wav(&map, cases[i].stream, out, 1);
		assert_memory_equal(out, cases[i].wav, map.wav_bytes);
		pcm_from_wav(&map, cases[i].wav, out, 1);
		assert_memory_equal(out, cases[i].stream, map.bytes);
		assert_int_equal(pcm_same(&map),
				 map.bytes == map.wav_bytes &&
					 !memcmp(cases[i].stream, cases[i].wav, map.bytes));
	}
	for (unsigned int f = 0; f < 256; f++) {
		struct pcm_map map;

		assert_int_equal(pcm_map_init(&map, (uint8_t)f),
				 f == 18 || f == 19 || f >= 22 ? -EOPNOTSUPP : 0);
	}
}

/* -------- the clock -------- */

TEST_ALONE(reports_come_four_times_a_period_within_bounds)
{
	static const struct {
		uint32_t rate, period;
		uint64_t ns;
	} cases[] = {
		{48000, 1920, 10 * NS_PER_MS},    {48000, 48, 2 * NS_PER_MS},
		{8000, 8000, 20 * NS_PER_MS},     {48000, 0, 20 * NS_PER_MS},
		{1, 4294967295u, 20 * NS_PER_MS},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct xenav_pcm pcm = {.rate_hz = cases[i].rate,
					      .buffer_frames = 100000,
					      .period_frames = cases[i].period};
		struct clock c;

		clock_init(&c, &pcm);
		assert_int_equal(c.interval_ns, cases[i].ns);
	}
}

TEST_ALONE(time_becomes_frames_without_drift)
{
	const struct xenav_pcm pcm = {.rate_hz = 44100, .buffer_frames = 44100};
	const uint64_t start = 123456789, century = UINT64_C(3155760000) * NS_PER_S;
	struct clock c;

	clock_init(&c, &pcm);
	clock_start(&c, 1000, start);
	assert_int_equal(clock_report(&c, start), 1000);
	for (uint64_t i = 1; i <= 100000; i++)
		assert_int_equal(clock_report(&c, start + i * 7 * NS_PER_MS),
				 1000 + i * 7 * 441 / 10);
	c.last_frames = 1000 + UINT64_C(3155760000) * 44100 - 5;
	assert_int_equal(clock_report(&c, start + century), 1000 + UINT64_C(3155760000) * 44100);
}

TEST_ALONE(a_late_clock_catches_up_a_buffer_at_a_time)
{
	const struct xenav_pcm pcm = {.rate_hz = 1000, .buffer_frames = 100};
	struct clock c;

	clock_init(&c, &pcm);
	clock_start(&c, 0, 0);
	assert_int_equal(clock_report(&c, 50 * NS_PER_MS), 50);
	assert_int_equal(clock_report(&c, 350 * NS_PER_MS), 150);
	assert_int_equal(clock_report(&c, 360 * NS_PER_MS), 250);
	assert_int_equal(clock_report(&c, 370 * NS_PER_MS), 350);
	assert_int_equal(clock_report(&c, 380 * NS_PER_MS), 380);
	clock_start(&c, 400, 1000 * NS_PER_MS);
	assert_int_equal(clock_report(&c, 1010 * NS_PER_MS), 410);
}

TEST_ALONE(a_late_guest_is_waited_for_at_the_edge)
{
	const struct xenav_pcm pcm = {.rate_hz = 1000, .buffer_frames = 1000};
	struct clock c;

	clock_init(&c, &pcm);
	clock_start(&c, 0, NS_PER_S);
	clock_supply(&c, 100);
	assert_int_equal(clock_report(&c, NS_PER_S + 50 * NS_PER_MS), 50);
	assert_int_equal(clock_report(&c, NS_PER_S + 150 * NS_PER_MS), 99);
	assert_int_equal(clock_report(&c, NS_PER_S + 400 * NS_PER_MS), 99);
	/* The guest goes on, and so does the clock, without making up for the wait. */
	clock_supply(&c, 200);
	assert_int_equal(clock_report(&c, NS_PER_S + 450 * NS_PER_MS), 149);
	assert_int_equal(clock_report(&c, NS_PER_S + 600 * NS_PER_MS), 199);
	/* The guest stays late: its underrun comes after three eighths of the buffer. */
	assert_int_equal(clock_report(&c, NS_PER_S + 970 * NS_PER_MS), 199);
	assert_int_equal(clock_report(&c, NS_PER_S + 980 * NS_PER_MS), 209);
	assert_int_equal(clock_report(&c, NS_PER_S + 1080 * NS_PER_MS), 309);
	/* The edge is behind the clock already: the position stands still. */
	clock_supply(&c, 250);
	assert_int_equal(clock_report(&c, NS_PER_S + 1180 * NS_PER_MS), 309);
}
