/* SPDX-License-Identifier: MIT */
/* See xenlog.h. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xentoollog.h>

#include "report/log.h"
#include "xen/xenlog.h"

static void on_message(struct xentoollog_logger *logger, xentoollog_level level, int errnoval,
		       const char *context, const char *format, va_list al)
	__attribute__((format(printf, 5, 0)));

static void on_message(struct xentoollog_logger *, xentoollog_level, int errnoval,
		       const char *context, const char *format, va_list al)
{
	char text[256];

	if (log_threshold < LOG_LEVEL_DEBUG)
		return;
	vsnprintf(text, sizeof text, format, al);
	log_debug("%s: %s%s%s", context ? context : "xen", text, errnoval >= 0 ? ": " : "",
		  errnoval >= 0 ? strerror(errnoval) : "");
}

static void on_progress(struct xentoollog_logger *, const char *, const char *, int, unsigned long,
			unsigned long)
{
}

static void on_destroy(struct xentoollog_logger *)
{
}

static struct xentoollog_logger logger = {
	.vmessage = on_message,
	.progress = on_progress,
	.destroy = on_destroy,
};

struct xentoollog_logger *xen_logger(void)
{
	return &logger;
}
