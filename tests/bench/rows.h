/* SPDX-License-Identifier: MIT */
/* What the benches have measured: rows that are printed as a table or as JSON. */
#ifndef XENAVD_BENCH_ROWS_H
#define XENAVD_BENCH_ROWS_H

#include <stdbool.h>
#include <stddef.h>

struct row {
	const char *id;   /* of the work, "L1" */
	const char *unit; /* "us", or "" for a plain number */
	double value;
	/* What follows may be left out, which is 0. */
	double min, max; /* of n runs */
	unsigned n;
	double floor; /* of the same run */
	bool has_goal;
	double goal; /* the most that it should be */
	char what[96];
};

#define AT_MOST(n) .has_goal = true, .goal = (n)

/* Add a row, whose what is printed from the format. */
void rows_add(struct row row, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Rows that are above their goals. */
unsigned rows_missed(void);

/* bench is the name of the program. */
void rows_print_text(void);
void rows_print_json(const char *bench);

#endif
