/* SPDX-License-Identifier: MIT */
/* The parts of xenav-alsa that need no stream: options, rules, volume in software, limits. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alsa/asoundlib.h>

#include "alsa/alsa-rig.h"
#include "alsa/alsa.h"
#include "alsa/format.h"
#include "alsa/gain.h"
#include "alsa/options.h"
#include "alsa/probe.h"
#include "unit/count-fds.h"

/* -------- rules and options -------- */

static const char *find(const struct rules *rules, const char *domain, uint32_t domid,
			const char *id)
{
	const struct xenav_stream_info info = {
		.domid = domid, .domain_name = domain, .unique_id = id};

	return rules_find(rules, &info);
}

TEST_ALONE(the_first_rule_that_fits_counts)
{
	struct rules rules = {0};

	assert_int_equal(rules_add(&rules, "web/front=hw:1,0"), 0);
	assert_int_equal(rules_add(&rules, "7/*=hw:2"), 0);
	assert_int_equal(rules_add(&rules, "front=plug:SLAVE=hw:3"), 0);
	assert_int_equal(rules_add(&rules, "*/back=-"), 0);
	assert_string_equal(find(&rules, "web", 3, "front"), "hw:1,0");
	assert_string_equal(find(&rules, "mail", 7, "front"), "hw:2");
	assert_string_equal(find(&rules, "mail", 7, "back"), "hw:2");
	assert_string_equal(find(&rules, "mail", 8, "front"), "plug:SLAVE=hw:3");
	assert_string_equal(find(&rules, "web", 3, "back"), "-");
	assert_null(find(&rules, "web", 3, "fron"));
	assert_null(find(&rules, "web", 3, "front1"));
	assert_null(find(&rules, "we", 3, "other"));
}

TEST_ALONE(what_is_no_rule_is_refused)
{
	static const char *const wrong[] = {"", "=", "a", "a=", "=hw", "/a=hw", "a/=hw", "/=hw"};
	struct rules rules = {0};

	for (unsigned int i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(rules_add(&rules, wrong[i]), -EINVAL);
	for (unsigned int i = 0; i < RULES_MAX; i++)
		assert_int_equal(rules_add(&rules, "*=hw"), 0);
	assert_int_equal(rules_add(&rules, "*=hw"), -ENOSPC);
}

static int parse(struct alsa_options *o, const char *a, const char *b)
{
	const char *argv[] = {"xenav-alsa", a, b, NULL};

	optind = 0;
	return alsa_options_parse(o, b ? 3 : 2, (char **)(uintptr_t)argv);
}

TEST_ALONE(options_are_read_and_wrong_ones_refused)
{
	struct alsa_options o;

	assert_int_equal(parse(&o, "--pcm=hw:1", NULL), ARGS_GO_ON);
	assert_string_equal(o.pcm_name, "hw:1");
	assert_null(o.capture_name);
	assert_int_equal(parse(&o, "--capture", "--latency=5"), ARGS_GO_ON);
	assert_string_equal(o.capture_name, "default");
	assert_int_equal(o.queue_ns, 5000000);
	assert_int_equal(parse(&o, "--capture=mic", NULL), ARGS_GO_ON);
	assert_string_equal(o.capture_name, "mic");
	assert_int_equal(parse(&o, "--latency=1", NULL), 2);
	assert_int_equal(parse(&o, "--latency=1001", NULL), 2);
	assert_int_equal(parse(&o, "--latency=x", NULL), 2);
	assert_int_equal(parse(&o, "--map=nothing", NULL), 2);
	assert_int_equal(parse(&o, "--pcm=", NULL), 2);
	assert_int_equal(parse(&o, "--map=*=it's", "--convert"), 2);
	assert_int_equal(parse(&o, "--what", NULL), 2);
	assert_int_equal(parse(&o, "more", NULL), 2);
}

TEST_ALONE(conversion_is_a_plug_in_front_of_the_pcm)
{
	struct alsa_options o;
	char text[ALSA_NAME_SIZE];

	assert_int_equal(parse(&o, "--convert", NULL), ARGS_GO_ON);
	assert_int_equal(alsa_options_name(&o, "hw:1,0", text, sizeof text), 0);
	assert_string_equal(text, "plug:'hw:1,0'");
	assert_int_equal(alsa_options_name(&o, "plughw:1", text, sizeof text), 0);
	assert_string_equal(text, "plughw:1");
	o.convert = false;
	assert_int_equal(alsa_options_name(&o, "hw:1,0", text, sizeof text), 0);
	assert_string_equal(text, "hw:1,0");
}

/* -------- volume -------- */

struct sample {
	snd_pcm_format_t format;
	uint8_t before[8], after[8];
};

/* Half, which is a little less than -6.02 dB. */
static void halve(const struct sample *s)
{
	struct device d = {.format = s->format, .channels = 1};
	struct gain gain;
	uint8_t at[8];

	gain_reset(&gain);
	gain.factor[0] = 0.5;
	gain.needed = true;
	memcpy(at, s->before, sizeof at);
	gain_apply(&gain, &d, at, 1);
	assert_memory_equal(at, s->after, sizeof at);
}

TEST_ALONE(samples_of_every_linear_format_are_multiplied)
{
	static const struct sample samples[] = {
		{SND_PCM_FORMAT_S8, {0x40}, {0x20}},
		{SND_PCM_FORMAT_S8, {0x80}, {0xc0}},
		{SND_PCM_FORMAT_U8, {0xc0}, {0xa0}},
		{SND_PCM_FORMAT_U8, {0x00}, {0x40}},
		{SND_PCM_FORMAT_S16_LE, {0x00, 0x40}, {0x00, 0x20}},
		{SND_PCM_FORMAT_S16_BE, {0x80, 0x00}, {0xc0, 0x00}},
		{SND_PCM_FORMAT_U16_LE, {0x00, 0xc0}, {0x00, 0xa0}},
		{SND_PCM_FORMAT_U16_BE, {0x00, 0x00}, {0x40, 0x00}},
		{SND_PCM_FORMAT_S24_LE, {0x00, 0x00, 0x40, 0}, {0x00, 0x00, 0x20, 0}},
		{SND_PCM_FORMAT_S24_LE, {0, 0, 0xc0, 0xff}, {0, 0, 0xe0, 0xff}},
		{SND_PCM_FORMAT_S24_BE, {0, 0x40, 0, 0}, {0, 0x20, 0, 0}},
		{SND_PCM_FORMAT_U24_LE, {0, 0, 0xc0, 0}, {0, 0, 0xa0, 0}},
		{SND_PCM_FORMAT_S32_LE, {0, 0, 0, 0x80}, {0, 0, 0, 0xc0}},
		{SND_PCM_FORMAT_S32_BE, {0x40, 0, 0, 0}, {0x20, 0, 0, 0}},
		{SND_PCM_FORMAT_U32_LE, {0, 0, 0, 0xc0}, {0, 0, 0, 0xa0}},
		{SND_PCM_FORMAT_FLOAT_LE, {0, 0, 0x80, 0x3f}, {0, 0, 0, 0x3f}},
		{SND_PCM_FORMAT_FLOAT_BE, {0x3f, 0x80, 0, 0}, {0x3f, 0, 0, 0}},
		{SND_PCM_FORMAT_FLOAT64_LE,
		 {0, 0, 0, 0, 0, 0, 0xf0, 0x3f},
		 {0, 0, 0, 0, 0, 0, 0xe0, 0x3f}},
	};

	for (unsigned int i = 0; i < sizeof samples / sizeof *samples; i++)
		halve(&samples[i]);
}

TEST_ALONE(each_channel_has_its_own_volume_and_loud_samples_are_clipped)
{
	struct device d = {.format = SND_PCM_FORMAT_S16_LE, .channels = 3};
	int16_t samples[] = {1000, -30000, 7, 1001, 30000, -7};
	struct gain gain;

	gain_reset(&gain);
	assert_false(gain.needed);
	gain_set(&gain, 0, 0, true);
	gain_set(&gain, 1, 6021, false);
	assert_true(gain.needed);
	gain_apply(&gain, &d, samples, 2);
	assert_int_equal(samples[0], 0);
	assert_int_equal(samples[1], INT16_MIN);
	assert_int_equal(samples[2], 7);
	assert_int_equal(samples[3], 0);
	assert_int_equal(samples[4], INT16_MAX);
	assert_int_equal(samples[5], -7);
	gain_set(&gain, 0, 0, false);
	gain_set(&gain, 1, 0, false);
	assert_false(gain.needed);
	gain_set(&gain, 300, -1000, false);
	assert_false(gain.needed);
}

TEST_ALONE(formats_that_are_no_numbers_cannot_be_multiplied)
{
	assert_true(gain_is_possible(SND_PCM_FORMAT_S24_LE));
	assert_false(gain_is_possible(SND_PCM_FORMAT_MU_LAW));
	assert_false(gain_is_possible(SND_PCM_FORMAT_IEC958_SUBFRAME_LE));
	assert_false(gain_is_possible(SND_PCM_FORMAT_UNKNOWN));
}

/* -------- what a PCM can do -------- */

TEST_ALONE(a_guest_is_offered_what_the_pcm_can_do)
{
	const int fds = count_fds();
	struct xenav_limits limits;
	struct alsa_rig rig;
	int card;

	alsa_rig_start(&rig);
	rig.card->formats = 1u << SND_PCM_FORMAT_S16_LE | 1u << SND_PCM_FORMAT_S24_LE;
	rig.card->rate_min_hz = 44100;
	rig.card->rate_max_hz = 48000;
	rig.card->channels_max = 2;
	assert_int_equal(probe_limits("card", false, &limits, &card), 0);
	assert_int_equal(limits.formats, 1u << XENAV_FORMAT_S16_LE | 1u << XENAV_FORMAT_S24_LE);
	assert_int_equal(limits.rate_min_hz, 44100);
	assert_int_equal(limits.rate_max_hz, 48000);
	assert_int_equal(limits.channels_min, 1);
	assert_int_equal(limits.channels_max, 2);
	assert_int_equal(probe_limits("plugcard", false, &limits, &card), 0);
	assert_true(limits.formats & 1u << XENAV_FORMAT_FLOAT_BE);
	assert_true(limits.rate_min_hz <= 8000 && limits.rate_max_hz >= 192000);
	assert_int_equal(limits.channels_max, 255);
	rig.card->open_error = EAGAIN;
	assert_int_equal(probe_limits("card", false, &limits, &card), -EBUSY);
	assert_int_equal(probe_limits("nowhere", true, &limits, &card), -ENOENT);
	alsa_rig_stop(&rig);
	assert_int_equal(count_fds(), fds);
}

TEST_ALONE(guests_have_no_format_that_alsa_has_not)
{
	assert_int_equal(format_of_guest(XENAV_FORMAT_S16_BE), SND_PCM_FORMAT_S16_BE);
	assert_int_equal(format_of_guest(XENAV_FORMAT_GSM), SND_PCM_FORMAT_UNKNOWN);
	assert_int_equal(format_of_guest(255), SND_PCM_FORMAT_UNKNOWN);
}

/* -------- what is said -------- */

/* Between two looks at the news of a line. */
static void expect_said(const struct line_news *news, const char *want)
{
	struct alsa alsa = {.said_priority = true};
	struct route route = {.alsa = &alsa, .label = "vm/out", .pcm_name = "card"};
	FILE *const usual = stderr;
	size_t size = 0;
	char *said = NULL;

	stderr = open_memstream(&said, &size);
	assert_non_null(stderr);
	report_news(&route, news, 1);
	fclose(stderr);
	stderr = usual;
	assert_string_equal(said, want);
	free(said);
}

TEST_ALONE(a_loss_is_said_when_the_pcm_was_tried_again_since)
{
	struct line_news news = {.failures = 2,
				 .error = -ENOENT,
				 .losses = 1,
				 .loss_error = -ENODEV,
				 .realtime = true};

	expect_said(&news,
		    "xenav-alsa: vm/out: PCM card is lost: No such device; the guest goes on "
		    "without it until it is back\n"
		    "xenav-alsa: vm/out: Cannot open PCM card: No such file or directory; "
		    "trying again\n");
	news.error = -ENODEV;
	expect_said(&news,
		    "xenav-alsa: vm/out: PCM card is lost: No such device; the guest goes on "
		    "without it until it is back\n");
	news.error = 0;
	expect_said(&news,
		    "xenav-alsa: vm/out: PCM card is lost: No such device; the guest goes on "
		    "without it until it is back\n");
}
