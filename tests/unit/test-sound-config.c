/* SPDX-License-Identifier: MIT */
/* The configuration of a sound card, as a toolstack writes it and as a hostile guest does. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sound/format.h"
#include "sound/published.h"
#include "test.h"
#include "xen/sndif.h"
#include "xen/tree.h"
#include "xenav-proto.h"

#define TEST(name) TEST_WITH(name, make_tree, drop_tree)

static struct tree *tree;
static struct published_card config;
static const char *problem;

static int make_tree(void **)
{
	problem = NULL;
	return tree_create(&tree);
}

static int drop_tree(void **)
{
	tree_destroy(tree);
	return 0;
}

static void add(const char *path, const char *value)
{
	assert_int_equal(tree_add(tree, path, value), 0);
}

static void add_stream(const char *dir, const char *type)
{
	static const char *const leaves[] = {"ring-ref", "event-channel", "evt-ring-ref",
					     "evt-event-channel"};
	char path[64];

	snprintf(path, sizeof path, "%s/type", dir);
	if (type)
		add(path, type);
	for (int i = 0; i < 4; i++) {
		char value[2] = {(char)('5' + i)};

		snprintf(path, sizeof path, "%s/%s", dir, leaves[i]);
		add(path, value);
	}
}

static int parse(void)
{
	return published_card_parse(tree, &config, &problem);
}

/* Parsing one stream 0/0 with this one node fails like this. */
static void assert_refused(const char *path, const char *value, const char *complaint)
{
	drop_tree(NULL);
	make_tree(NULL);
	add(path, value);
	add_stream("0/0", "p");
	assert_int_equal(parse(), -EINVAL);
	if (!strstr(problem, complaint))
		fail_msg("%s=%s: \"%s\"", path, value, problem);
}

static void assert_taken(const char *path, const char *value)
{
	drop_tree(NULL);
	make_tree(NULL);
	add(path, value);
	add_stream("0/0", "p");
	if (parse() != 0)
		fail_msg("%s=%s: \"%s\"", path, value, problem);
}

TEST(the_least_that_libxl_writes_is_enough)
{
	const struct published_stream *s = &config.streams[0];

	add_stream("0/0", "p");
	assert_int_equal(parse(), 0);
	assert_int_equal(config.n_streams, 1);
	assert_int_equal(s->direction, XENAV_PLAYBACK);
	assert_string_equal(s->unique_id, "0-0");
	assert_string_equal(s->pcm_name, "");
	assert_true(s->limits.formats == FORMAT_ALL);
	assert_int_equal(s->limits.n_rates, 0);
	assert_int_equal(s->limits.channels_min, 1);
	assert_int_equal(s->limits.channels_max, 255);
	assert_int_equal(s->limits.buffer_max_bytes, STREAM_BUFFER_MAX_BYTES);
	assert_int_equal(s->refs.ring_ref, 5);
	assert_int_equal(s->refs.ring_port, 6);
	assert_int_equal(s->refs.event_ref, 7);
	assert_int_equal(s->refs.event_port, 8);
}

TEST(what_a_level_does_not_say_it_inherits)
{
	const struct published_stream *s = config.streams;

	add("channels-max", "8");
	add("sample-rates", "44100,48000");
	add("buffer-size", "65536");
	add("0/name", "General");
	add("0/channels-max", "4");
	add("0/sample-formats", "s16_le");
	add("0/0/sample-rates", "8000");
	add("0/0/channels-min", "2");
	add("0/1/buffer-size", "4096");
	add("0/1/unique-id", "mic");
	add_stream("0/0", "p");
	add_stream("0/1", "c");
	add_stream("1/0", "p");
	assert_int_equal(parse(), 0);
	assert_int_equal(config.n_streams, 3);
	assert_int_equal(s[0].limits.channels_min, 2);
	assert_int_equal(s[0].limits.channels_max, 4);
	assert_int_equal(s[0].limits.n_rates, 1);
	assert_int_equal(s[0].limits.rates_hz[0], 8000);
	assert_true(s[0].limits.formats == 1u << XENSND_PCM_FORMAT_S16_LE);
	assert_string_equal(s[0].pcm_name, "General");
	assert_int_equal(s[1].direction, XENAV_CAPTURE);
	assert_int_equal(s[1].limits.channels_min, 1);
	assert_int_equal(s[1].limits.n_rates, 2);
	assert_int_equal(s[1].limits.buffer_max_bytes, 4096);
	assert_string_equal(s[1].unique_id, "mic");
	assert_int_equal(s[2].pcm, 1);
	assert_int_equal(s[2].limits.channels_max, 8);
	assert_true(s[2].limits.formats == FORMAT_ALL);
	assert_int_equal(s[2].limits.buffer_max_bytes, 65536);
}

TEST(zero_means_not_set)
{
	add("channels-min", "0");
	add("channels-max", "0");
	add("buffer-size", "0");
	add_stream("0/0", "p");
	assert_int_equal(parse(), 0);
	assert_int_equal(config.streams[0].limits.channels_min, 1);
	assert_int_equal(config.streams[0].limits.channels_max, 255);
	assert_int_equal(config.streams[0].limits.buffer_max_bytes, STREAM_BUFFER_MAX_BYTES);
}

TEST(no_buffer_is_larger_than_we_copy_in_one_go)
{
	assert_taken("buffer-size", "4294967295");
	assert_int_equal(config.streams[0].limits.buffer_max_bytes, STREAM_BUFFER_MAX_BYTES);
}

TEST(libxls_spelling_of_floats_is_understood)
{
	assert_taken("sample-formats", "f32_le,float64_be");
	assert_true(config.streams[0].limits.formats ==
		    (1u << XENSND_PCM_FORMAT_F32_LE | 1u << XENSND_PCM_FORMAT_F64_BE));
}

TEST(formats_of_the_future_are_passed_over)
{
	assert_taken("sample-formats", "dsd_u8,s16_le");
	assert_true(config.streams[0].limits.formats == 1u << XENSND_PCM_FORMAT_S16_LE);
	assert_refused("sample-formats", "dsd_u8", "sample-formats");
	assert_refused("sample-formats", ",", "sample-formats");
}

TEST(numbers_out_of_range_are_refused)
{
	static const char *const bad_channels[] = {"256", "-1", "2147483648", "4294967295", "two"};
	static const char *const bad_rates[] = {"999",    "768001",     ",", "48000;44100",
						"0",      "2147483648", "1", "44.1",
						" 48000", "5, 8000,x"};

	for (int i = 0; i < 5; i++) {
		assert_refused("channels-min", bad_channels[i], "channels");
		assert_refused("0/channels-max", bad_channels[i], "channels");
		assert_refused("0/0/channels-max", bad_channels[i], "channels");
	}
	for (int i = 0; i < 10; i++)
		assert_refused("0/sample-rates", bad_rates[i], "sample-rates");
	assert_refused("0/0/buffer-size", "4294967296", "buffer-size");
	assert_refused("0/0/buffer-size", "64K", "buffer-size");
	assert_taken("channels-max", "255");
	assert_taken("sample-rates", "1000,768000");
}

TEST(a_minimum_above_the_maximum_is_refused)
{
	add("channels-max", "2");
	add("0/0/channels-min", "3");
	add_stream("0/0", "p");
	assert_int_equal(parse(), -EINVAL);
}

TEST(only_version_2_is_spoken)
{
	assert_taken("version", "2");
	assert_refused("version", "1", "version");
	assert_refused("version", "3", "version");
	assert_refused("version", "", "version");
	assert_refused("version", "02", "version");
	assert_refused("version", "1,2", "version");
}

TEST(what_stands_behind_a_gap_is_not_there)
{
	add_stream("0/0", "p");
	add_stream("0/2", "p");
	add_stream("1/0", "c");
	add_stream("3/0", "c");
	assert_int_equal(parse(), 0);
	assert_int_equal(config.n_streams, 2);
	assert_int_equal(config.streams[0].pcm, 0);
	assert_int_equal(config.streams[0].stream, 0);
	assert_int_equal(config.streams[1].pcm, 1);
	assert_int_equal(config.streams[1].stream, 0);
}

TEST(a_list_of_rates_ends_at_32)
{
	char list[TREE_VALUE_MAX] = "8000";

	for (int i = 1; i < 32; i++)
		strcat(list, ",8000");
	assert_taken("sample-rates", list);
	assert_int_equal(config.streams[0].limits.n_rates, 32);
	strcat(list, ",9000");
	assert_taken("sample-rates", list);
	assert_int_equal(config.streams[0].limits.n_rates, 32);
	assert_int_equal(config.n_ignored, 1);
	assert_string_equal(config.ignored, "9000");
}

TEST(rates_that_are_none_are_passed_over_and_noted)
{
	static const char *const lists[] = {"48000,",    ",48000",       "48000,4294967295",
					    "999,48000", "48000, 44100", "CD-like,48000",
					    "48000,44.1"};
	static const char *const first[] = {"",       "",        "4294967295", "999",
					    " 44100", "CD-like", "44.1"};

	for (int i = 0; i < 7; i++) {
		assert_taken("0/sample-rates", lists[i]);
		assert_int_equal(config.streams[0].limits.n_rates, 1);
		assert_int_equal(config.streams[0].limits.rates_hz[0], 48000);
		assert_int_equal(config.n_ignored, 1);
		assert_string_equal(config.ignored, first[i]);
	}
	assert_taken("sample-rates", "5512,8000");
	assert_int_equal(config.n_ignored, 0);
	assert_taken("sample-formats", "s16_le, s8,dsd_u8");
	assert_int_equal(config.n_ignored, 2);
	assert_taken("sample-rates", "a token that is far too long to be kept,48000");
	assert_string_equal(config.ignored, "a token that is far too");
}

/* Linux publishes eight streams of a PCM, and fewer PCMs than it may have been given. */
TEST(what_the_frontend_does_not_publish_is_not_there)
{
	char path[16];

	for (int i = 0; i < 10; i++) {
		snprintf(path, sizeof path, "0/%d", i);
		if (i < 8)
			add_stream(path, "p");
		else {
			strcat(path, "/type");
			add(path, "p");
		}
	}
	add("1/0/type", "p");
	add("1/channels-max", "rubbish");
	assert_int_equal(parse(), 0);
	assert_int_equal(config.n_streams, 8);
	/* Half a publication is an error. */
	add("0/8/evt-ring-ref", "9");
	assert_int_equal(parse(), -ENOENT);
	assert_string_equal(problem, "ring-ref, event-channel, evt-ring-ref or evt-event-channel");
}

TEST(a_stream_needs_a_type_and_rings)
{
	static const char *const bad[] = {"x", "pp", "playback", "\x01"};

	add_stream("0/0", NULL);
	assert_int_equal(parse(), -ENOENT);
	assert_string_equal(problem, "type");
	for (int i = 0; i < 4; i++) {
		drop_tree(NULL);
		make_tree(NULL);
		add_stream("0/0", bad[i]);
		assert_true(parse() < 0);
		assert_string_equal(problem, "type");
	}
	drop_tree(NULL);
	make_tree(NULL);
	add("0/0/type", "p");
	assert_int_equal(parse(), -ENOENT);
	assert_refused("0/0/ring-ref", "4294967296", "ring-ref");
	assert_refused("0/0/evt-event-channel", "x", "event-channel");
}

TEST(a_unique_id_is_taken_whole_or_not_at_all)
{
	char longest[97];

	memset(longest, 'u', sizeof longest);
	longest[96] = '\0';
	assert_refused("0/0/unique-id", longest, "unique-id");
	longest[95] = '\0';
	assert_taken("0/0/unique-id", longest);
	assert_string_equal(config.streams[0].unique_id, longest);
	/* A malformed id must not pass for a missing one. */
	assert_refused("0/0/unique-id", "\x1b[31m", "unique-id");
}

TEST(a_card_without_streams_is_none)
{
	assert_int_equal(parse(), -ENOENT);
	add("0/name", "empty");
	assert_int_equal(parse(), -ENOENT);
	/* Numbers behind a gap are not read. */
	add_stream("2/0", "p");
	add_stream("0/1", "p");
	assert_int_equal(parse(), -ENOENT);
}

TEST(a_card_has_32_streams_at_the_most)
{
	char dir[16];

	for (int i = 0; i < 32; i++) {
		snprintf(dir, sizeof dir, "%d/%d", i / 8, i % 8);
		add_stream(dir, i % 2 ? "c" : "p");
	}
	assert_int_equal(parse(), 0);
	assert_int_equal(config.n_streams, 32);
	add_stream("4/0", "p");
	assert_int_equal(parse(), -E2BIG);
	assert_string_equal(problem, "number of streams");
}
