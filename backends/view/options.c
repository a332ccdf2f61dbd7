/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <stddef.h>

#include "view/options.h"

#define MAX_MONITORS 64

static const char usage[] =
	"Usage: xenav-view [OPTION]...\n"
	"Show the screens of Xen guests in windows, with keyboard, pointer and sound.\n"
	"\n" COMMON_USAGE_SELECTION
	"  --fullscreen=N      full screen on monitor N, from 0; further windows on the next ones\n"
	"  --grab              take the keyboard, until Ctrl+Alt+G\n"
	"  --cursor            show the pointer of this machine over the guest's\n"
	"  --no-sound          do not play what the guest plays\n"
	"  --no-input          only look\n"
	"  --watch             leave the guest's screens and sound to the programs that drive them\n"
	"  --screenshot=FILE   only write a screen to a PNG file; - for standard output\n" COMMON_USAGE_SOCKET
		COMMON_USAGE_RECONNECT COMMON_USAGE_END "\n"
	"Ctrl+Alt+G takes and releases the keyboard, Ctrl+Alt+F is full screen and back, and\n"
	"Ctrl+Alt+Q ends the program.\n";

#define FIELD(name) offsetof(struct view_options, name)

static int parse_monitor(void *options, const char *arg);

static const struct args_row rows[] = {
	{"fullscreen", ARGS_PARSED, 0, parse_monitor},
	{"grab", ARGS_FLAG, FIELD(grab), NULL},
	{"cursor", ARGS_FLAG, FIELD(cursor), NULL},
	{"no-sound", ARGS_FLAG, FIELD(no_sound), NULL},
	{"no-input", ARGS_FLAG, FIELD(no_input), NULL},
	{"screenshot", ARGS_TEXT, FIELD(screenshot), NULL},
	COMMON_ROWS_DRIVER(struct view_options, common),
	{0},
};

static const struct args args = {"xenav-view", COMMON_EXIT_USAGE, rows, NULL};

static int parse_monitor(void *options, const char *arg)
{
	struct view_options *o = options;

	o->monitor = (int)args_number(arg, MAX_MONITORS - 1);
	return o->monitor >= 0 ? ARGS_GO_ON
			       : args_wrong(&args, "--fullscreen must be a number, not '%s'", arg);
}

int options_parse(struct view_options *o, int argc, char **argv)
{
	*o = (struct view_options){.common = COMMON_OPTIONS_DEFAULT, .monitor = -1};
	return common_options_read(&o->common, &args, o, usage, argc, argv);
}
