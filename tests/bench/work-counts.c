/* SPDX-License-Identifier: MIT */
/* The counts of lockstep.h for each side: the same on every machine, so one repetition is enough.
 * Instructions depend on the compiler and the libraries, so they stand in no table. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "lockstep.h"
#include "work.h"

#define ROWS_MAX 64
#define TEXT_MAX 96

static const struct lockstep *const tables[] = {request_steps, flip_steps, sound_steps,
						connect_steps};

static char texts[ROWS_MAX][TEXT_MAX];
static struct metric metrics[ROWS_MAX];
static unsigned n_metrics;

/* The row of that work and count; made for the first side that asks. */
static const struct metric *row_of(const struct lockstep *work, enum lock_count count)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof text, "%s: %s", work->what, lock_count_names[count]);
	for (unsigned i = 0; i < n_metrics; i++)
		if (strcmp(texts[i], text) == 0)
			return &metrics[i];
	if (n_metrics == ROWS_MAX)
		return NULL;
	memcpy(texts[n_metrics], text, sizeof text);
	metrics[n_metrics] = (struct metric){"", texts[n_metrics], "", 0, 0};
	table_declare(&metrics[n_metrics], 1);
	return &metrics[n_metrics++];
}

static const char *count_one(const struct side *side, unsigned column, const struct lockstep *work)
{
	struct lock_result result;
	const char *problem = lock_run(side, work, &result);

	for (unsigned c = 0; c < LOCK_COUNTS && !problem; c++) {
		const struct metric *row = work->counts & LOCK_BIT(c) ? row_of(work, c) : NULL;

		if (row)
			table_add(row, column, result.counts[c]);
	}
	return problem;
}

/* Instructions of a copy are as many as it has bytes, each a step; a mapping is the fake's work,
 * and a device's life takes minutes. */
static bool can_step(const struct lockstep *work)
{
	const unsigned slow = LOCK_BIT(LOCK_HYPERCALLS) | LOCK_BIT(LOCK_STORE);

	return !(work->counts & slow) && (work->direct || !(work->counts & LOCK_BIT(LOCK_COPIED)));
}

static const char *step_one(const struct side *side, unsigned column, const struct lockstep *work)
{
	struct lock_result result;
	const struct metric *row;
	const char *problem;

	if (!can_step(work))
		return NULL;
	problem = lock_run_stepped(side, work, &result);
	row = problem ? NULL : row_of(work, LOCK_INSTRUCTIONS);
	if (row)
		table_add(row, column, result.counts[LOCK_INSTRUCTIONS]);
	return problem;
}

typedef const char *(*count_fn)(const struct side *, unsigned column, const struct lockstep *);

static const char *run_all(const struct side *side, unsigned column, const char *name,
			   count_fn count)
{
	for (unsigned t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct lockstep *work = tables[t]; work->name; work++) {
			const char *problem;

			if (side->is_peer && !work->peer)
				continue;
			problem = count(side, column, work);
			if (problem)
				fprintf(stderr, "bench: %s, %s, %s: %s\n", name, side->name,
					work->name, problem);
		}
	return NULL;
}

static const char *run(const struct side *side, unsigned column)
{
	return run_all(side, column, "counts", count_one);
}

static const char *run_stepped(const struct side *side, unsigned column)
{
	return run_all(side, column, "instructions", step_one);
}

const struct work counts_work = {.name = "counts", .once = true, .run = run};
const struct work instructions_work = {.name = "instructions", .once = true, .run = run_stepped};
