/* SPDX-License-Identifier: MIT */
/* Times of one kind, with a sign, and how they are spread. */
#ifndef XENAVD_BENCH_SPREAD_H
#define XENAVD_BENCH_SPREAD_H

#define SPREAD_MAX 100000u

struct spread {
	unsigned n;
	double ms[SPREAD_MAX];
};

/* Add a time; those beyond SPREAD_MAX are left out. */
void spread_add(struct spread *spread, double ms);

/* To be called once all are there. */
void spread_sort(struct spread *spread);

/* The time that so many of a hundred do not exceed; 0 without times. */
double spread_at(const struct spread *spread, unsigned percent);

#endif
