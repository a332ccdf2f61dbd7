/* SPDX-License-Identifier: MIT */
/* See families.h.  All samples of a family stand in a row, as OpenMetrics asks. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>

#include "families.h"
#include "words.h"

enum subject { OF_DAEMON, OF_GUEST, OF_STREAM, OF_CONNECTOR, OF_INPUT };

/* How a field is read and printed. */
enum reading {
	AS_U64,
	AS_U32,
	AS_PAGES,   /* a uint32_t of pages, as bytes */
	AS_SECONDS, /* a uint64_t of nanoseconds */
	AS_DRIFT,   /* an int32_t that may be unknown */
	AS_FILL,    /* a uint32_t of frames, as seconds at the rate of the stream */
	AS_STARTED, /* a uint8_t: the state of a stream */
	AS_WAYS,    /* three uint64_t, by way */
};

static const struct family {
	const char *name;
	const char *type;
	const char *help;
	enum subject subject;
	enum reading reading;
	size_t field;
} families[] = {
#define ROW(subject, message, name, type, reading, field, help)                                    \
	{                                                                                          \
		"xenav_" name, type, help, subject, reading,                                       \
			offsetof(struct xenav_msg_status_##message, field)                         \
	}
#define DAEMON(...)    ROW(OF_DAEMON, daemon, __VA_ARGS__)
#define GUEST(...)     ROW(OF_GUEST, guest, __VA_ARGS__)
#define STREAM(...)    ROW(OF_STREAM, stream, __VA_ARGS__)
#define CONNECTOR(...) ROW(OF_CONNECTOR, connector, __VA_ARGS__)
#define INPUT(...)     ROW(OF_INPUT, input, __VA_ARGS__)
	DAEMON("uptime_seconds", "gauge", AS_SECONDS, uptime_ns, "Time since xenavd was started"),
	DAEMON("consumers", "gauge", AS_U32, consumers, "Consumers that are connected"),
	DAEMON("consumers_accepted", "counter", AS_U64, accepted, "Consumers that were accepted"),
	DAEMON("consumers_refused", "counter", AS_U64, refused, "Consumers that were refused"),
	DAEMON("mapped_bytes", "gauge", AS_PAGES, mapped_pages, "Memory of guests that is mapped"),
	DAEMON("lent_bytes", "gauge", AS_PAGES, lent_pages,
	       "Memory of guests that consumers have without a copy"),
	DAEMON("supplied_bytes", "gauge", AS_PAGES, supplied_pages,
	       "Memory that guests have of this domain"),
	GUEST("guest_budget_tokens", "counter", AS_U64, tokens,
	      "Tokens that the guest has spent; one is about ten microseconds"),
	GUEST("guest_budget_tokens_per_second", "gauge", AS_U32, tokens_per_sec,
	      "Tokens that the guest may spend for long"),
	GUEST("guest_budget_waits", "counter", AS_U64, waits,
	      "Times that the guest had to wait for tokens"),
	GUEST("guest_mapped_bytes", "gauge", AS_PAGES, mapped_pages,
	      "Memory of the guest that is mapped"),
	GUEST("guest_copied_bytes", "gauge", AS_PAGES, copied_pages,
	      "Memory in copies of its pictures and sound"),
	GUEST("guest_supplied_bytes", "gauge", AS_PAGES, supplied_pages,
	      "Memory that the guest has of this domain"),
	STREAM("stream_started", "gauge", AS_STARTED, state, "1 while the stream is started"),
	STREAM("stream_requests", "counter", AS_U64, requests, "Requests of the guest"),
	STREAM("stream_openings", "counter", AS_U64, openings, "Times it was opened"),
	STREAM("stream_frames", "counter", AS_U64, frames, "Frames written or read by the guest"),
	STREAM("stream_underruns", "counter", AS_U64, underruns,
	       "Times that it ran dry and the guest went on"),
	STREAM("stream_late_reports", "counter", AS_U64, late_reports,
	       "Times that its driver was late and xenavd's clock replaced it"),
	STREAM("stream_fill_seconds", "gauge", AS_FILL, fill_frames,
	       "Sound that is written and not played, or captured and not read"),
	STREAM("stream_drift_ppm", "gauge", AS_DRIFT, drift_ppm,
	       "How much faster the clock of its driver is"),
	CONNECTOR("connector_requests", "counter", AS_U64, requests, "Requests of the guest"),
	CONNECTOR("connector_flips", "counter", AS_U64, flips, "Page flips of the guest"),
	CONNECTOR("connector_flip_events", "counter", AS_U64, events,
		  "Page flips that are complete"),
	CONNECTOR("connector_frames", "counter", AS_WAYS, frames, "Frames given to consumers"),
	CONNECTOR("connector_copied_bytes", "counter", AS_U64, copied_bytes,
		  "Bytes copied for consumers"),
	INPUT("input_events", "counter", AS_U64, events, "Events sent to the guest"),
	INPUT("input_dropped", "counter", AS_U64, dropped,
	      "Presses dropped because the guest did not read"),
	INPUT("input_waiting", "gauge", AS_U32, waiting, "Keys that the guest has no room for yet"),
};

#define N_FAMILIES (sizeof families / sizeof families[0])

/* -------- labels -------- */

static void print_label(FILE *file, const char *name, const char *value)
{
	char fit[WORD_TEXT_BYTES];

	fprintf(file, "%s=\"", name);
	for (const char *c = word_text(fit, value); *c; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', file);
		fputc(*c, file);
	}
	fputc('"', file);
}

static void print_guest_labels(FILE *file, const struct status *s, uint32_t domid)
{
	const struct xenav_msg_status_guest *g = status_guest(s, domid);

	print_label(file, "domain", g ? g->name : "");
	fputc(',', file);
	print_label(file, "uuid", g ? g->uuid : "");
	fprintf(file, ",domid=\"%u\"", domid);
}

/* One of these, with its labels. */
struct item {
	const void *message;
	const struct xenav_msg_status_guest *guest;
	const struct xenav_msg_status_stream *stream;
	const struct xenav_msg_status_connector *connector;
	const struct xenav_msg_status_input *input;
};

static void print_labels(FILE *file, const struct status *s, const struct item *item)
{
	if (item->guest) {
		print_guest_labels(file, s, item->guest->domid);
	} else if (item->stream) {
		const struct xenav_msg_status_stream *m = item->stream;

		print_guest_labels(file, s, m->domid);
		fprintf(file, ",device=\"vsnd/%u\",stream=\"%u/%u\",direction=\"%s\",", m->devid,
			m->pcm, m->stream, word_direction(m->direction));
		print_label(file, "id", m->unique_id);
	} else if (item->connector) {
		const struct xenav_msg_status_connector *m = item->connector;

		print_guest_labels(file, s, m->domid);
		fprintf(file, ",device=\"vdispl/%u\",connector=\"%u\",", m->devid, m->connector);
		print_label(file, "id", m->unique_id);
	} else if (item->input) {
		print_guest_labels(file, s, item->input->domid);
		fprintf(file, ",device=\"vinput/%u\"", item->input->devid);
	}
}

static void print_name(FILE *file, const struct status *s, const struct family *f,
		       const struct item *item, const char *way)
{
	const int counts = f->type[0] == 'c';

	fprintf(file, "%s%s", f->name, counts ? "_total" : "");
	if (f->subject != OF_DAEMON)
		fputc('{', file);
	print_labels(file, s, item);
	if (way)
		fprintf(file, ",way=\"%s\"", way);
	if (f->subject != OF_DAEMON)
		fputc('}', file);
	fputc(' ', file);
}

/* -------- samples -------- */

static void print_ways(FILE *file, const struct status *s, const struct family *f,
		       const struct item *item)
{
	static const char *const ways[] = {"copy", "direct", "dmabuf"};
	const uint64_t *frames = (const void *)((const char *)item->message + f->field);

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		print_name(file, s, f, item, ways[i]);
		fprintf(file, "%" PRIu64 "\n", frames[i]);
	}
}

static double fill_seconds(const struct xenav_msg_status_stream *m)
{
	return m->rate_hz ? (double)m->fill_frames / m->rate_hz : 0;
}

static void print_sample(FILE *file, const struct status *s, const struct family *f,
			 const struct item *item)
{
	const void *field = (const char *)item->message + f->field;

	if (f->reading == AS_WAYS) {
		print_ways(file, s, f, item);
		return;
	}
	if (f->reading == AS_DRIFT && *(const int32_t *)field == XENAV_DRIFT_UNKNOWN)
		return;
	print_name(file, s, f, item, NULL);
	switch (f->reading) {
	case AS_U64:
		fprintf(file, "%" PRIu64 "\n", *(const uint64_t *)field);
		return;
	case AS_U32:
		fprintf(file, "%" PRIu32 "\n", *(const uint32_t *)field);
		return;
	case AS_PAGES:
		fprintf(file, "%" PRIu64 "\n", *(const uint32_t *)field * UINT64_C(4096));
		return;
	case AS_SECONDS:
		fprintf(file, "%.3f\n", (double)*(const uint64_t *)field / 1e9);
		return;
	case AS_DRIFT:
		fprintf(file, "%" PRId32 "\n", *(const int32_t *)field);
		return;
	case AS_FILL:
		fprintf(file, "%.6f\n", fill_seconds(item->stream));
		return;
	case AS_STARTED:
		fprintf(file, "%d\n", *(const uint8_t *)field == 1 + XENAV_STREAM_STARTED);
		return;
	case AS_WAYS:
		return;
	}
}

#define EACH(list, n, member)                                                                      \
	for (size_t i = 0; i < (n); i++)                                                           \
	print_sample(file, s, f, &(struct item){.message = &(list)[i], .member = &(list)[i]})

static void print_samples(FILE *file, const struct status *s, const struct family *f)
{
	switch (f->subject) {
	case OF_DAEMON:
		print_sample(file, s, f, &(struct item){.message = &s->daemon});
		return;
	case OF_GUEST:
		EACH(s->guests, s->n_guests, guest);
		return;
	case OF_STREAM:
		EACH(s->streams, s->n_streams, stream);
		return;
	case OF_CONNECTOR:
		EACH(s->connectors, s->n_connectors, connector);
		return;
	case OF_INPUT:
		EACH(s->inputs, s->n_inputs, input);
		return;
	}
}

void families_print(FILE *file, const struct status *status)
{
	char fit[WORD_TEXT_BYTES];

	fprintf(file,
		"# HELP xenav_daemon The xenavd that tells this.\n"
		"# TYPE xenav_daemon info\n"
		"xenav_daemon_info{version=\"%s\"} 1\n",
		word_text(fit, status->daemon.version));
	for (size_t i = 0; i < N_FAMILIES; i++) {
		const struct family *f = &families[i];

		fprintf(file, "# HELP %s %s.\n# TYPE %s %s\n", f->name, f->help, f->name, f->type);
		print_samples(file, status, f);
	}
	fputs("# EOF\n", file);
}
