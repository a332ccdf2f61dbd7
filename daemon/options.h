/* SPDX-License-Identifier: MIT */
/* The command line of xenavd, and the configuration that results from it. */
#ifndef XENAVD_OPTIONS_H
#define XENAVD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "service/syscalls.h"

struct config;

struct options {
	const char *config_path;
	bool config_given;       /* by --config: the file has to exist */
	const char *socket_path; /* overrides the files, or NULL */
	int log_level;           /* the same, or -1 */
	const char *user;        /* whom root becomes; "": nobody */
	enum sandbox_mode sandbox;
};

/* EX_USAGE and EX_UNAVAILABLE of sysexits.h: a service manager need not restart after the
 * former. */
enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69 };

/*
 * Read the configuration files, and what the options override.
 *
 * @param config to be freed by config_finish() in any case
 * @param error a sentence when it fails
 * @return 0 or -errno.
 */
int options_config(const struct options *options, struct config *config, char *error,
		   size_t error_size);

/*
 * Read the configuration files and the options, which override them.  --help and --version do not
 * return.
 *
 * @param config to be freed by config_finish() in any case
 * @param status the exit status, when nothing is left to do
 * @return whether nothing is left to do: after a mistake, --check-config, --print-config,
 * --grant-access and --revoke-access, of which the last two read no file.
 */
bool options_read(struct config *config, struct options *options, int argc, char **argv,
		  int *status);

#endif
