/* SPDX-License-Identifier: MIT */
/* See status.h. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "report/log.h"
#include "report/status.h"

static TAILQ_HEAD(, status_source) sources = TAILQ_HEAD_INITIALIZER(sources);

void status_add(struct status_source *source, void (*report)(struct status_source *source))
{
	source->report = report;
	TAILQ_INSERT_TAIL(&sources, source, link);
}

void status_remove(struct status_source *source)
{
	if (!source->report)
		return;
	source->report = NULL;
	TAILQ_REMOVE(&sources, source, link);
}

void status_line(const char *fmt, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* At any level: an administrator asked for it. */
	log_write(LOG_LEVEL_INFO, "status: %s", text);
}

void status_report(void)
{
	struct status_source *source;

	TAILQ_FOREACH (source, &sources, link)
		source->report(source);
	status_line("end");
}
