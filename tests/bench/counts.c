/* SPDX-License-Identifier: MIT */
/*
 * bench-counts TABLE [NAME...]: what one request, flip, period, input event or device costs the
 * daemon, in numbers that are the same on every machine, beside those in the table.  It fails if
 * one is more than a twentieth above the table.  With UPDATE=1 in the environment it writes the
 * table anew.  It prints TAP.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lockstep.h"

#define ROWS_MAX 128

/* On a machine that is very busy, each of the many times of one round may have been disturbed. */
#define ROUNDS 10

static const struct lockstep *const tables[] = {request_steps, flip_steps, sound_steps,
						connect_steps};

struct row {
	char name[64];
	double value;
};

static struct row known[ROWS_MAX], found[ROWS_MAX];
static unsigned n_known, n_found;
static unsigned n_tests;
static bool failed;

/* -------- the table -------- */

static const char head[] =
	"# SPDX-License-Identifier: MIT\n"
	"# What the daemon does for one of each, see tests/README.  Written by\n"
	"# make bench-counts UPDATE=1; a change that makes it do more says why.\n";

static int read_table(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];

	if (!file)
		return -1;
	while (n_known < ROWS_MAX && fgets(line, sizeof line, file))
		if (sscanf(line, "%63s %lf", known[n_known].name, &known[n_known].value) == 2 &&
		    line[0] != '#')
			n_known++;
	fclose(file);
	return 0;
}

static int write_table(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -1;
	fputs(head, file);
	for (unsigned i = 0; i < n_found; i++)
		fprintf(file, "%-32s %g\n", found[i].name, found[i].value);
	return fclose(file);
}

static const struct row *find_known(const char *name)
{
	for (unsigned i = 0; i < n_known; i++)
		if (strcmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
}

/* -------- one work -------- */

static void name_row(char *name, size_t size, const struct lockstep *work, enum lock_count count)
{
	const int n = snprintf(name, size, "%s/%s", work->name, lock_count_names[count]);

	for (int i = 0; i < n && (size_t)i < size; i++)
		if (name[i] == ' ')
			name[i] = '-';
}

static double slack(const struct lockstep *work)
{
	return 1 + work->slack_percent / 100.0;
}

static bool is_within(const struct lockstep *work, double value, const struct row *before)
{
	return before && value <= before->value * slack(work);
}

static void compare(const struct lockstep *work, enum lock_count count, double value)
{
	struct row *row = &found[n_found++];
	const struct row *before;
	bool good;

	name_row(row->name, sizeof row->name, work, count);
	row->value = value;
	before = find_known(row->name);
	good = is_within(work, value, before);
	failed |= !good;
	printf("%sok %u - %s: %g for %s", good ? "" : "not ", ++n_tests, row->name, value,
	       work->what);
	if (!before)
		printf(", which the table does not have");
	else if (value != before->value)
		printf(", the table says %g", before->value);
	printf("\n");
	if (before && value * slack(work) < before->value)
		printf("# %s is better than the table: make bench-counts UPDATE=1\n", row->name);
	fflush(stdout);
}

/* -------- rounds -------- */

static bool all_within(const struct lockstep *work, const struct lock_result *result)
{
	char name[sizeof found[0].name];

	for (unsigned c = 0; c < LOCK_COUNTS; c++) {
		if (!(work->counts & LOCK_BIT(c)))
			continue;
		name_row(name, sizeof name, work, c);
		if (!is_within(work, result->counts[c], find_known(name)))
			return false;
	}
	return true;
}

static void take_least(struct lock_result *result, const struct lock_result *other)
{
	for (unsigned c = 0; c < LOCK_COUNTS; c++)
		if (other->counts[c] < result->counts[c])
			result->counts[c] = other->counts[c];
}

/* A daemon that hardly runs gives up xenstored at its start: then once more. */
static const char *run_round(const struct lockstep *work, struct lock_result *result)
{
	const char *problem = lock_run(&side_now, work, result);

	if (!problem || problem == lock_untraced)
		return problem;
	printf("# %s: %s, once more\n", work->name, problem);
	return lock_run(&side_now, work, result);
}

/* What the daemon really does more than the table says, it does in every round. */
static const char *count(const struct lockstep *work, struct lock_result *result)
{
	const char *problem = run_round(work, result);

	for (unsigned i = 1; i < ROUNDS && !problem && !all_within(work, result); i++) {
		struct lock_result again;

		problem = run_round(work, &again);
		take_least(result, &again);
	}
	return problem;
}

static void run(const struct lockstep *work)
{
	struct lock_result result;
	const char *problem = count(work, &result);

	if (problem == lock_untraced) {
		printf("ok %u - %s # SKIP %s\n", ++n_tests, work->name, problem);
		return;
	}
	if (problem) {
		printf("not ok %u - %s: %s\n", ++n_tests, work->name, problem);
		failed = true;
		return;
	}
	for (unsigned c = 0; c < LOCK_COUNTS; c++)
		if (work->counts & LOCK_BIT(c) && n_found < ROWS_MAX)
			compare(work, c, result.counts[c]);
}

static bool is_wanted(const struct lockstep *work, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, work->name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *missing = lab_missing();
	const char *update = getenv("UPDATE");

	if (argc < 2) {
		fprintf(stderr, "usage: bench-counts TABLE [NAME...]\n");
		return 2;
	}
	if (missing) {
		printf("ok 1 - counts # SKIP %s\n1..1\n", missing);
		return 0;
	}
	if (read_table(argv[1]) < 0)
		printf("# There is no table yet\n");
	for (unsigned t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct lockstep *work = tables[t]; work->name; work++)
			if (is_wanted(work, argv + 2))
				run(work);
	printf("1..%u\n", n_tests);
	if (!update || argc > 2 || strcmp(update, "1") != 0)
		return failed;
	if (n_found == 0 || write_table(argv[1]) < 0)
		return 1;
	printf("# Written: %s\n", argv[1]);
	return 0;
}
