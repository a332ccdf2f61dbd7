/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/number.h"
#include "config/policy.h"
#include "demo/options.h"
#include "report/log.h"
#include "sound/format.h"
#include "sound/published.h"
#include "wire/formats.h"
#include "xenav.h"

#define GO_ON (-1)

#define MAX_PX      4096
#define MAX_SECONDS 86400
#define MAX_MS      3600000
#define LEAST_MS    10

const char *const word_names[WORDS] = {
	[WORD_PLAY] = "play",         [WORD_CAPTURE] = "capture", [WORD_VOLUME] = "volume",
	[WORD_UNDERRUN] = "underrun", [WORD_FLIP] = "flip",       [WORD_DRAW] = "draw",
	[WORD_BLANK] = "blank",       [WORD_INPUT] = "input",     [WORD_REMOVE] = "remove",
	[WORD_BUSY] = "busy",
};

static const char usage[] =
	"Usage: xenav-demo-daemon --socket=PATH [OPTION]...\n"
	"Serve consumers of xenavd with made-up guests, without Xen.\n"
	"\n"
	"  --socket=PATH           listen there\n"
	"  --script=WORD[,WORD]... one guest with these devices; may be given again (play,flip)\n"
	"      play      plays a known tune          flip      a moving square, with page flips\n"
	"      volume    plays, changes its volume   draw      draws without page flips\n"
	"      underrun  plays, writes too late      blank     shows and hides a picture\n"
	"      capture   records, says what          input     says what is typed and pointed at\n"
	"      remove    devices come and go         busy      somebody else has claimed them\n"
	"  --guests=N              so many guests of each script (1)\n"
	"  --name=NAME             name of the first guest (demo); others are NAME-2, NAME-3, ...\n"
	"  --size=WIDTHxHEIGHT     of connectors (1024x768)\n"
	"  --fourcc=CODE           of frames, as in drm_fourcc.h (XR24)\n"
	"  --rate=HZ               of streams (48000)\n"
	"  --format=NAME           of samples, as in xl.cfg (s16_le)\n"
	"  --channels=N            of streams (2)\n"
	"  --buffer=FRAMES         of streams (16384)\n"
	"  --period=FRAMES         of streams (1024)\n"
	"  --seconds=N             close a stream after N seconds and open it anew\n"
	"  --wait                  open a stream when a consumer drives it\n"
	"  --every=MS              time between changes of volume, underrun, blank, remove (1000)\n"
	"  --record=FILE           write the samples that the first capturing guest reads\n"
	"  --log-level=LEVEL       err, warn (the default), info or debug\n"
	"  --version               print the version\n"
	"  --help                  print this\n";

enum option_code {
	OPT_SOCKET = 256,
	OPT_SCRIPT,
	OPT_GUESTS,
	OPT_NAME,
	OPT_SIZE,
	OPT_FOURCC,
	OPT_RATE,
	OPT_FORMAT,
	OPT_CHANNELS,
	OPT_BUFFER,
	OPT_PERIOD,
	OPT_SECONDS,
	OPT_WAIT,
	OPT_EVERY,
	OPT_RECORD,
	OPT_LOG_LEVEL,
	OPT_VERSION,
	OPT_HELP
};

static const struct option table[] = {
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"script", required_argument, NULL, OPT_SCRIPT},
	{"guests", required_argument, NULL, OPT_GUESTS},
	{"name", required_argument, NULL, OPT_NAME},
	{"size", required_argument, NULL, OPT_SIZE},
	{"fourcc", required_argument, NULL, OPT_FOURCC},
	{"rate", required_argument, NULL, OPT_RATE},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"channels", required_argument, NULL, OPT_CHANNELS},
	{"buffer", required_argument, NULL, OPT_BUFFER},
	{"period", required_argument, NULL, OPT_PERIOD},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"every", required_argument, NULL, OPT_EVERY},
	{"record", required_argument, NULL, OPT_RECORD},
	{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static int wrong(const char *option, const char *wanted, const char *given)
{
	fprintf(stderr,
		"xenav-demo-daemon: --%s must be %s, not '%s'\nTry xenav-demo-daemon --help\n",
		option, wanted, given);
	return EX_USAGE;
}

/* -------- the values -------- */

static int find_word(const char *text, size_t len)
{
	for (int i = 0; i < WORDS; i++)
		if (strlen(word_names[i]) == len && memcmp(word_names[i], text, len) == 0)
			return i;
	return -1;
}

static int read_script(struct options *o, const char *text)
{
	struct script script = {.n_words = 0};
	const char *at = text;

	if (o->n_scripts == DEMO_MAX_SCRIPTS)
		return wrong("script", "given 16 times at most", text);
	for (;;) {
		const size_t len = strcspn(at, ",");
		const int word = find_word(at, len);

		if (word < 0 || script.n_words == DEMO_MAX_WORDS)
			return wrong("script", "a list of up to 16 words such as play,flip,input",
				     text);
		script.words[script.n_words++] = (enum word)word;
		if (at[len] == '\0')
			break;
		at += len + 1;
	}
	o->scripts[o->n_scripts++] = script;
	return GO_ON;
}

static int read_size(struct options *o, const char *text)
{
	if (parse_resolution(text, MAX_PX, &o->width_px, &o->height_px) < 0 || o->width_px < 16 ||
	    o->height_px < 16)
		return wrong("size", "WIDTHxHEIGHT of 16 to 4096 pixels", text);
	return GO_ON;
}

static int read_fourcc(struct options *o, const char *text)
{
	const struct pixel_format *format;

	if (strlen(text) != 4)
		return wrong("fourcc", "four characters such as XR24", text);
	o->fourcc = (uint32_t)text[0] | (uint32_t)text[1] << 8 | (uint32_t)text[2] << 16 |
		    (uint32_t)text[3] << 24;
	format = pixel_format_find(o->fourcc);
	if (!format || format->bits[0] == 0)
		return wrong("fourcc", "an RGB format of the Linux frontend such as XR24 or RG16",
			     text);
	return GO_ON;
}

static int read_format(struct options *o, const char *text)
{
	const int format = format_by_name(text, strlen(text));

	if (format < 0 || !tune_knows((uint8_t)format))
		return wrong("format", "a format of plain samples such as s16_le or float_le",
			     text);
	o->tune.format = (uint8_t)format;
	return GO_ON;
}

static int read_number(const char *option, const char *text, uint32_t least, uint32_t most,
		       uint32_t *value)
{
	char wanted[64];

	if (parse_u32(text, most, value) == 0 && *value >= least)
		return GO_ON;
	snprintf(wanted, sizeof wanted, "a number from %u to %u", least, most);
	return wrong(option, wanted, text);
}

static int read_name(struct options *o, const char *text)
{
	/* A number may follow. */
	if (strlen(text) == 0 || strlen(text) > GUEST_NAME_BYTES - 8)
		return wrong("name", "of 1 to 56 bytes", text);
	o->name = text;
	return GO_ON;
}

static int read_channels(struct options *o, const char *text)
{
	uint32_t channels;
	const int rc = read_number("channels", text, 1, 32, &channels);

	if (rc == GO_ON)
		o->tune.channels = (uint8_t)channels;
	return rc;
}

static int set_number(struct options *o, int opt)
{
	switch (opt) {
	case OPT_GUESTS:
		return read_number("guests", optarg, 1, DEMO_MAX_GUESTS, &o->n_guests);
	case OPT_RATE:
		return read_number("rate", optarg, STREAM_RATE_MIN_HZ, STREAM_RATE_MAX_HZ,
				   &o->tune.rate_hz);
	case OPT_CHANNELS:
		return read_channels(o, optarg);
	case OPT_BUFFER:
		return read_number("buffer", optarg, 2, 1u << 20, &o->buffer_frames);
	case OPT_PERIOD:
		return read_number("period", optarg, 1, 1u << 19, &o->period_frames);
	case OPT_SECONDS:
		return read_number("seconds", optarg, 1, MAX_SECONDS, &o->seconds);
	default:
		return read_number("every", optarg, LEAST_MS, MAX_MS, &o->every_ms);
	}
}

static int set_option(struct options *o, int opt)
{
	switch (opt) {
	case OPT_SOCKET:
		o->socket = optarg;
		return GO_ON;
	case OPT_SCRIPT:
		return read_script(o, optarg);
	case OPT_NAME:
		return read_name(o, optarg);
	case OPT_SIZE:
		return read_size(o, optarg);
	case OPT_FOURCC:
		return read_fourcc(o, optarg);
	case OPT_FORMAT:
		return read_format(o, optarg);
	case OPT_WAIT:
		o->wait = true;
		return GO_ON;
	case OPT_RECORD:
		o->record = optarg;
		return GO_ON;
	case OPT_LOG_LEVEL:
		return log_level_parse(optarg, &log_threshold) < 0
			       ? wrong("log-level", "err, warn, info or debug", optarg)
			       : GO_ON;
	case OPT_VERSION:
		puts("xenav-demo-daemon " PACKAGE_VERSION);
		return EX_OK;
	case OPT_HELP:
		fputs(usage, stdout);
		return EX_OK;
	case '?':
		fputs("Try xenav-demo-daemon --help\n", stderr);
		return EX_USAGE;
	default:
		return set_number(o, opt);
	}
}

/* What belongs together. */
static int check(struct options *o)
{
	const uint64_t bytes = (uint64_t)o->buffer_frames * tune_frame_bytes(&o->tune);

	if (!o->socket) {
		fputs("xenav-demo-daemon: --socket is missing\nTry xenav-demo-daemon --help\n",
		      stderr);
		return EX_USAGE;
	}
	if (o->period_frames > o->buffer_frames / 2)
		return wrong("period", "at most half of --buffer", "more");
	if (bytes > STREAM_BUFFER_MAX_BYTES)
		return wrong("buffer", "at most 4 MiB", "more");
	if (o->n_scripts == 0)
		return read_script(o, "play,flip");
	if (o->n_scripts * o->n_guests > DEMO_MAX_GUESTS)
		return wrong("guests", "at most 64 in all", "more");
	return GO_ON;
}

int options_read(struct options *options, int argc, char **argv)
{
	int rc = GO_ON;
	int opt;

	*options = (struct options){
		.n_guests = 1,
		.name = "demo",
		.width_px = 1024,
		.height_px = 768,
		.tune = {.rate_hz = 48000, .format = XENAV_FORMAT_S16_LE, .channels = 2},
		.buffer_frames = 16384,
		.period_frames = 1024,
		.every_ms = 1000,
	};
	log_threshold = LOG_LEVEL_WARN;
	read_fourcc(options, "XR24");
	while (rc == GO_ON && (opt = getopt_long(argc, argv, "", table, NULL)) != -1)
		rc = set_option(options, opt);
	if (rc != GO_ON)
		return rc;
	if (optind < argc) {
		fprintf(stderr, "xenav-demo-daemon: Unexpected argument '%s'\n", argv[optind]);
		return EX_USAGE;
	}
	return check(options);
}
