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
#include "report/journal-line.h"
#include "report/log.h"

#define BURST_LINES 10
#define TEXT_BYTES  512

enum log_level log_threshold = LOG_LEVEL_INFO;

static bool in_journal;

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

/* Lines that are not for the journal, or do not get there. */
static void write_plain(enum log_level level, char *text, size_t len)
{
	char line[TEXT_BYTES + 8];
	size_t n = 0;

	if (in_journal)
		n = (size_t)snprintf(line, sizeof line, "<%c>", level_priorities[level]);
	memcpy(line + n, text, len);
	n += len;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return; /* nowhere else to log */
}

static void vwrite(struct journal_line *line, enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void vwrite(struct journal_line *line, enum log_level level, const char *fmt, va_list ap)
{
	char text[TEXT_BYTES];
	size_t len = 0;
	int n;

	if (line->src)
		len = (size_t)snprintf(text, sizeof text, "%s: ", line->src->name);
	n = vsnprintf(text + len, sizeof text - len, fmt, ap);
	if (n > 0)
		len += (size_t)n;
	if (len > sizeof text - 2)
		len = sizeof text - 2;
	make_printable(text, len);
	line->text = text;
	line->priority = level_priorities[level];
	if (!in_journal || journal_line_send(line) < 0)
		write_plain(level, text, len);
}

void log_start(void)
{
	in_journal = journal_reads_stderr();
	if (in_journal)
		log_write(LOG_LEVEL_INFO, "xenavd " PACKAGE_VERSION " starts");
}

void log_write(enum log_level level, const char *fmt, ...)
{
	struct journal_line line = {.object = LOG_NOTHING};
	va_list ap;

	va_start(ap, fmt);
	vwrite(&line, level, fmt, ap);
	va_end(ap);
}

void log_source_init(struct log_source *src, const char *fmt, ...)
{
	va_list ap;

	memset(src, 0, sizeof *src);
	src->domid = -1;
	src->plain = (struct log_tokens){.refilled_ns = now_ns(), .tokens = BURST_LINES};
	src->events = src->plain;
	va_start(ap, fmt);
	vsnprintf(src->name, sizeof src->name, fmt, ap);
	va_end(ap);
}

static bool take_token(struct log_tokens *t)
{
	uint64_t seconds = (now_ns() - t->refilled_ns) / NS_PER_SEC;

	if (seconds > 0) {
		uint64_t tokens = t->tokens + seconds;

		t->tokens = tokens > BURST_LINES ? BURST_LINES : (uint32_t)tokens;
		t->refilled_ns += seconds * NS_PER_SEC;
	}
	if (t->tokens == 0)
		return false;
	t->tokens--;
	return true;
}

static bool may_log(struct log_source *src, enum log_event event)
{
	if (take_token(event == LOG_PLAIN ? &src->plain : &src->events))
		return true;
	src->suppressed++;
	return false;
}

void log_source_set_device(struct log_source *src, const char *kind, uint16_t domid, uint16_t devid,
			   const char *domain)
{
	src->domid = domid;
	snprintf(src->device, sizeof src->device, "%s/%u", kind, devid);
	snprintf(src->domain, sizeof src->domain, "%s", domain);
	make_printable(src->domain, strlen(src->domain));
}

struct log_object log_object(const char *field, const char *fmt, ...)
{
	struct log_object object = {.field = field};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(object.value, sizeof object.value, fmt, ap);
	va_end(ap);
	return object;
}

void log_write_about(struct log_source *src, enum log_level level, enum log_event event,
		     struct log_object object, const char *fmt, ...)
{
	struct journal_line line = {.src = src, .event = event, .object = object};
	va_list ap;

	if (src && !may_log(src, event))
		return;
	if (src && src->suppressed > 0) {
		log_write(level, "%s: %u lines left out", src->name, src->suppressed);
		src->suppressed = 0;
	}
	va_start(ap, fmt);
	vwrite(&line, level, fmt, ap);
	va_end(ap);
}
