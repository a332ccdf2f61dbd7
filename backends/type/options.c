/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/input-event-codes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/args.h"
#include "common/keys.h"
#include "type/options.h"
#include "xenav.h"

#define DELAY_DEFAULT_MS 5
#define DELAY_MAX_MS     60000
#define WAIT_DEFAULT_S   1
#define WAIT_MAX_S       86400

static const struct args args;

/* clang-format off */
static const char usage[] =
	"Usage: xenav-type --domain=ID|NAME [OPTION]... [TEXT|-]...\n"
	"Type text and click in a Xen guest, in the order of the command line.\n"
	"\n"
	"  TEXT                type this; - for standard input\n"
	"  --key=NAME[+NAME].. press keys together, such as ctrl+alt+f2\n"
	"  --click=X,Y         move the pointer to a pixel and click\n"
	"  --move=X,Y          only move it there\n"
	"  --wheel=N           turn the wheel by N notches down, -N up\n"
	"\n"
	"  --domain=ID|NAME    the guest\n"
	"  --device=DEVID      its input device with this number\n"
	"  --unique-id=ID      its input device with this unique-id\n"
	"  --connector=ID      pixels of the connector with this unique-id (the first one)\n"
	"  --layout=NAME       keyboard layout of the guest, such as de(nodeadkeys) (us)\n"
	"  --button=NAME       clicks are with the left, middle or right button (left)\n"
	"  --double            clicks are double\n"
	"  --delay=MS          time between keys (5)\n"
	"  --wait=SECONDS      time for the guest's input device to appear (1)\n"
	COMMON_USAGE_SOCKET
	COMMON_USAGE_END;
/* clang-format on */

static int parse_button(void *options, const char *arg)
{
	struct type_options *o = options;

	o->button = button_by_name(arg);
	return o->button
		       ? -1
		       : args_wrong(&args, "--button must be left, middle or right, not '%s'", arg);
}

static int parse_delay(void *options, const char *arg)
{
	struct type_options *o = options;
	const long ms = args_number(arg, DELAY_MAX_MS);

	if (ms < 0)
		return args_wrong(&args, "--delay must be a number from 0 to %d, not '%s'",
				  DELAY_MAX_MS, arg);
	o->delay_ms = (uint32_t)ms;
	return -1;
}

static int parse_wait(void *options, const char *arg)
{
	struct type_options *o = options;
	const long seconds = args_number(arg, WAIT_MAX_S);

	if (seconds < 1)
		return args_wrong(&args, "--wait must be a number from 1 to %d, not '%s'",
				  WAIT_MAX_S, arg);
	o->wait_s = (uint32_t)seconds;
	return -1;
}

/* There are no more actions than arguments. */
static int add_action(struct type_options *o, enum action_kind kind, const char *arg)
{
	o->actions[o->n_actions++] = (struct action){kind, arg};
	return ARGS_GO_ON;
}

static int parse_key(void *options, const char *arg)
{
	return add_action(options, ACTION_KEY, arg);
}

static int parse_click(void *options, const char *arg)
{
	return add_action(options, ACTION_CLICK, arg);
}

static int parse_move(void *options, const char *arg)
{
	return add_action(options, ACTION_MOVE, arg);
}

static int parse_wheel(void *options, const char *arg)
{
	return add_action(options, ACTION_WHEEL, arg);
}

static int parse_text(void *options, const char *arg)
{
	return add_action(options, strcmp(arg, "-") == 0 ? ACTION_INPUT : ACTION_TEXT, arg);
}

#define FIELD(name) offsetof(struct type_options, name)

static const struct args_row rows[] = {
	{"key", ARGS_PARSED, 0, parse_key},
	{"click", ARGS_PARSED, 0, parse_click},
	{"move", ARGS_PARSED, 0, parse_move},
	{"wheel", ARGS_PARSED, 0, parse_wheel},
	COMMON_ROWS(struct type_options, common),
	{"connector", ARGS_TEXT, FIELD(connector), NULL},
	{"layout", ARGS_TEXT, FIELD(layout), NULL},
	{"button", ARGS_PARSED, 0, parse_button},
	{"double", ARGS_FLAG, FIELD(is_double), NULL},
	{"delay", ARGS_PARSED, 0, parse_delay},
	{"wait", ARGS_PARSED, 0, parse_wait},
	{0},
};

static const struct args args = {"xenav-type", EX_USAGE, rows, parse_text};

/* @return ARGS_GO_ON when all arguments are read, or the exit code. */
static int read_arguments(struct type_options *o, int argc, char **argv)
{
	const int rc = common_options_read(&o->common, &args, o, usage, argc, argv);

	/* Everything behind -- is text. */
	while (rc == ARGS_GO_ON && optind < argc)
		add_action(o, ACTION_TEXT, argv[optind++]);
	return rc;
}

int options_parse(struct type_options *o, int argc, char **argv)
{
	int rc;

	*o = (struct type_options){
		.common = COMMON_OPTIONS_DEFAULT,
		.layout = "us",
		.button = BTN_LEFT,
		.delay_ms = DELAY_DEFAULT_MS,
		.wait_s = WAIT_DEFAULT_S,
		.actions = calloc((size_t)argc + 1, sizeof *o->actions),
	};
	if (!o->actions)
		return EX_OSERR;
	rc = read_arguments(o, argc, argv);
	if (rc < 0 && !o->common.selection.domain)
		rc = args_wrong(&args, "--domain is missing: the guest to type in");
	else if (rc < 0 && o->n_actions == 0)
		rc = args_wrong(&args, "There is nothing to do: no text, --key, --click, --move or "
				       "--wheel");
	if (rc >= 0)
		options_free(o);
	return rc;
}

void options_free(struct type_options *o)
{
	free(o->actions);
	o->actions = NULL;
	o->n_actions = 0;
}
