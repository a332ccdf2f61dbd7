/* SPDX-License-Identifier: MIT */
/*
 * What xenavd is doing, for who asks: every part that has something to say is a source, and says it
 * in lines of "status: ...".  They go to the log whatever its level is.  On the event loop only.
 */
#ifndef XENAVD_STATUS_H
#define XENAVD_STATUS_H

#include <sys/queue.h>

/* Belongs to the part that it is in.  All zero is one that has not been added. */
struct status_source {
	void (*report)(struct status_source *source);
	TAILQ_ENTRY(status_source) link;
};

/* From now on report is called when somebody asks; it calls status_line(). */
void status_add(struct status_source *source, void (*report)(struct status_source *source));

/* No more; idempotent. */
void status_remove(struct status_source *source);

/* Somebody asks: all lines of all sources, in the order in which they were added. */
void status_report(void);

/* One line.  Numbers are name=value, so that tools find them. */
void status_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
