/* SPDX-License-Identifier: MIT */
/*
 * The status: every part of xenavd that has something to report is a source of "status: ..." lines.
 * They go to the log at any log level.  On the event loop only.
 */
#ifndef XENAVD_STATUS_H
#define XENAVD_STATUS_H

#include <sys/queue.h>

/* Embedded in the part that reports.  All zero: not added. */
struct status_source {
	void (*report)(struct status_source *source);
	TAILQ_ENTRY(status_source) link;
};

/* Call report() for every status_report(); it calls status_line(). */
void status_add(struct status_source *source, void (*report)(struct status_source *source));

/* Idempotent. */
void status_remove(struct status_source *source);

/* Log all lines of all sources, in the order in which the sources were added. */
void status_report(void);

/* Log one line.  Numbers are name=value, for tools. */
void status_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
