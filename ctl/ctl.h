/* SPDX-License-Identifier: MIT */
/* What the commands of xenavctl share: options, exit codes, complaints. */
#ifndef XENAVCTL_CTL_H
#define XENAVCTL_CTL_H

#include <stdbool.h>

#include "client.h"

struct status;

/* Exit codes, of sysexits.h. */
#define CTL_OK          0
#define CTL_USAGE       64 /* a wrong command line */
#define CTL_UNAVAILABLE 69 /* it cannot be done: no xenavd, no right, no such guest or consumer */
#define CTL_TEMPORARY   75 /* it may work later: xenavd does not answer, or has gone */

struct ctl {
	const char *socket;
	bool json;
	double interval_s;  /* --interval */
	long count;         /* --count; 0: no end */
	const char *output; /* --output */
	const char *domain; /* --domain */
	int argc;           /* of the command, its name included */
	char **argv;
};

/* Say on standard error what is wrong. @return the code. */
__attribute__((format(printf, 2, 3))) int ctl_fail(int code, const char *format, ...);

/* The exit code for a negative errno of the connection, which is said. */
int ctl_failed(const struct ctl *ctl, int rc);

/* Connect, or say why not. @return CTL_OK or another exit code. */
int ctl_connect(const struct ctl *ctl, struct client *client);

/* Ask for the status, of the guest alone unless it is NULL, or say what is wrong. @return CTL_OK,
 * and the status is to be freed, or another exit code. */
int ctl_status(const struct ctl *ctl, struct client *client, const char *guest,
	       struct status *status);

/* The same over a connection of its own. */
int ctl_look(const struct ctl *ctl, const char *guest, struct status *status);

/* Standard output is whole. @return CTL_OK or another exit code. */
int ctl_flush(void);

/* -------- the commands -------- */

int cmd_list(const struct ctl *ctl);
int cmd_show(const struct ctl *ctl);
int cmd_monitor(const struct ctl *ctl);
int cmd_top(const struct ctl *ctl);
int cmd_metrics(const struct ctl *ctl);
int cmd_log_level(const struct ctl *ctl);
int cmd_kick(const struct ctl *ctl);
int cmd_screenshot(const struct ctl *ctl);
int cmd_record(const struct ctl *ctl);
int cmd_type(const struct ctl *ctl);

#endif
