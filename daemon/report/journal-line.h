/* SPDX-License-Identifier: MIT */
/* A log line for the system's journal, with its fields; see systemd.journal-fields(7). */
#ifndef XENAVD_JOURNAL_LINE_H
#define XENAVD_JOURNAL_LINE_H

#include <stdbool.h>

#include "report/log.h"

struct journal_line {
	const char *text;
	char priority; /* '0'..'7', as in syslog(3) */
	enum log_event event;
	const struct log_source *src; /* or NULL */
	struct log_object object;
};

/* Does the journal read standard error? */
bool journal_reads_stderr(void);

/* @return 0 or -errno: the journal has not got the line. */
int journal_line_send(const struct journal_line *line);

#endif
