/* SPDX-License-Identifier: MIT */
/*
 * The table of `make bench`: a row for each thing that is measured, a column for the floor and for
 * each side, and in each field the values of all repetitions.
 */
#ifndef XENAVD_BENCH_TABLE_H
#define XENAVD_BENCH_TABLE_H

#include <stdio.h>

#define TABLE_COLUMNS 4
#define TABLE_FLOOR   0u

/* A row; static, because the table keeps its address. */
struct metric {
	const char *id; /* of the rules for speed, as P2 */
	const char *what;
	const char *unit;
	/* What ours may be at most, in that of the floor or of somebody else's; 0: nothing is said.
	 */
	double most_of_floor;
	double most_of_peer;
};

/* Name a column; those without a name are not shown. */
void table_name_column(unsigned column, const char *name);

/* Say which column is ours, and which is somebody else's, or 0. */
void table_compare(unsigned ours, unsigned peer);

/* Have rows in that order, before the first value of one of them; metrics side by side. */
void table_declare(const struct metric *metrics, unsigned n);

/* Add a value to a field. */
void table_add(const struct metric *metric, unsigned column, double value);

/* Medians, with the least and the greatest value; ratios; what is more than it may be. */
void table_print(FILE *file);

/*
 * The same as an object:
 *
 *   {"bench": "bench", "version": 1, "date": "...Z", "machine": {...}, "rows": [{"id": "P2",
 *   "what": "...", "unit": "us", "side": "now", "value": 4.6, "min": 4.4, "max": 5.1, "n": 10,
 *   "values": [...], "floor": 4.3, "goal": 5.4}, ...]}
 *
 * with a row for each side; value is the median, goal the most that ours may be by the floor, and
 * what is not known is left out.  A later version only adds members.
 */
void table_print_json(FILE *file);

/* For a qsort() of doubles; the value that so many of a hundred sorted ones do not exceed. */
int table_order(const void *a, const void *b);
double table_percentile(double *values, unsigned n, double percent);

#endif
