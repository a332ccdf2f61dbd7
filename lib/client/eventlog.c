/* SPDX-License-Identifier: MIT */
/* See eventlog.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/eventlog.h"

void eventlog_clear(struct eventlog *log)
{
	log->n = log->n_sent = log->n_old = 0;
	log->n_taken = 0;
	log->taken = (struct keyset){0};
}

/* The first so many, which are sent, are taken. */
static void take(struct eventlog *log, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct xenav_input_event *event = &log->entries[i].event;

		if (event->kind == XENAV_INPUT_NONE)
			log->taken = (struct keyset){0};
		else if (event->kind == XENAV_INPUT_KEY)
			keyset_put(&log->taken, event->code, event->value);
	}
	log->n -= n;
	log->n_sent -= n;
	log->n_old -= n;
	memmove(log->entries, log->entries + n, log->n * sizeof log->entries[0]);
}

bool eventlog_is_full(const struct eventlog *log)
{
	return log->n - log->n_old >= EVENTLOG_MAX_NEW;
}

void eventlog_append(struct eventlog *log, const struct xenav_input_event *event,
		     const void *connector)
{
	if (log->n == EVENTLOG_MAX && log->n_sent > 0)
		take(log, 1);
	if (log->n < EVENTLOG_MAX)
		log->entries[log->n++] = (struct eventlog_entry){*event, connector, 0};
}

struct eventlog_entry *eventlog_last(struct eventlog *log)
{
	return log->n > log->n_sent ? &log->entries[log->n - 1] : NULL;
}

void eventlog_drop_waiting(struct eventlog *log)
{
	log->n = log->n_old = log->n_sent;
}

void eventlog_sent(struct eventlog *log, unsigned int n)
{
	log->n_sent = n;
	if (log->n_old < log->n_sent)
		log->n_old = log->n_sent;
	if (log->n_sent > EVENTLOG_MAX_SENT)
		take(log, log->n_sent - EVENTLOG_MAX_SENT);
}

int eventlog_taken(struct eventlog *log, uint32_t n_taken, uint32_t n_told)
{
	unsigned int n = 0;

	if (n_taken - log->n_taken > n_told - log->n_taken)
		return -EPROTO;
	log->n_taken = n_taken;
	while (n < log->n_sent && (int32_t)(n_taken - log->entries[n].number) >= 0)
		n++;
	take(log, n);
	return 0;
}

void eventlog_lost(struct eventlog *log, bool (*keeps)(const struct xenav_input_event *event))
{
	unsigned int n = 0, n_old = 0;

	for (unsigned int i = 0; i < log->n; i++) {
		if (!keeps(&log->entries[i].event))
			continue;
		n_old += i < log->n_old;
		log->entries[n++] = log->entries[i];
	}
	log->n = n;
	log->n_old = n_old;
	log->n_sent = 0;
	log->n_taken = 0;
}
