/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/options.h"

int common_options_read(const struct common_options *o, const struct args *args, void *options,
			const char *usage, int argc, char **argv)
{
	const int rc = args_read(args, options, argc, argv);

	if (rc != ARGS_GO_ON)
		return rc;
	if (o->version) {
		printf("%s %s\n", args->program, PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	if (o->help) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (!args->other && optind < argc)
		return args_wrong(args, "Unexpected argument '%s'", argv[optind]);
	return ARGS_GO_ON;
}
