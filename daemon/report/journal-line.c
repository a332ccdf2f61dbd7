/* SPDX-License-Identifier: MIT */
/* See journal-line.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The place in our sources is nobody's concern: do not add it as fields. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "report/journal-line.h"

#define FIELDS_MAX 8

struct fields {
	struct iovec iov[FIELDS_MAX];
	char text[FIELDS_MAX][600];
	int n;
};

static void add(struct fields *f, const char *name, const char *value)
{
	const int i = f->n;
	int len;

	if (i == FIELDS_MAX || value[0] == '\0')
		return;
	len = snprintf(f->text[i], sizeof f->text[i], "%s=%s", name, value);
	if (len >= (int)sizeof f->text[i])
		len = sizeof f->text[i] - 1;
	f->iov[i] = (struct iovec){.iov_base = f->text[i], .iov_len = (size_t)len};
	f->n++;
}

static void add_source(struct fields *f, const struct log_source *src)
{
	char number[12];

	if (src->domid < 0)
		return;
	snprintf(number, sizeof number, "%d", (int)src->domid);
	add(f, "XENAV_DOMID", number);
	add(f, "XENAV_DOMAIN", src->domain);
	add(f, "XENAV_DEVICE", src->device);
}

/* $JOURNAL_STREAM has the device and the inode of the stream that the service manager has opened;
 * standard error may have been redirected since. */
bool journal_reads_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2 ||
	    fstat(STDERR_FILENO, &st) < 0)
		return false;
	return (unsigned long long)st.st_dev == dev && (unsigned long long)st.st_ino == ino;
}

int journal_line_send(const struct journal_line *line)
{
	const char *id = log_event_id(line->event);
	struct fields f = {.n = 0};

	add(&f, "MESSAGE", line->text);
	add(&f, "PRIORITY", (const char[]){line->priority, '\0'});
	add(&f, "SYSLOG_IDENTIFIER", "xenavd");
	if (line->src)
		add_source(&f, line->src);
	if (line->object.field)
		add(&f, line->object.field, line->object.value);
	if (id)
		add(&f, "MESSAGE_ID", id);
	return sd_journal_sendv(f.iov, f.n);
}
