/* SPDX-License-Identifier: MIT */
/* See log.h.  A line is one write(), so that lines of several threads never mix. */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "report/log.h"

#define BURST_LINES 10

enum log_level log_threshold = LOG_LEVEL_INFO;

static const char *const level_names[] = {"err", "warn", "info", "debug"};
static const char level_priorities[] = {'3', '4', '6', '7'};

int log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

/* A line may hold text of a guest, but no control characters. */
static void make_printable(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
}

static void vwrite(const char *name, enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void vwrite(const char *name, enum log_level level, const char *fmt, va_list ap)
{
	char line[512];
	size_t len = 0;
	int n;

	if (getenv("JOURNAL_STREAM"))
		len = (size_t)snprintf(line, sizeof line, "<%c>", level_priorities[level]);
	if (name) {
		n = snprintf(line + len, sizeof line - len, "%s: ", name);
		len += (size_t)n;
	}
	n = vsnprintf(line + len, sizeof line - len, fmt, ap);
	if (n > 0)
		len += (size_t)n;
	if (len > sizeof line - 2)
		len = sizeof line - 2;
	make_printable(line, len);
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere else to log */
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwrite(NULL, level, fmt, ap);
	va_end(ap);
}

void log_source_init(struct log_source *src, const char *fmt, ...)
{
	va_list ap;

	memset(src, 0, sizeof *src);
	src->tokens = BURST_LINES;
	src->refilled_ns = now_ns();
	va_start(ap, fmt);
	vsnprintf(src->name, sizeof src->name, fmt, ap);
	va_end(ap);
}

static bool take_token(struct log_source *src)
{
	uint64_t seconds = (now_ns() - src->refilled_ns) / NS_PER_SEC;

	if (seconds > 0) {
		uint64_t tokens = src->tokens + seconds;

		src->tokens = tokens > BURST_LINES ? BURST_LINES : (uint32_t)tokens;
		src->refilled_ns += seconds * NS_PER_SEC;
	}
	if (src->tokens == 0) {
		src->suppressed++;
		return false;
	}
	src->tokens--;
	return true;
}

void log_write_limited(struct log_source *src, enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (!take_token(src))
		return;
	if (src->suppressed > 0) {
		log_write(level, "%s: %u lines left out", src->name, src->suppressed);
		src->suppressed = 0;
	}
	va_start(ap, fmt);
	vwrite(src->name, level, fmt, ap);
	va_end(ap);
}
