/* SPDX-License-Identifier: MIT */
/* top: what streams, connectors and guests do in a second. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "document.h"
#include "rates.h"
#include "table.h"
#include "words.h"

#define MIB 1048576.0

/* To the beginning of the screen, and clear it. */
#define CLEAR "\033[H\033[2J"

static double latency_ms(const struct xenav_msg_status_stream *m)
{
	return m->rate_hz ? m->fill_frames * 1000.0 / m->rate_hz : 0;
}

/* -------- for people -------- */

static void add_guest_name(struct table *t, const struct status *s, uint32_t domid)
{
	const struct xenav_msg_status_guest *g = status_guest(s, domid);
	char fit[WORD_TEXT_BYTES];

	table_add(t, "%u %s", domid, word_text(fit, g ? g->name : ""));
}

static int print_guests(const struct status *before, const struct status *now)
{
	static const char *const heads[] = {"GUEST",   "REQUESTS/S", "BUDGET",
					    "WAITS/S", "MAPPED",     "COPIED"};
	struct table t;

	table_begin(&t, heads, 6);
	for (size_t i = 0; i < now->n_guests; i++) {
		const struct xenav_msg_status_guest *g = &now->guests[i];
		const struct guest_rates r = rates_of_guest(before, now, g);

		add_guest_name(&t, now, g->domid);
		table_add(&t, "%.0f", r.requests);
		table_add(&t, "%.1f%%", r.budget * 100);
		table_add(&t, "%.0f", r.waits);
		table_add(&t, "%.1f MiB", g->mapped_pages * 4096 / MIB);
		table_add(&t, "%.1f MiB", g->copied_pages * 4096 / MIB);
	}
	return table_print(&t);
}

static void add_stream(struct table *t, const struct status *now,
		       const struct xenav_msg_status_stream *m)
{
	add_guest_name(t, now, m->domid);
	table_add(t, "%u/%u/%u %s", m->devid, m->pcm, m->stream, word_direction(m->direction));
	table_add(t, "%s", word_stream_state(m->state));
	table_add(t, "%u", m->rate_hz);
	table_add(t, "%u", m->period_frames);
	table_add(t, "%u/%u", m->fill_frames, m->buffer_frames);
	table_add(t, "%.1f ms", latency_ms(m));
	if (m->drift_ppm == XENAV_DRIFT_UNKNOWN)
		table_add(t, "-");
	else
		table_add(t, "%+d ppm", m->drift_ppm);
	table_add(t, "%llu", (unsigned long long)m->late_reports);
	table_add(t, "%llu", (unsigned long long)m->underruns);
}

static int print_streams(const struct status *now)
{
	static const char *const heads[] = {"GUEST", "STREAM",  "STATE", "RATE", "PERIOD",
					    "FILL",  "LATENCY", "DRIFT", "LATE", "UNDERRUNS"};
	struct table t;

	table_begin(&t, heads, 10);
	for (size_t i = 0; i < now->n_streams; i++)
		if (now->streams[i].state != XENAV_STATUS_CLOSED)
			add_stream(&t, now, &now->streams[i]);
	return table_print(&t);
}

static int print_connectors(const struct status *before, const struct status *now)
{
	static const char *const heads[] = {"GUEST",    "CONNECTOR", "SHOWN",
					    "FLIPS/S",  "EVENTS/S",  "COPIES/S",
					    "DIRECT/S", "DMABUF/S",  "MIB/S"};
	struct table t;

	table_begin(&t, heads, 9);
	for (size_t i = 0; i < now->n_connectors; i++) {
		const struct xenav_msg_status_connector *m = &now->connectors[i];
		const struct connector_rates r = rates_of_connector(before, m);

		add_guest_name(&t, now, m->domid);
		table_add(&t, "%u/%u", m->devid, m->connector);
		table_add(&t, "%ux%u", m->shown_width_px, m->shown_height_px);
		table_add(&t, "%.1f", r.flips);
		table_add(&t, "%.1f", r.events);
		for (unsigned way = 0; way < 3; way++)
			table_add(&t, "%.1f", r.frames[way]);
		table_add(&t, "%.1f", r.copied_bytes / MIB);
	}
	return table_print(&t);
}

static int print_tables(const struct status *before, const struct status *now)
{
	int rc;

	if (isatty(STDOUT_FILENO))
		fputs(CLEAR, stdout);
	rc = print_guests(before, now);
	putchar('\n');
	if (rc == 0)
		rc = print_streams(now);
	putchar('\n');
	if (rc == 0)
		rc = print_connectors(before, now);
	if (!isatty(STDOUT_FILENO))
		putchar('\n');
	return rc < 0 ? ctl_fail(CTL_TEMPORARY, "out of memory") : ctl_flush();
}

/* -------- for programs -------- */

static void add_rate(struct json_object *to, const char *name, double rate)
{
	char text[32];

	snprintf(text, sizeof text, "%.3f", rate);
	json_object_object_add(to, name, json_object_new_double_s(rate, text));
}

static struct json_object *append(struct json_object *array, uint32_t domid)
{
	struct json_object *object = json_object_new_object();

	json_object_array_add(array, object);
	document_number(object, "domid", domid);
	return object;
}

static void fill_stream(struct json_object *to, const struct status *before,
			const struct xenav_msg_status_stream *m)
{
	const struct stream_rates r = rates_of_stream(before, m);

	document_number(to, "object", m->h.object);
	document_text(to, "state", word_stream_state(m->state));
	document_number(to, "period_frames", m->period_frames);
	document_number(to, "buffer_frames", m->buffer_frames);
	document_number(to, "fill_frames", m->fill_frames);
	document_number(to, "latency_us", (uint64_t)(latency_ms(m) * 1000));
	if (m->drift_ppm != XENAV_DRIFT_UNKNOWN)
		json_object_object_add(to, "drift_ppm", json_object_new_int(m->drift_ppm));
	add_rate(to, "frames_per_second", r.frames);
	add_rate(to, "late_reports_per_second", r.late_reports);
	add_rate(to, "underruns_per_second", r.underruns);
}

static void fill_connector(struct json_object *to, const struct status *before,
			   const struct xenav_msg_status_connector *m)
{
	const struct connector_rates r = rates_of_connector(before, m);

	document_number(to, "object", m->h.object);
	add_rate(to, "flips_per_second", r.flips);
	add_rate(to, "flip_events_per_second", r.events);
	add_rate(to, "copies_per_second", r.frames[0]);
	add_rate(to, "direct_per_second", r.frames[1]);
	add_rate(to, "dmabufs_per_second", r.frames[2]);
	add_rate(to, "copied_bytes_per_second", r.copied_bytes);
}

static void fill_guest(struct json_object *to, const struct status *before,
		       const struct status *now, const struct xenav_msg_status_guest *g)
{
	const struct guest_rates r = rates_of_guest(before, now, g);

	document_text(to, "name", g->name);
	add_rate(to, "requests_per_second", r.requests);
	add_rate(to, "budget_used", r.budget);
	add_rate(to, "waits_per_second", r.waits);
}

static int print_json(const struct status *before, const struct status *now)
{
	struct json_object *document = document_new("top");
	struct json_object *guests = json_object_new_array();
	struct json_object *streams = json_object_new_array();
	struct json_object *connectors = json_object_new_array();

	json_object_object_add(document, "guests", guests);
	json_object_object_add(document, "streams", streams);
	json_object_object_add(document, "connectors", connectors);
	for (size_t i = 0; i < now->n_guests; i++)
		fill_guest(append(guests, now->guests[i].domid), before, now, &now->guests[i]);
	for (size_t i = 0; i < now->n_streams; i++)
		fill_stream(append(streams, now->streams[i].domid), before, &now->streams[i]);
	for (size_t i = 0; i < now->n_connectors; i++)
		fill_connector(append(connectors, now->connectors[i].domid), before,
			       &now->connectors[i]);
	document_print(document, 0);
	return ctl_flush();
}

/* -------- the command -------- */

static void wait_for(double seconds)
{
	struct timespec ts = {.tv_sec = (time_t)seconds};

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	nanosleep(&ts, NULL);
}

static int turn(const struct ctl *ctl, struct client *client, struct status *before)
{
	struct status now;
	int rc;

	wait_for(ctl->interval_s);
	rc = ctl_status(ctl, client, ctl->domain, &now);
	if (rc != CTL_OK)
		return rc;
	rc = ctl->json ? print_json(before, &now) : print_tables(before, &now);
	status_free(before);
	*before = now;
	return rc;
}

int cmd_top(const struct ctl *ctl)
{
	struct client client;
	struct status before = {0};
	int rc;

	rc = ctl_connect(ctl, &client);
	if (rc != CTL_OK)
		return rc;
	rc = ctl_status(ctl, &client, ctl->domain, &before);
	for (long n = 0; rc == CTL_OK && (ctl->count == 0 || n < ctl->count); n++)
		rc = turn(ctl, &client, &before);
	status_free(&before);
	client_close(&client);
	return rc;
}
