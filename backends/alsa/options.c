/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alsa/options.h"
#include "common/args.h"
#include "common/clock.h"

#define QUEUE_DEFAULT_MS 20
#define QUEUE_MIN_MS     2
#define QUEUE_MAX_MS     1000

static const struct args args;

static const char usage[] =
	"Usage: xenav-alsa [OPTION]...\n"
	"Play what Xen guests play on ALSA devices.\n"
	"\n"
	"  --pcm=PCM           PCM of alsa-lib for playback (default)\n"
	"  --map=RULE          [DOMAIN/]UNIQUE-ID=PCM: another PCM for the streams that fit;\n"
	"                      * fits all, the PCM - leaves them alone; may be repeated\n"
	"  --capture[=PCM]     let guests record from this PCM (default)\n"
	"  --latency=MS        sound that is queued in a PCM, 2 to 1000 ms (20)\n"
	"  --mixer=ELEMENT     volume and mute by ELEMENT[,INDEX][@CARD] instead of software\n"
	"  --convert           open PCMs through alsa-lib's plug, which converts formats\n"
	"\n" COMMON_USAGE_SELECTION COMMON_USAGE_RECONNECT COMMON_USAGE_SOCKET COMMON_USAGE_END;

static int parse_map(void *options, const char *arg)
{
	struct alsa_options *o = options;

	switch (rules_add(&o->rules, arg)) {
	case 0:
		return ARGS_GO_ON;
	case -ENOSPC:
		return args_wrong(&args, "--map may be given %d times", RULES_MAX);
	default:
		return args_wrong(&args, "--map must be [DOMAIN/]UNIQUE-ID=PCM, not '%s'", arg);
	}
}

static int parse_capture(void *options, const char *arg)
{
	struct alsa_options *o = options;

	o->capture_name = arg ? arg : "default";
	return ARGS_GO_ON;
}

static int parse_latency(void *options, const char *arg)
{
	struct alsa_options *o = options;
	const long ms = args_number(arg, QUEUE_MAX_MS);

	if (ms < QUEUE_MIN_MS)
		return args_wrong(&args, "--latency must be a number from %d to %d, not '%s'",
				  QUEUE_MIN_MS, QUEUE_MAX_MS, arg);
	o->queue_ns = (uint64_t)ms * NS_PER_MS;
	return ARGS_GO_ON;
}

#define FIELD(name) offsetof(struct alsa_options, name)

static const struct args_row rows[] = {
	{"pcm", ARGS_TEXT, FIELD(pcm_name), NULL},
	{"map", ARGS_PARSED, 0, parse_map},
	{"capture", ARGS_OPTIONAL, 0, parse_capture},
	{"latency", ARGS_PARSED, 0, parse_latency},
	{"mixer", ARGS_TEXT, FIELD(mixer), NULL},
	{"convert", ARGS_FLAG, FIELD(convert), NULL},
	COMMON_ROWS(struct alsa_options, common),
	COMMON_ROW("reconnect", ARGS_FLAG, struct alsa_options, common, reconnect),
	{0},
};

static const struct args args = {"xenav-alsa", COMMON_EXIT_USAGE, rows, NULL};

int alsa_options_name(const struct alsa_options *o, const char *name, char *out, size_t size)
{
	const bool wrap = o->convert && strncmp(name, "plug", 4) != 0;
	int n;

	if (wrap && strchr(name, '\''))
		return -EINVAL;
	n = snprintf(out, size, wrap ? "plug:'%s'" : "%s", name);
	return n > 0 && (size_t)n < size ? 0 : -EINVAL;
}

static int check_name(const struct alsa_options *o, const char *name)
{
	char text[ALSA_NAME_SIZE];

	if (!*name || alsa_options_name(o, name, text, sizeof text) < 0)
		return args_wrong(&args, "'%s' is no name of a PCM%s", name,
				  o->convert ? " that --convert can be used with" : "");
	return ARGS_GO_ON;
}

int alsa_options_parse(struct alsa_options *o, int argc, char **argv)
{
	int rc;

	*o = (struct alsa_options){
		.common = COMMON_OPTIONS_DEFAULT,
		.pcm_name = "default",
		.queue_ns = QUEUE_DEFAULT_MS * NS_PER_MS,
	};
	rc = common_options_read(&o->common, &args, o, usage, argc, argv);
	if (rc == ARGS_GO_ON)
		rc = check_name(o, o->pcm_name);
	if (rc == ARGS_GO_ON && o->capture_name)
		rc = check_name(o, o->capture_name);
	for (unsigned int i = 0; i < o->rules.n && rc == ARGS_GO_ON; i++)
		rc = check_name(o, o->rules.list[i].pcm_name);
	return rc;
}
