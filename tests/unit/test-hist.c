/* SPDX-License-Identifier: MIT */
/* The histogram of the benches, beside exact percentiles of the same values. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "bench/hist.h"
#include "test.h"

#define N 20000

static struct hist hist;
static uint64_t values[N];

static int compare(const void *a, const void *b)
{
	const uint64_t one = *(const uint64_t *)a;
	const uint64_t other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

static void assert_close(double percent, uint64_t exact)
{
	const uint64_t said = hist_percentile_ns(&hist, percent);

	assert_true(said >= exact);
	assert_true(said - exact <= exact / 100);
}

TEST_ALONE(percentiles_are_exact_within_a_hundredth)
{
	uint64_t x = 1;

	hist_init(&hist);
	for (unsigned i = 0; i < N; i++) {
		/* From nanoseconds to days. */
		x = x * 6364136223846793005u + 1442695040888963407u;
		values[i] = (x >> 16) >> (i % 40);
		hist_record(&hist, values[i]);
	}
	qsort(values, N, sizeof values[0], compare);
	for (unsigned percent = 1; percent < 100; percent++)
		assert_close(percent, values[N / 100 * percent - 1]);
	assert_close(99.9, values[N / 1000 * 999 - 1]);
	assert_int_equal(hist_percentile_ns(&hist, 100), values[N - 1]);
	assert_int_equal(hist.max_ns, values[N - 1]);
	assert_int_equal(hist.min_ns, values[0]);
}

TEST_ALONE(edges_of_the_range_are_counted)
{
	const uint64_t edges[] = {0, 1, 127, 128, 255, 256, UINT64_MAX};

	for (unsigned i = 0; i < sizeof edges / sizeof edges[0]; i++) {
		hist_init(&hist);
		hist_record(&hist, edges[i]);
		assert_int_equal(hist_percentile_ns(&hist, 50), edges[i]);
		assert_int_equal(hist.n, 1);
	}
}

TEST_ALONE(no_values_have_no_percentile)
{
	hist_init(&hist);
	assert_int_equal(hist_percentile_ns(&hist, 99), 0);
}

TEST_ALONE(a_long_wait_stands_for_those_who_could_not_ask)
{
	hist_init(&hist);
	/* 1000, and 900 to 100. */
	hist_record_every(&hist, 1000, 100);
	assert_int_equal(hist.n, 10);
	assert_close(50, 500);
	assert_int_equal(hist.min_ns, 100);
	/* A short one stands for itself. */
	hist_record_every(&hist, 99, 100);
	assert_int_equal(hist.n, 11);
}

TEST_ALONE(histograms_are_added_up)
{
	static struct hist other;

	hist_init(&hist);
	hist_init(&other);
	hist_record(&hist, 10);
	hist_record(&other, 1000000);
	hist_add(&hist, &other);
	assert_int_equal(hist.n, 2);
	assert_int_equal(hist.min_ns, 10);
	assert_int_equal(hist.max_ns, 1000000);
	assert_int_equal(hist_percentile_ns(&hist, 50), 10);
}

TEST_ALONE(percentiles_are_printed_up_to_the_largest_value)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	hist_init(&hist);
	for (unsigned i = 1; i <= 1000; i++)
		hist_record(&hist, i * 1000);
	hist_print(&hist, file);
	fclose(file);
	assert_non_null(strstr(text, "1/(1-Percentile)"));
	assert_non_null(strstr(text, "    1000.000 1.000000000000       1000\n"));
	free(text);
}
