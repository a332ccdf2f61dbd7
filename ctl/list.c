/* SPDX-License-Identifier: MIT */
/* list: the guests, their devices, and who drives and watches them. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "document.h"
#include "status.h"
#include "table.h"
#include "wire/formats.h"
#include "words.h"

#define NAMES_BYTES 256

static const char *const heads[] = {"GUEST", "NAME",  "DEVICE", "OBJECT",
				    "ID",    "STATE", "DRIVER", "WATCHERS"};

#define N_HEADS (sizeof heads / sizeof heads[0])

/* The consumers that have claimed the object in one of two ways: to move it, or to watch. */
static const char *claimers(const struct status *s, uint32_t object, bool watch,
			    char text[NAMES_BYTES])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->n_claims && len < NAMES_BYTES; i++) {
		const struct xenav_msg_status_claim *c = &s->claims[i];
		const struct xenav_msg_status_consumer *who = status_consumer(s, c->consumer);
		char fit[WORD_TEXT_BYTES];

		if (c->h.object != object || watch != (c->mode == XENAV_MODE_WATCH))
			continue;
		len += (size_t)snprintf(text + len, NAMES_BYTES - len, "%s%s#%u%s", len ? ", " : "",
					who ? word_text(fit, who->name) : "", c->consumer,
					c->flags & XENAV_STATUS_WAITS ? " (waits)" : "");
	}
	return text[0] ? text : "-";
}

static void add_who(struct table *t, const struct status *s, uint32_t object)
{
	char text[NAMES_BYTES];

	table_add(t, "%s", claimers(s, object, false, text));
	table_add(t, "%s", claimers(s, object, true, text));
}

static const char *or_dash(const char *text)
{
	return text[0] ? text : "-";
}

static void begin_row(struct table *t, const struct status *s,
		      const struct xenav_msg_status_device *d)
{
	const struct xenav_msg_status_guest *g = status_guest(s, d->domid);
	char fit[WORD_TEXT_BYTES];

	table_add(t, "%u", d->domid);
	table_add(t, "%s", or_dash(word_text(fit, g ? g->name : "")));
	table_add(t, "%s %u", word_device(d->kind), d->devid);
}

static void add_stream(struct table *t, const struct status *s,
		       const struct xenav_msg_status_stream *m)
{
	const struct sample_format *format = sample_format_find(m->format);
	char fit[WORD_TEXT_BYTES];

	table_add(t, "%s %u/%u", word_direction(m->direction), m->pcm, m->stream);
	table_add(t, "%s", or_dash(word_text(fit, m->unique_id)));
	if (m->state == XENAV_STATUS_CLOSED)
		table_add(t, "closed");
	else
		table_add(t, "%s, %u Hz, %s, %u channels", word_stream_state(m->state), m->rate_hz,
			  format ? format->name : "unknown", m->channels);
	add_who(t, s, m->h.object);
}

static void add_connector(struct table *t, const struct status *s,
			  const struct xenav_msg_status_connector *m)
{
	char fit[WORD_TEXT_BYTES], fourcc[8];

	table_add(t, "connector %u", m->connector);
	table_add(t, "%s", or_dash(word_text(fit, m->unique_id)));
	if (m->shown_width_px == 0)
		table_add(t, "blank, %ux%u", m->width_px, m->height_px);
	else
		table_add(t, "shows %ux%u, %s", m->shown_width_px, m->shown_height_px,
			  word_fourcc(fourcc, m->fourcc));
	add_who(t, s, m->h.object);
}

static void add_input(struct table *t, const struct status *s,
		      const struct xenav_msg_status_input *m)
{
	char fit[WORD_TEXT_BYTES];

	table_add(t, "input");
	table_add(t, "%s", or_dash(word_text(fit, m->unique_id)));
	table_add(t, "%s%s%s", m->caps & XENAV_INPUT_KEYBOARD ? "keyboard " : "",
		  m->caps & XENAV_INPUT_POINTER ? "pointer " : "",
		  m->caps & XENAV_INPUT_TOUCH ? "touch" : "");
	add_who(t, s, m->h.object);
}

#define ROWS(list, n, add)                                                                         \
	for (size_t i = 0; i < (n); i++)                                                           \
		if ((list)[i].domid == d->domid && (list)[i].devid == d->devid) {                  \
			begin_row(t, s, d);                                                        \
			add(t, s, &(list)[i]);                                                     \
			rows++;                                                                    \
		}

static void add_device(struct table *t, const struct status *s,
		       const struct xenav_msg_status_device *d)
{
	unsigned rows = 0;

	if (d->kind == XENAV_DEVICE_SOUND)
		ROWS(s->streams, s->n_streams, add_stream)
	if (d->kind == XENAV_DEVICE_DISPLAY)
		ROWS(s->connectors, s->n_connectors, add_connector)
	if (d->kind == XENAV_DEVICE_INPUT)
		ROWS(s->inputs, s->n_inputs, add_input)
	if (rows > 0)
		return;
	begin_row(t, s, d);
	table_add(t, "-");
	table_add(t, "-");
	table_add(t, "%s, frontend %s", word_xenbus(d->backend_state),
		  word_xenbus(d->frontend_state));
	table_add(t, "-");
	table_add(t, "-");
}

static int print_table(const struct status *status)
{
	struct table table;

	table_begin(&table, heads, N_HEADS);
	for (size_t i = 0; i < status->n_devices; i++)
		add_device(&table, status, &status->devices[i]);
	if (table_print(&table) < 0)
		return ctl_fail(CTL_TEMPORARY, "out of memory");
	return ctl_flush();
}

int cmd_list(const struct ctl *ctl)
{
	struct status status;
	int rc;

	rc = ctl_look(ctl, ctl->domain, &status);
	if (rc != CTL_OK)
		return rc;
	if (ctl->json) {
		document_print(document_status(&status), 1);
		rc = ctl_flush();
	} else {
		rc = print_table(&status);
	}
	status_free(&status);
	return rc;
}
