/* SPDX-License-Identifier: MIT */
/*
 * The command line of xenav-type: which guest, how, and what to do there.
 */
#ifndef XENAV_TYPE_OPTIONS_H
#define XENAV_TYPE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"

enum action_kind { ACTION_TEXT, ACTION_INPUT, ACTION_KEY, ACTION_CLICK, ACTION_MOVE, ACTION_WHEEL };

struct action {
	enum action_kind kind;
	const char *arg;
};

struct type_options {
	struct common_options common; /* with a domain */
	const char *connector;        /* a unique-id; NULL: the first one */
	const char *layout;
	uint16_t button;
	bool is_double;
	uint32_t delay_ms;
	uint32_t wait_s;
	struct action *actions; /* in the order of the command line */
	unsigned int n_actions;
};

/* Fill in the options. @return -1, or the exit code if there is nothing to run. */
int options_parse(struct type_options *o, int argc, char **argv);
void options_free(struct type_options *o);

#endif
