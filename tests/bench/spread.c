/* SPDX-License-Identifier: MIT */
/* See spread.h. */
#include <config.h>

#include <stdlib.h>

#include "bench/spread.h"

void spread_add(struct spread *spread, double ms)
{
	if (spread->n < SPREAD_MAX)
		spread->ms[spread->n++] = ms;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void spread_sort(struct spread *spread)
{
	qsort(spread->ms, spread->n, sizeof *spread->ms, compare);
}

double spread_at(const struct spread *spread, unsigned percent)
{
	return spread->n > 0 ? spread->ms[(spread->n - 1) * percent / 100] : 0;
}
