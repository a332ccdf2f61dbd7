/* SPDX-License-Identifier: MIT */
/* See rows.h. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "rows.h"

#define ROWS_MAX 512

static struct row rows[ROWS_MAX];
static unsigned n_rows;

void rows_add(struct row row, const char *format, ...)
{
	va_list args;

	if (n_rows == ROWS_MAX)
		return;
	va_start(args, format);
	vsnprintf(row.what, sizeof row.what, format, args);
	va_end(args);
	rows[n_rows++] = row;
}

static bool is_missed(const struct row *row)
{
	return row->has_goal && row->value > row->goal;
}

unsigned rows_missed(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_rows; i++)
		n += is_missed(&rows[i]);
	return n;
}

/* -------- as text -------- */

static void print_number(double value, bool there)
{
	if (there)
		printf(" %11.4g", value);
	else
		printf(" %11s", "");
}

void rows_print_text(void)
{
	printf("%-4s %-64s %-7s %11s %11s %11s %11s %11s\n", "", "", "", "value", "least", "most",
	       "floor", "goal");
	for (unsigned i = 0; i < n_rows; i++) {
		const struct row *row = &rows[i];

		printf("%-4s %-64s %-7s", row->id, row->what, row->unit);
		print_number(row->value, true);
		print_number(row->min, row->n > 0);
		print_number(row->max, row->n > 0);
		print_number(row->floor, row->floor > 0);
		print_number(row->goal, row->has_goal);
		printf("%s\n", is_missed(row) ? "  MISSED" : "");
	}
	fflush(stdout);
}

/* -------- as JSON -------- */

static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '"' || *text == '\\' || (unsigned char)*text < 0x20)
			printf("\\u%04x", (unsigned char)*text);
		else
			putchar(*text);
	putchar('"');
}

static void find_cpu(char *name, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(name, size, "unknown");
	while (file && fgets(line, sizeof line, file)) {
		const char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		snprintf(name, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
		break;
	}
	if (file)
		fclose(file);
}

static void print_machine(void)
{
	struct utsname name = {0};
	char cpu[128];

	find_cpu(cpu, sizeof cpu);
	uname(&name);
	printf(" \"machine\": {\"cpu\": ");
	print_string(cpu);
	printf(", \"cpus\": %ld, \"kernel\": ", sysconf(_SC_NPROCESSORS_ONLN));
	print_string(name.release);
	printf("},\n");
}

static void print_row(const struct row *row)
{
	printf("  {\"id\": ");
	print_string(row->id);
	printf(", \"what\": ");
	print_string(row->what);
	printf(", \"unit\": ");
	print_string(row->unit);
	printf(", \"value\": %.9g", row->value);
	if (row->n > 0)
		printf(", \"min\": %.9g, \"max\": %.9g, \"n\": %u", row->min, row->max, row->n);
	if (row->floor > 0)
		printf(", \"floor\": %.9g", row->floor);
	if (row->has_goal)
		printf(", \"goal\": %.9g", row->goal);
	printf("}");
}

void rows_print_json(const char *bench)
{
	const time_t now = time(NULL);
	struct tm tm = {0};
	char date[32];

	gmtime_r(&now, &tm);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &tm);
	printf("{\"bench\": ");
	print_string(bench);
	printf(", \"xenavd\": ");
	print_string(PACKAGE_VERSION);
	printf(", \"date\": \"%s\",\n", date);
	print_machine();
	printf(" \"rows\": [\n");
	for (unsigned i = 0; i < n_rows; i++) {
		print_row(&rows[i]);
		printf(i + 1 < n_rows ? ",\n" : "\n");
	}
	printf("]}\n");
	fflush(stdout);
}
