/* SPDX-License-Identifier: MIT */
/* The command line of xenav-view. */
#ifndef XENAV_VIEW_OPTIONS_H
#define XENAV_VIEW_OPTIONS_H

#include <stdbool.h>

#include "common/options.h"

struct view_options {
	struct common_options common;
	int monitor; /* of the first window, for full screen; -1: not full screen */
	bool grab;   /* windows take the keyboard */
	bool cursor; /* show the pointer of this machine, too */
	bool no_sound;
	bool no_input;
	const char *screenshot; /* only write this file */
};

/* Fill in the options. @return ARGS_GO_ON, or the exit code if there is nothing to run. */
int options_parse(struct view_options *o, int argc, char **argv);

#endif
