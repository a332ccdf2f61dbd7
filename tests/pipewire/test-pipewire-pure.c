/* SPDX-License-Identifier: MIT */
/* What of xenav-pipewire needs no server: names, formats, options, the limit of lines. */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "pipewire/format.h"
#include "pipewire/names.h"
#include "pipewire/options.h"
#include "pipewire/out.h"
#include "unit/test.h"

/* -------- names -------- */

static struct names name_of(const char *domain, const char *id, const char *pcm)
{
	const struct xenav_stream_info info = {
		.domid = 7,
		.devid = 1,
		.pcm = 2,
		.stream = 3,
		.domain_name = domain,
		.unique_id = id,
		.pcm_name = pcm,
	};
	struct names names;

	names_of_stream(&names, &info);
	return names;
}

TEST_ALONE(a_node_is_named_by_guest_and_stream)
{
	struct names names = name_of("web", "pulse", "General");

	assert_string_equal(names.node, "xenav.web.1.2.3");
	assert_string_equal(names.description, "web: General (pulse)");
	names = name_of("", "", "");
	assert_string_equal(names.node, "xenav.domain-7.1.2.3");
	assert_string_equal(names.description, "domain-7: Sound");
	names = name_of(NULL, NULL, NULL);
	assert_string_equal(names.description, "domain-7: Sound");
}

TEST_ALONE(only_printable_characters_are_in_a_name)
{
	struct names names = name_of("b\xc3\xbcro", "a\033[2J\n\x7f", "\xff\xc2\x9b\xe2\x82");

	assert_string_equal(names.domain, "b\xc3\xbcro");
	assert_string_equal(names.unique_id, "a_[2J__");
	assert_string_equal(names.media, "_____ (a_[2J__)");
}

TEST_ALONE(a_long_name_is_cut_between_characters)
{
	char domain[1024] = "", id[1024] = "";
	struct names names;

	for (unsigned i = 0; i < 300; i++)
		strcat(domain, "\xe2\x82\xac");
	memset(id, 'x', sizeof id - 1);
	names = name_of(domain, id, id);
	assert_int_equal(strlen(names.domain) % 3, 0);
	assert_true(strlen(names.domain) > 30);
	assert_string_equal(names.node + strlen(names.node) - 6, ".1.2.3");
}

/* -------- formats -------- */

static void check_turn(uint8_t format, uint8_t frame_bytes, const char *before, const char *after)
{
	const struct xenav_pcm pcm = {
		.format = format, .channels = 2, .rate_hz = 48000, .frame_bytes = frame_bytes};
	char samples[64];

	memcpy(samples, before, 2u * frame_bytes);
	format_turn(&pcm, samples, 2);
	assert_memory_equal(samples, after, 2u * frame_bytes);
	format_turn(&pcm, samples, 2);
	assert_memory_equal(samples, before, 2u * frame_bytes);
}

TEST_ALONE(samples_that_pipewire_cannot_take_are_turned_and_back)
{
	check_turn(XENAV_FORMAT_U16_LE, 4, "\x01\x80\x02\x03\x04\x05\xff\xff",
		   "\x01\x00\x02\x83\x04\x85\xff\x7f");
	check_turn(XENAV_FORMAT_U16_BE, 4, "\x01\x80\x02\x03\x04\x05\xff\xff",
		   "\x81\x80\x82\x03\x84\x05\x7f\xff");
	check_turn(XENAV_FORMAT_U24_LE, 8, "\1\2\3\0\1\2\3\0\1\2\3\0\1\2\3\0",
		   "\1\2\x83\0\1\2\x83\0\1\2\x83\0\1\2\x83\0");
	check_turn(XENAV_FORMAT_U24_BE, 8, "\0\1\2\3\0\1\2\3\0\1\2\3\0\1\2\3",
		   "\0\x81\2\3\0\x81\2\3\0\x81\2\3\0\x81\2\3");
	check_turn(XENAV_FORMAT_U32_LE, 8, "\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4",
		   "\1\2\3\x84\1\2\3\x84\1\2\3\x84\1\2\3\x84");
	check_turn(XENAV_FORMAT_U32_BE, 8, "\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4",
		   "\x81\2\3\4\x81\2\3\4\x81\2\3\4\x81\2\3\4");
	check_turn(XENAV_FORMAT_FLOAT64_BE, 16,
		   "\1\2\3\4\5\6\7\x8\x9\2\3\4\5\6\7\x8\1\2\3\4\5\6\7\x8\1\2\3\4\5\6\7\x8",
		   "\x8\7\6\5\4\3\2\1\x8\7\6\5\4\3\2\x9\x8\7\6\5\4\3\2\1\x8\7\6\5\4\3\2\1");
	check_turn(XENAV_FORMAT_U8, 2, "\1\2\3\4", "\1\2\3\4");
	check_turn(XENAV_FORMAT_S16_LE, 4, "\1\2\3\4\5\6\7\x8", "\1\2\3\4\5\6\7\x8");
}

TEST_ALONE(what_pipewire_cannot_take_is_refused)
{
	struct xenav_pcm pcm = {
		.format = XENAV_FORMAT_S16_LE, .channels = 2, .rate_hz = 48000, .frame_bytes = 4};

	assert_true(format_can(&pcm));
	for (unsigned format = 0; format < 256; format++) {
		pcm.format = (uint8_t)format;
		assert_int_equal(format_can(&pcm), format <= XENAV_FORMAT_FLOAT64_BE ||
							   format == XENAV_FORMAT_MU_LAW ||
							   format == XENAV_FORMAT_A_LAW);
	}
	pcm.format = XENAV_FORMAT_S16_LE;
	pcm.channels = 65;
	assert_false(format_can(&pcm));
	pcm.channels = 64;
	assert_true(format_can(&pcm));
	pcm.channels = 0;
	assert_false(format_can(&pcm));
	pcm.channels = 2;
	pcm.rate_hz = 0;
	assert_false(format_can(&pcm));
}

TEST_ALONE(each_channel_has_a_place)
{
	struct xenav_pcm pcm = {.format = XENAV_FORMAT_S16_LE, .rate_hz = 48000};

	for (unsigned n = 1; n <= 64; n++) {
		struct spa_audio_info_raw info;

		pcm.channels = (uint8_t)n;
		info = format_to_spa(&pcm);
		assert_int_equal(info.channels, n);
		for (unsigned i = 0; i < n; i++) {
			assert_int_not_equal(info.position[i], SPA_AUDIO_CHANNEL_UNKNOWN);
			for (unsigned j = 0; j < i; j++)
				assert_int_not_equal(info.position[i], info.position[j]);
		}
	}
}

TEST_ALONE(volumes_are_factors)
{
	assert_float_equal(format_volume(0), 1.0f, 1e-6f);
	assert_float_equal(format_volume(-20000), 0.1f, 1e-6f);
	assert_float_equal(format_volume(-6021), 0.5f, 1e-4f);
	assert_float_equal(format_volume(6021), 2.0f, 1e-3f);
	assert_float_equal(format_volume(XENAV_VOLUME_MAX_MDB), 10.0f, 0.0f);
	assert_float_equal(format_volume(XENAV_VOLUME_MIN_MDB), 0.0f, 0.0f);
}

/* -------- options -------- */

static int read_options(struct pipewire_options *o, const char *a, const char *b)
{
	const char *argv[] = {"xenav-pipewire", a, b, NULL};

	/* getopt() begins anew. */
	optind = 0;
	return pipewire_options_read(o, b ? 3 : a ? 2 : 1, (char **)(uintptr_t)argv);
}

TEST_ALONE(a_small_latency_has_to_be_meant)
{
	struct pipewire_options o;

	assert_int_equal(read_options(&o, NULL, NULL), ARGS_GO_ON);
	assert_int_equal(o.latency_frames, 1024);
	assert_int_equal(read_options(&o, "--latency=512", NULL), ARGS_GO_ON);
	assert_int_equal(o.latency_frames, 512);
	assert_int_equal(read_options(&o, "--latency=511", NULL), 2);
	assert_int_equal(read_options(&o, "--latency=8193", NULL), 2);
	assert_int_equal(read_options(&o, "--latency=16", "--low-latency"), ARGS_GO_ON);
	assert_int_equal(read_options(&o, "--low-latency", "--latency=15"), 2);
}

TEST_ALONE(options_that_contradict_are_refused)
{
	struct pipewire_options o;

	assert_int_equal(read_options(&o, "--capture-target=x", NULL), 2);
	assert_int_equal(read_options(&o, "--capture-target=x", "--capture"), ARGS_GO_ON);
	assert_int_equal(read_options(&o, "--no-sound", NULL), 2);
	assert_int_equal(read_options(&o, "--no-sound", "--capture"), 2);
	assert_int_equal(read_options(&o, "--no-sound", "--video"), ARGS_GO_ON);
	assert_int_equal(read_options(&o, "--max-fps=0", NULL), 2);
	assert_int_equal(read_options(&o, "--max-fps=121", NULL), 2);
	assert_int_equal(read_options(&o, "--watch", NULL), 2);
	assert_int_equal(read_options(&o, "surplus", NULL), 2);
}

/* -------- lines -------- */

/* @return how many of so many lines are printed. */
static unsigned print_lines(struct out *out, unsigned n)
{
	FILE *file = tmpfile();
	const int saved = dup(2);
	unsigned lines = 0;
	char line[128];

	assert_non_null(file);
	fflush(stderr);
	dup2(fileno(file), 2);
	for (unsigned i = 0; i < n; i++)
		out_warn(out, "line %u", i);
	dup2(saved, 2);
	close(saved);
	rewind(file);
	while (fgets(line, sizeof line, file))
		lines++;
	fclose(file);
	return lines;
}

TEST_ALONE(a_guest_that_makes_many_lines_is_cut_short)
{
	struct out out = {.label = "guest"};

	assert_in_range(print_lines(&out, 1000), 20, 30);
	assert_in_range(out.suppressed, 1, 1000);
	assert_true(out_room_ns(&out) > 0);
}

/* For a guest that comes and goes, its objects are always new ones. */
TEST_ALONE(many_guests_that_make_lines_are_cut_short_together)
{
	struct out urgent = {.label = "microphone", .urgent = true};
	unsigned lines = 0;

	for (unsigned i = 0; i < 300; i++) {
		struct out out = {.label = "guest"};

		lines += print_lines(&out, 3);
	}
	assert_in_range(lines, 150, 400);
	assert_int_equal(out_room_ns(&urgent), 0);
	assert_int_equal(print_lines(&urgent, 100), 100);
	assert_true(out_room_ns(&urgent) > 0);
}
