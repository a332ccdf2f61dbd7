/* SPDX-License-Identifier: MIT */
/* See args.h. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/args.h"

long args_number(const char *s, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && !errno && n <= max ? n : -1;
}

int args_wrong(const struct args *args, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fprintf(stderr, "%s: ", args->program);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "\nTry %s --help\n", args->program);
	return args->usage;
}

static int argument_of(const struct args_row *row)
{
	switch (row->kind) {
	case ARGS_TEXT:
	case ARGS_NUMBER:
	case ARGS_PARSED:
		return required_argument;
	case ARGS_OPTIONAL:
		return optional_argument;
	case ARGS_FLAG:
	case ARGS_STOP:
		break;
	}
	return no_argument;
}

static void fill(struct option options[ARGS_MAX_ROWS + 1], const struct args_row *rows)
{
	for (size_t i = 0; i < ARGS_MAX_ROWS && rows[i].name; i++) {
		options[i].name = rows[i].name;
		options[i].has_arg = argument_of(&rows[i]);
	}
}

static int set_number(const struct args *args, const struct args_row *row, void *field)
{
	const long n = args_number(optarg, INT_MAX);

	if (n < 0)
		return args_wrong(args, "--%s must be a number, not '%s'", row->name, optarg);
	*(long *)field = n;
	return ARGS_GO_ON;
}

static int apply(const struct args *args, const struct args_row *row, void *options)
{
	char *const field = (char *)options + row->field;

	switch (row->kind) {
	case ARGS_TEXT:
		*(const char **)(void *)field = optarg;
		return ARGS_GO_ON;
	case ARGS_NUMBER:
		return set_number(args, row, field);
	case ARGS_FLAG:
	case ARGS_STOP:
		*(bool *)field = true;
		return ARGS_GO_ON;
	case ARGS_PARSED:
	case ARGS_OPTIONAL:
		return row->parse(options, optarg);
	}
	return ARGS_GO_ON;
}

int args_read(const struct args *args, void *options, int argc, char **argv)
{
	struct option table[ARGS_MAX_ROWS + 1] = {{0}};
	/* With the - what is no option comes where it stands, as option 1. */
	const char *const order = args->other ? "-" : "";
	int at, opt, rc = ARGS_GO_ON;

	fill(table, args->rows);
	while (rc == ARGS_GO_ON && (opt = getopt_long(argc, argv, order, table, &at)) != -1) {
		if (opt == '?') {
			fprintf(stderr, "Try %s --help\n", args->program);
			return args->usage;
		}
		if (opt == 1) {
			rc = args->other(options, optarg);
			continue;
		}
		rc = apply(args, &args->rows[at], options);
		if (args->rows[at].kind == ARGS_STOP)
			break;
	}
	return rc;
}
