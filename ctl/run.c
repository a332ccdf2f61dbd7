/* SPDX-License-Identifier: MIT */
/* record and type: the programs that do it, for the named guest and on the same socket. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

/* Options before those of the user. */
#define MOST_OWN 5

static int run(const struct ctl *ctl, const char *program, const char *extra)
{
	char **argv;
	char *socket = NULL, *domain = NULL;
	int n = 0, rc;

	if (ctl->argc < 2 || ctl->argv[1][0] == '-')
		return ctl_fail(CTL_USAGE, "use: %s GUEST [OPTION of %s]...", ctl->argv[0],
				program);
	argv = calloc((size_t)ctl->argc + MOST_OWN, sizeof argv[0]);
	if (!argv || asprintf(&socket, "--socket=%s", ctl->socket) < 0 ||
	    asprintf(&domain, "--domain=%s", ctl->argv[1]) < 0)
		return ctl_fail(CTL_TEMPORARY, "out of memory");
	argv[n++] = strdup(program);
	argv[n++] = socket;
	argv[n++] = domain;
	if (extra)
		argv[n++] = strdup(extra);
	memcpy(argv + n, ctl->argv + 2, (size_t)(ctl->argc - 2) * sizeof argv[0]);
	execvp(program, argv);
	rc = errno;
	free(argv[0]);
	if (extra)
		free(argv[3]);
	free(argv);
	free(socket);
	free(domain);
	if (rc == ENOENT)
		return ctl_fail(CTL_UNAVAILABLE, "%s is not installed", program);
	return ctl_fail(CTL_UNAVAILABLE, "cannot run %s: %s", program, strerror(rc));
}

/* Beside whoever drives the guest's screen and sound. */
int cmd_record(const struct ctl *ctl)
{
	return run(ctl, "xenav-record", "--watch");
}

int cmd_type(const struct ctl *ctl)
{
	return run(ctl, "xenav-type", NULL);
}
