/* SPDX-License-Identifier: MIT */
/* monitor: a line or a JSON object for each event. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "document.h"
#include "status.h"
#include "wire/wire.h"
#include "words.h"

#define TIME_BYTES 48

/* RFC 3339, in UTC for programs and in local time for people. */
static const char *time_text(char text[TIME_BYTES], uint64_t wall_ns, int utc)
{
	const time_t seconds = (time_t)(wall_ns / 1000000000u);
	const unsigned ms = (unsigned)(wall_ns % 1000000000u / 1000000u);
	char day[32];
	struct tm tm;

	if (utc)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	strftime(day, sizeof day, utc ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &tm);
	snprintf(text, TIME_BYTES, "%s.%03u%s", day, ms, utc ? "Z" : "");
	return text;
}

/* What the value of an event means, or NULL. */
static const char *value_word(const struct xenav_msg_status_event *m)
{
	switch (m->kind) {
	case XENAV_EVENT_STATE:
		return word_stream_state(1 + m->value);
	case XENAV_EVENT_CLAIMED:
	case XENAV_EVENT_RELEASED:
		return word_mode(m->value);
	case XENAV_EVENT_LOG_LEVEL:
		return word_log_level(m->value);
	default:
		return NULL;
	}
}

/* -------- for programs -------- */

static void add_object(struct json_object *to, const struct xenav_msg_status_event *m)
{
	if (m->object_kind == XENAV_OBJECT_NONE)
		return;
	document_number(to, "domid", m->domid);
	document_text(to, "domain", m->domain_name);
	document_number(to, "devid", m->devid);
	document_text(to, "object_kind", word_object(m->object_kind));
	document_number(to, "object", m->h.object);
	if (m->object_kind == XENAV_OBJECT_STREAM) {
		document_number(to, "pcm", m->index);
		document_number(to, "stream", m->stream);
	} else if (m->object_kind == XENAV_OBJECT_CONNECTOR) {
		document_number(to, "connector", m->index);
	}
}

static void print_json(const struct xenav_msg_status_event *m)
{
	struct json_object *document = document_new("event");
	char text[TIME_BYTES];

	document_text(document, "time", time_text(text, m->wall_ns, 1));
	document_text(document, "event", word_event(m->kind));
	add_object(document, m);
	if (m->consumer) {
		document_number(document, "consumer", m->consumer);
		document_text(document, "consumer_name", m->consumer_name);
		document_number(document, "uid", m->uid);
	}
	if (m->kind == XENAV_EVENT_KICKED)
		document_number(document, "by", m->value);
	else if (value_word(m))
		document_text(document, "value", value_word(m));
	document_number(document, "lost", m->lost);
	document_print(document, 0);
}

/* -------- for people -------- */

static void print_object(const struct xenav_msg_status_event *m)
{
	char fit[WORD_TEXT_BYTES];

	if (m->object_kind == XENAV_OBJECT_NONE)
		return;
	printf(" guest %u %s", m->domid, word_text(fit, m->domain_name));
	if (m->object_kind == XENAV_OBJECT_STREAM)
		printf(" stream %u/%u/%u", m->devid, m->index, m->stream);
	else if (m->object_kind == XENAV_OBJECT_CONNECTOR)
		printf(" connector %u/%u", m->devid, m->index);
	else
		printf(" input %u", m->devid);
}

static void print_text(const struct xenav_msg_status_event *m)
{
	char fit[WORD_TEXT_BYTES], text[TIME_BYTES];

	if (m->lost > 0)
		printf("%s %u events are left out\n", time_text(text, m->wall_ns, 0), m->lost);
	printf("%s %-9s", time_text(text, m->wall_ns, 0), word_event(m->kind));
	print_object(m);
	if (value_word(m))
		printf(" %s", value_word(m));
	if (m->consumer)
		printf(" %s #%u, uid %u", word_text(fit, m->consumer_name), m->consumer, m->uid);
	if (m->kind == XENAV_EVENT_KICKED)
		printf(", by #%u", m->value);
	putchar('\n');
}

/* -------- the command -------- */

/* A guest that is not there yet may come: then its number or name is known only. */
static bool is_wanted(const struct ctl *ctl, uint32_t known, const struct xenav_msg_status_event *m)
{
	char domid[16];

	if (!ctl->domain)
		return true;
	if (m->object_kind == XENAV_OBJECT_NONE)
		return false;
	snprintf(domid, sizeof domid, "%u", m->domid);
	return m->domid == known || strcmp(ctl->domain, domid) == 0 ||
	       strcmp(ctl->domain, m->domain_name) == 0;
}

/* The number of the guest that is wanted now, if there is one. @return 0 or -errno. */
static int find_guest(const struct ctl *ctl, struct client *client, uint32_t *known)
{
	struct status status;
	int rc;

	*known = UINT32_MAX;
	if (!ctl->domain)
		return 0;
	rc = status_get(client, &status);
	if (rc < 0)
		return rc;
	if (status_keep_guest(&status, ctl->domain))
		*known = status.guests[0].domid;
	status_free(&status);
	return 0;
}

/* Until xenavd goes, standard output is closed, or as many as asked for have come. */
static int follow(const struct ctl *ctl, struct client *client, uint32_t known)
{
	union xenav_msg msg;
	long n = 0;
	int rc;

	while (ctl->count == 0 || n < ctl->count) {
		rc = client_next(client, &msg, -1);
		if (rc < 0)
			return ctl_failed(ctl, rc);
		if (msg.h.opcode != XENAV_OP_STATUS_EVENT ||
		    !is_wanted(ctl, known, &msg.status_event))
			continue;
		n++;
		if (ctl->json)
			print_json(&msg.status_event);
		else
			print_text(&msg.status_event);
		rc = ctl_flush();
		if (rc != CTL_OK)
			return rc;
	}
	return CTL_OK;
}

int cmd_monitor(const struct ctl *ctl)
{
	struct client client;
	union xenav_msg msg;
	uint32_t known;
	int rc;

	rc = ctl_connect(ctl, &client);
	if (rc != CTL_OK)
		return rc;
	rc = find_guest(ctl, &client, &known);
	wire_init(&msg, XENAV_OP_STATUS_MONITOR, 0);
	msg.status_monitor.on = 1;
	if (rc == 0)
		rc = client_order(&client, &msg, NULL);
	rc = rc < 0 ? ctl_failed(ctl, rc) : follow(ctl, &client, known);
	client_close(&client);
	return rc;
}
