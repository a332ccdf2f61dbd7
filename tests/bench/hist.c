/* SPDX-License-Identifier: MIT */
/* See hist.h.  Values below 128 have a step of their own. */
#include <config.h>

#include <math.h>
#include <string.h>

#include "hist.h"

#define SUB_STEPS (1u << HIST_SUB_BITS)

/* Lines of hist_print() in each half of what is left to 100 %. */
#define TICKS_PER_HALF 5

static unsigned shift_of(uint64_t ns)
{
	const int top = ns < SUB_STEPS ? HIST_SUB_BITS : 63 - __builtin_clzll(ns);

	return (unsigned)(top - HIST_SUB_BITS);
}

static unsigned bucket_of(uint64_t ns)
{
	const unsigned shift = shift_of(ns);

	if (ns < SUB_STEPS)
		return (unsigned)ns;
	return (shift << HIST_SUB_BITS) + (unsigned)(ns >> shift);
}

/* The largest value that is counted there. */
static uint64_t top_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * SUB_STEPS)
		return bucket;
	shift = (bucket >> HIST_SUB_BITS) - 1;
	return (((uint64_t)SUB_STEPS + bucket % SUB_STEPS + 1) << shift) - 1;
}

void hist_init(struct hist *hist)
{
	memset(hist, 0, sizeof *hist);
	hist->min_ns = UINT64_MAX;
}

void hist_record(struct hist *hist, uint64_t ns)
{
	hist->counts[bucket_of(ns)]++;
	hist->n++;
	if (ns > hist->max_ns)
		hist->max_ns = ns;
	if (ns < hist->min_ns)
		hist->min_ns = ns;
}

void hist_record_every(struct hist *hist, uint64_t ns, uint64_t interval_ns)
{
	hist_record(hist, ns);
	if (interval_ns == 0)
		return;
	for (; ns >= 2 * interval_ns; ns -= interval_ns)
		hist_record(hist, ns - interval_ns);
}

void hist_add(struct hist *to, const struct hist *from)
{
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		to->counts[i] += from->counts[i];
	to->n += from->n;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	if (from->min_ns < to->min_ns)
		to->min_ns = from->min_ns;
}

uint64_t hist_percentile_ns(const struct hist *hist, double percent)
{
	const double exact = percent / 100 * (double)hist->n;
	uint64_t wanted = exact > 1 ? (uint64_t)ceil(exact) : 1;

	if (hist->n == 0)
		return 0;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		if (hist->counts[i] >= wanted)
			return top_of(i) < hist->max_ns ? top_of(i) : hist->max_ns;
		wanted -= hist->counts[i];
	}
	return hist->max_ns;
}

static uint64_t count_up_to(const struct hist *hist, uint64_t ns)
{
	uint64_t n = 0;

	for (unsigned i = 0; i <= bucket_of(ns); i++)
		n += hist->counts[i];
	return n;
}

void hist_print(const struct hist *hist, FILE *file)
{
	fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	for (unsigned tick = 0; hist->n > 0; tick++) {
		const unsigned half = tick / TICKS_PER_HALF;
		const double left = ldexp(1, -(int)half);
		const double part = 1 - left + left / 2 * (tick % TICKS_PER_HALF) / TICKS_PER_HALF;
		const uint64_t ns = hist_percentile_ns(hist, part * 100);
		const uint64_t n = count_up_to(hist, ns);

		if (n == hist->n)
			break;
		fprintf(file, "%12.3f %14.12f %10llu %14.2f\n", (double)ns / 1000, part,
			(unsigned long long)n, 1 / (1 - part));
	}
	fprintf(file, "%12.3f %14.12f %10llu\n", (double)hist->max_ns / 1000, 1.0,
		(unsigned long long)hist->n);
}
