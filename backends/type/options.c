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

#include "type/keys.h"
#include "type/options.h"
#include "xenav.h"

#define DELAY_DEFAULT_MS 5
#define DELAY_MAX_MS     60000
#define WAIT_DEFAULT_S   1
#define WAIT_MAX_S       86400

/* @return the number that s is, or -1. */
static long number(const char *s, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && !errno && n <= max ? n : -1;
}

bool options_select_domain(const struct type_options *o, uint32_t domid, const char *name)
{
	return strcmp(o->domain, name) == 0 || number(o->domain, INT_MAX) == (long)domid;
}

bool options_select_device(const struct type_options *o, uint32_t devid, const char *unique_id)
{
	if (o->device >= 0 && o->device != (long)devid)
		return false;
	return !o->unique_id || strcmp(o->unique_id, unique_id) == 0;
}

static void usage(FILE *to)
{
	fputs("Usage: xenav-type --domain=ID|NAME [OPTION]... [TEXT|-]...\n"
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
	      "  --socket=PATH       socket of xenavd (" XENAV_DEFAULT_SOCKET ")\n"
	      "  --quiet             print only errors\n"
	      "  --version           print the version\n"
	      "  --help              print this\n",
	      to);
}

static __attribute__((format(printf, 1, 2))) int wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("xenav-type: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry xenav-type --help\n", stderr);
	return EX_USAGE;
}

static int parse_device(struct type_options *o, const char *arg)
{
	o->device = number(arg, INT_MAX);
	return o->device >= 0 ? -1 : wrong("--device must be a number, not '%s'", arg);
}

static int parse_button(struct type_options *o, const char *arg)
{
	o->button = button_by_name(arg);
	return o->button ? -1 : wrong("--button must be left, middle or right, not '%s'", arg);
}

static int parse_delay(struct type_options *o, const char *arg)
{
	const long ms = number(arg, DELAY_MAX_MS);

	if (ms < 0)
		return wrong("--delay must be a number from 0 to %d, not '%s'", DELAY_MAX_MS, arg);
	o->delay_ms = (uint32_t)ms;
	return -1;
}

static int parse_wait(struct type_options *o, const char *arg)
{
	const long seconds = number(arg, WAIT_MAX_S);

	if (seconds < 1)
		return wrong("--wait must be a number from 1 to %d, not '%s'", WAIT_MAX_S, arg);
	o->wait_s = (uint32_t)seconds;
	return -1;
}

#define FIELD(name) offsetof(struct type_options, name)

/* An option sets a text or a flag, is parsed, or is one of the actions. */
static const struct row {
	const char *name;
	enum { TEXT, FLAG, PARSED, ACTION } kind;
	size_t field;
	int (*parse)(struct type_options *o, const char *arg);
	enum action_kind action;
} rows[] = {
	{"key", ACTION, 0, NULL, ACTION_KEY},
	{"click", ACTION, 0, NULL, ACTION_CLICK},
	{"move", ACTION, 0, NULL, ACTION_MOVE},
	{"wheel", ACTION, 0, NULL, ACTION_WHEEL},
	{"domain", TEXT, FIELD(domain), NULL, 0},
	{"device", PARSED, 0, parse_device, 0},
	{"unique-id", TEXT, FIELD(unique_id), NULL, 0},
	{"connector", TEXT, FIELD(connector), NULL, 0},
	{"layout", TEXT, FIELD(layout), NULL, 0},
	{"button", PARSED, 0, parse_button, 0},
	{"double", FLAG, FIELD(is_double), NULL, 0},
	{"delay", PARSED, 0, parse_delay, 0},
	{"wait", PARSED, 0, parse_wait, 0},
	{"socket", TEXT, FIELD(socket), NULL, 0},
	{"quiet", FLAG, FIELD(quiet), NULL, 0},
	{"version", FLAG, FIELD(version), NULL, 0},
	{"help", FLAG, FIELD(help), NULL, 0},
};

#define ROWS (sizeof rows / sizeof rows[0])

/* There are no more actions than arguments. */
static void add_action(struct type_options *o, enum action_kind kind, const char *arg)
{
	o->actions[o->n_actions++] = (struct action){kind, arg};
}

/* @return -1 to go on, or the exit code. */
static int apply(struct type_options *o, const struct row *row)
{
	char *const field = (char *)o + row->field;

	switch (row->kind) {
	case TEXT:
		*(const char **)(void *)field = optarg;
		return -1;
	case FLAG:
		*(bool *)field = true;
		return -1;
	case PARSED:
		return row->parse(o, optarg);
	case ACTION:
		add_action(o, row->action, optarg);
		return -1;
	}
	return -1;
}

/* @return -1 when all arguments are read, or the exit code. */
static int read_arguments(struct type_options *o, int argc, char **argv)
{
	struct option options[ROWS + 1] = {{0}};
	int at, opt, rc = -1;

	for (size_t i = 0; i < ROWS; i++) {
		options[i].name = rows[i].name;
		options[i].has_arg = rows[i].kind == FLAG ? no_argument : required_argument;
	}
	/* The - makes texts come in their order, as option 1. */
	while (rc < 0 && (opt = getopt_long(argc, argv, "-", options, &at)) != -1) {
		if (opt == '?') {
			fputs("Try xenav-type --help\n", stderr);
			return EX_USAGE;
		}
		if (opt == 1)
			add_action(o, strcmp(optarg, "-") == 0 ? ACTION_INPUT : ACTION_TEXT,
				   optarg);
		else
			rc = apply(o, &rows[at]);
	}
	while (rc < 0 && optind < argc)
		add_action(o, ACTION_TEXT, argv[optind++]);
	return rc;
}

int options_parse(struct type_options *o, int argc, char **argv)
{
	int rc;

	*o = (struct type_options){
		.socket = XENAV_DEFAULT_SOCKET,
		.device = -1,
		.layout = "us",
		.button = BTN_LEFT,
		.delay_ms = DELAY_DEFAULT_MS,
		.wait_s = WAIT_DEFAULT_S,
		.actions = calloc((size_t)argc + 1, sizeof *o->actions),
	};
	if (!o->actions)
		return EX_OSERR;
	rc = read_arguments(o, argc, argv);
	if (rc < 0 && o->version) {
		puts("xenav-type " PACKAGE_VERSION);
		rc = EXIT_SUCCESS;
	} else if (rc < 0 && o->help) {
		usage(stdout);
		rc = EXIT_SUCCESS;
	} else if (rc < 0 && !o->domain) {
		rc = wrong("--domain is missing: the guest to type in");
	} else if (rc < 0 && o->n_actions == 0) {
		rc = wrong("There is nothing to do: no text, --key, --click, --move or --wheel");
	}
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
