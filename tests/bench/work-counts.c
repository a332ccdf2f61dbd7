/* SPDX-License-Identifier: MIT */
/* The counts of lockstep.h for each side: the same on every machine, so one repetition is enough.
 */
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

static const char *run(const struct side *side, unsigned column)
{
	const char *problem = NULL;

	for (unsigned t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct lockstep *work = tables[t]; work->name; work++) {
			if (side->is_peer && !work->peer)
				continue;
			problem = count_one(side, column, work);
			if (problem)
				fprintf(stderr, "bench: counts, %s, %s: %s\n", side->name,
					work->name, problem);
		}
	return NULL;
}

const struct work counts_work = {.name = "counts", .once = true, .run = run};
