/* SPDX-License-Identifier: MIT */
/* See table.h. */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "table.h"

#define ROWS_MAX   128
#define VALUES_MAX 64

struct field {
	unsigned n;
	double values[VALUES_MAX];
};

struct row {
	const struct metric *metric;
	struct field fields[TABLE_COLUMNS];
};

static struct row rows[ROWS_MAX];
static unsigned n_rows;
static const char *names[TABLE_COLUMNS];
static unsigned our_column, peer_column;

void table_name_column(unsigned column, const char *name)
{
	names[column] = name;
}

void table_compare(unsigned ours, unsigned peer)
{
	our_column = ours;
	peer_column = peer;
}

void table_declare(const struct metric *metrics, unsigned n)
{
	for (unsigned i = 0; i < n && n_rows < ROWS_MAX; i++)
		rows[n_rows++].metric = &metrics[i];
}

void table_add(const struct metric *metric, unsigned column, double value)
{
	struct field *field;
	unsigned i = 0;

	while (i < n_rows && rows[i].metric != metric)
		i++;
	if (i == n_rows)
		return;
	field = &rows[i].fields[column];
	if (field->n < VALUES_MAX)
		field->values[field->n++] = value;
}

/* -------- statistics -------- */

int table_order(const void *a, const void *b)
{
	const double one = *(const double *)a;
	const double other = *(const double *)b;

	return (one > other) - (one < other);
}

double table_percentile(double *values, unsigned n, double percent)
{
	if (n == 0)
		return 0;
	qsort(values, n, sizeof *values, table_order);
	return values[(unsigned)((n - 1) * percent / 100 + 0.5)];
}

struct summary {
	bool known;
	double median, min, max;
};

static struct summary summarize(const struct field *field)
{
	struct field copy = *field;
	struct summary summary = {.known = copy.n > 0};

	if (copy.n == 0)
		return summary;
	summary.median = table_percentile(copy.values, copy.n, 50);
	summary.min = copy.values[0];
	summary.max = copy.values[copy.n - 1];
	return summary;
}

/* -------- text -------- */

static void print_number(FILE *file, double value)
{
	if (value >= 1000)
		fprintf(file, "%.0f", value);
	else
		fprintf(file, "%.3g", value);
}

static void print_field(FILE *file, const struct field *field)
{
	const struct summary s = summarize(field);
	char text[64] = "-";
	char *at = text;
	FILE *out;

	if (s.known) {
		out = fmemopen(text, sizeof text, "w");
		print_number(out, s.median);
		fputs(" (", out);
		print_number(out, s.min);
		fputs("..", out);
		print_number(out, s.max);
		fputc(')', out);
		fclose(out);
	}
	fprintf(file, " %22s", at);
}

static void print_ratio(FILE *file, const char *to, double ratio, double most)
{
	fprintf(file, "  x%.2f of %s", ratio, to);
	if (most > 0)
		fprintf(file, ratio <= most ? " (at most %.2f: yes)" : " (at most %.2f: NO)", most);
}

static void print_row(FILE *file, const struct row *row)
{
	const struct metric *metric = row->metric;
	const struct summary ours = summarize(&row->fields[our_column]);

	fprintf(file, "%-4s %-52s %-6s", metric->id, metric->what, metric->unit);
	for (unsigned c = 0; c < TABLE_COLUMNS; c++)
		if (names[c])
			print_field(file, &row->fields[c]);
	for (unsigned c = 0; c < TABLE_COLUMNS && ours.known; c++) {
		const struct summary other = summarize(&row->fields[c]);

		if (c == our_column || !other.known || other.median <= 0)
			continue;
		print_ratio(file, names[c], ours.median / other.median,
			    c == TABLE_FLOOR                  ? metric->most_of_floor
			    : c == peer_column && peer_column ? metric->most_of_peer
							      : 0);
	}
	fputc('\n', file);
}

void table_print(FILE *file)
{
	fprintf(file, "%-4s %-52s %-6s", "", "median (least..greatest)", "");
	for (unsigned c = 0; c < TABLE_COLUMNS; c++)
		if (names[c])
			fprintf(file, " %22s", names[c]);
	fputc('\n', file);
	for (unsigned i = 0; i < n_rows; i++)
		print_row(file, &rows[i]);
}

/* -------- JSON -------- */

/* The texts are ours, but for the name of the processor. */
static void print_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++)
		if (*text >= ' ' && *text != '"' && *text != '\\')
			fputc(*text, file);
	fputc('"', file);
}

static void print_machine(FILE *file)
{
	char model[128] = "unknown";
	struct utsname uts = {.release = "unknown"};
	char line[256];
	FILE *info = fopen("/proc/cpuinfo", "re");

	while (info && fgets(line, sizeof line, info))
		if (sscanf(line, "model name : %127[^\n]", model) == 1)
			break;
	if (info)
		fclose(info);
	uname(&uts);
	fputs("{\"cpu\": ", file);
	print_string(file, model);
	fprintf(file, ", \"cpus\": %ld, \"kernel\": ", sysconf(_SC_NPROCESSORS_ONLN));
	print_string(file, uts.release);
	fputc('}', file);
}

static void print_json_row(FILE *file, const struct row *row, unsigned column, bool *first)
{
	const struct metric *metric = row->metric;
	const struct field *field = &row->fields[column];
	const struct summary s = summarize(field);
	const struct summary floor = summarize(&row->fields[TABLE_FLOOR]);

	if (!s.known)
		return;
	fprintf(file, "%s\n    {\"id\": \"%s\", \"what\": \"%s\", \"unit\": \"%s\", \"side\": ",
		*first ? "" : ",", metric->id, metric->what, metric->unit);
	*first = false;
	print_string(file, names[column]);
	fprintf(file, ", \"value\": %.6g, \"min\": %.6g, \"max\": %.6g, \"n\": %u, \"values\": [",
		s.median, s.min, s.max, field->n);
	for (unsigned i = 0; i < field->n; i++)
		fprintf(file, "%s%.6g", i ? ", " : "", field->values[i]);
	fputc(']', file);
	if (floor.known)
		fprintf(file, ", \"floor\": %.6g", floor.median);
	if (floor.known && metric->most_of_floor > 0)
		fprintf(file, ", \"goal\": %.6g", floor.median * metric->most_of_floor);
	fputc('}', file);
}

void table_print_json(FILE *file)
{
	const time_t now = time(NULL);
	bool first = true;
	char date[32];

	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	fprintf(file,
		"{\"bench\": \"bench\", \"version\": 1, \"xenavd\": \"%s\", \"date\": \"%s\",",
		PACKAGE_VERSION, date);
	fputs("\n  \"machine\": ", file);
	print_machine(file);
	fputs(",\n  \"rows\": [", file);
	for (unsigned i = 0; i < n_rows; i++)
		for (unsigned c = 1; c < TABLE_COLUMNS; c++)
			if (names[c])
				print_json_row(file, &rows[i], c, &first);
	fputs("\n  ]}\n", file);
}
