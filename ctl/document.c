/* SPDX-License-Identifier: MIT */
/* See document.h. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "document.h"
#include "wire/formats.h"
#include "words.h"

#define PAGE_BYTES 4096u

void document_text(struct json_object *to, const char *name, const char *text)
{
	char fit[WORD_TEXT_BYTES];

	json_object_object_add(to, name, json_object_new_string(word_text(fit, text)));
}

void document_number(struct json_object *to, const char *name, uint64_t number)
{
	json_object_object_add(to, name, json_object_new_uint64(number));
}

void document_bool(struct json_object *to, const char *name, int yes)
{
	json_object_object_add(to, name, json_object_new_boolean(yes != 0));
}

static struct json_object *add_object(struct json_object *to, const char *name)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(to, name, object);
	return object;
}

static struct json_object *add_array(struct json_object *to, const char *name)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(to, name, array);
	return array;
}

static struct json_object *append_object(struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	json_object_array_add(array, object);
	return object;
}

struct json_object *document_new(const char *kind)
{
	struct json_object *document = json_object_new_object();

	document_number(document, "version", DOCUMENT_VERSION);
	document_text(document, "kind", kind);
	return document;
}

/* -------- objects -------- */

static void add_claims(const struct status *s, struct json_object *to, uint32_t object)
{
	struct json_object *claims = add_array(to, "claims");

	for (size_t i = 0; i < s->n_claims; i++) {
		const struct xenav_msg_status_claim *c = &s->claims[i];
		const struct xenav_msg_status_consumer *who = status_consumer(s, c->consumer);
		struct json_object *claim;

		if (c->h.object != object)
			continue;
		claim = append_object(claims);
		document_number(claim, "consumer", c->consumer);
		document_text(claim, "name", who ? who->name : "");
		document_text(claim, "mode", word_mode(c->mode));
		document_bool(claim, "waits", c->flags & XENAV_STATUS_WAITS);
	}
}

static void fill_opening(struct json_object *to, const struct xenav_msg_status_stream *m)
{
	const struct sample_format *format = sample_format_find(m->format);

	document_text(to, "format", format ? format->name : "unknown");
	document_number(to, "rate_hz", m->rate_hz);
	document_number(to, "channels", m->channels);
	document_number(to, "buffer_frames", m->buffer_frames);
	document_number(to, "period_frames", m->period_frames);
	document_number(to, "position_frames", m->position_frames);
	document_number(to, "fill_frames", m->fill_frames);
	if (m->rate_hz > 0)
		document_number(to, "latency_us", m->fill_frames * UINT64_C(1000000) / m->rate_hz);
	if (m->drift_ppm != XENAV_DRIFT_UNKNOWN)
		json_object_object_add(to, "drift_ppm", json_object_new_int(m->drift_ppm));
}

static void fill_stream(const struct status *s, struct json_object *to,
			const struct xenav_msg_status_stream *m)
{
	document_number(to, "object", m->h.object);
	document_number(to, "pcm", m->pcm);
	document_number(to, "stream", m->stream);
	document_text(to, "unique_id", m->unique_id);
	document_text(to, "direction", word_direction(m->direction));
	document_text(to, "state", word_stream_state(m->state));
	if (m->state != XENAV_STATUS_CLOSED)
		fill_opening(add_object(to, "opening"), m);
	document_number(to, "requests", m->requests);
	document_number(to, "openings", m->openings);
	document_number(to, "frames", m->frames);
	document_number(to, "underruns", m->underruns);
	document_number(to, "late_reports", m->late_reports);
	add_claims(s, to, m->h.object);
}

static void fill_connector(const struct status *s, struct json_object *to,
			   const struct xenav_msg_status_connector *m)
{
	static const char *const ways[] = {"copy", "direct", "dmabuf"};
	struct json_object *frames;
	char fourcc[8];

	document_number(to, "object", m->h.object);
	document_number(to, "connector", m->connector);
	document_text(to, "unique_id", m->unique_id);
	document_number(to, "width_px", m->width_px);
	document_number(to, "height_px", m->height_px);
	if (m->shown_width_px > 0) {
		struct json_object *shown = add_object(to, "shown");

		document_number(shown, "width_px", m->shown_width_px);
		document_number(shown, "height_px", m->shown_height_px);
		document_text(shown, "format", word_fourcc(fourcc, m->fourcc));
	}
	document_number(to, "refresh_ns", m->refresh_ns);
	document_number(to, "requests", m->requests);
	document_number(to, "flips", m->flips);
	document_number(to, "flip_events", m->events);
	frames = add_object(to, "frames");
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		document_number(frames, ways[i], m->frames[i]);
	document_number(to, "copied_bytes", m->copied_bytes);
	add_claims(s, to, m->h.object);
}

static void fill_input(const struct status *s, struct json_object *to,
		       const struct xenav_msg_status_input *m)
{
	document_number(to, "object", m->h.object);
	document_text(to, "unique_id", m->unique_id);
	document_bool(to, "keyboard", m->caps & XENAV_INPUT_KEYBOARD);
	document_bool(to, "pointer", m->caps & XENAV_INPUT_POINTER);
	document_bool(to, "touch", m->caps & XENAV_INPUT_TOUCH);
	document_number(to, "feeders", m->feeders);
	document_number(to, "events", m->events);
	document_number(to, "waiting", m->waiting);
	document_number(to, "dropped", m->dropped);
	add_claims(s, to, m->h.object);
}

/* -------- devices and guests -------- */

#define OF(object, device) ((object).domid == (device)->domid && (object).devid == (device)->devid)

static void add_objects(const struct status *s, struct json_object *to,
			const struct xenav_msg_status_device *d)
{
	struct json_object *objects;

	switch (d->kind) {
	case XENAV_DEVICE_SOUND:
		objects = add_array(to, "streams");
		for (size_t i = 0; i < s->n_streams; i++)
			if (OF(s->streams[i], d))
				fill_stream(s, append_object(objects), &s->streams[i]);
		return;
	case XENAV_DEVICE_DISPLAY:
		objects = add_array(to, "connectors");
		for (size_t i = 0; i < s->n_connectors; i++)
			if (OF(s->connectors[i], d))
				fill_connector(s, append_object(objects), &s->connectors[i]);
		return;
	case XENAV_DEVICE_INPUT:
		objects = add_array(to, "inputs");
		for (size_t i = 0; i < s->n_inputs; i++)
			if (OF(s->inputs[i], d))
				fill_input(s, append_object(objects), &s->inputs[i]);
		return;
	}
}

static void add_device(const struct status *s, struct json_object *devices,
		       const struct xenav_msg_status_device *d)
{
	struct json_object *device = append_object(devices);

	document_text(device, "kind", word_device_kind(d->kind));
	document_text(device, "name", word_device(d->kind));
	document_number(device, "devid", d->devid);
	document_text(device, "backend_state", word_xenbus(d->backend_state));
	document_text(device, "frontend_state", word_xenbus(d->frontend_state));
	add_objects(s, device, d);
}

static void add_guest(const struct status *s, struct json_object *guests,
		      const struct xenav_msg_status_guest *g)
{
	struct json_object *guest = append_object(guests);
	struct json_object *budget, *memory, *devices;

	document_number(guest, "domid", g->domid);
	document_text(guest, "name", g->name);
	document_text(guest, "uuid", g->uuid);
	budget = add_object(guest, "budget");
	document_number(budget, "tokens", g->tokens);
	document_number(budget, "tokens_per_second", g->tokens_per_sec);
	document_number(budget, "waits", g->waits);
	memory = add_object(guest, "memory");
	document_number(memory, "mapped_bytes", (uint64_t)g->mapped_pages * PAGE_BYTES);
	document_number(memory, "mapped_bytes_max", (uint64_t)g->max_mapped_pages * PAGE_BYTES);
	document_number(memory, "copied_bytes", (uint64_t)g->copied_pages * PAGE_BYTES);
	document_number(memory, "copied_bytes_max", (uint64_t)g->max_copied_pages * PAGE_BYTES);
	document_number(memory, "supplied_bytes", (uint64_t)g->supplied_pages * PAGE_BYTES);
	document_number(memory, "supplied_bytes_max", (uint64_t)g->max_supplied_pages * PAGE_BYTES);
	devices = add_array(guest, "devices");
	for (size_t i = 0; i < s->n_devices; i++)
		if (s->devices[i].domid == g->domid)
			add_device(s, devices, &s->devices[i]);
}

/* -------- the rest -------- */

static void add_daemon(struct json_object *to, const struct xenav_msg_status_daemon *m)
{
	struct json_object *daemon = add_object(to, "daemon");

	document_text(daemon, "version", m->version);
	document_number(daemon, "domid", m->domid);
	document_number(daemon, "pid", m->pid);
	document_number(daemon, "uptime_seconds", m->uptime_ns / 1000000000u);
	document_text(daemon, "log_level", word_log_level(m->log_level));
	document_number(daemon, "consumers_accepted", m->accepted);
	document_number(daemon, "consumers_refused", m->refused);
	document_number(daemon, "mapped_bytes", (uint64_t)m->mapped_pages * PAGE_BYTES);
	document_number(daemon, "lent_bytes", (uint64_t)m->lent_pages * PAGE_BYTES);
	document_number(daemon, "supplied_bytes", (uint64_t)m->supplied_pages * PAGE_BYTES);
	document_bool(daemon, "controllable", m->flags & XENAV_STATUS_CONTROLS);
}

static void add_consumer(struct json_object *consumers, const struct xenav_msg_status_consumer *m)
{
	struct json_object *consumer = append_object(consumers);

	document_number(consumer, "consumer", m->consumer);
	document_text(consumer, "name", m->name);
	document_number(consumer, "pid", m->pid);
	document_number(consumer, "uid", m->uid);
	document_number(consumer, "gid", m->gid);
	document_text(consumer, "section", m->section);
	document_number(consumer, "claims", m->claims);
	document_number(consumer, "unsent", m->unsent);
	document_number(consumer, "received", m->received);
	document_number(consumer, "sent", m->sent);
	document_number(consumer, "work_us", m->work_us);
}

struct json_object *document_status(const struct status *status)
{
	struct json_object *document = document_new("status");
	struct json_object *guests, *consumers;

	add_daemon(document, &status->daemon);
	guests = add_array(document, "guests");
	for (size_t i = 0; i < status->n_guests; i++)
		add_guest(status, guests, &status->guests[i]);
	consumers = add_array(document, "consumers");
	for (size_t i = 0; i < status->n_consumers; i++)
		add_consumer(consumers, &status->consumers[i]);
	return document;
}

void document_print(struct json_object *document, int pretty)
{
	const int flags = JSON_C_TO_STRING_NOSLASHESCAPE |
			  (pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
				  : JSON_C_TO_STRING_PLAIN);

	puts(json_object_to_json_string_ext(document, flags));
	json_object_put(document);
}
