/* SPDX-License-Identifier: MIT */
/* See restart-rig.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "restart-rig.h"

#define FIRST_DOMID 100
#define PATIENCE_MS 120000
#define GO_ON       3 /* rounds */

struct witness witnesses[MAX_WITNESSES];
unsigned n_witnesses;

static void __attribute__((constructor)) be_managed(void)
{
	rig_managed = true;
	rig_nice = -10; /* as the unit has it */
}

unsigned number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)atoi(text) : otherwise;
}

unsigned random_below(unsigned n)
{
	static bool seeded;

	if (!seeded) {
		const unsigned seed = number_of("XENAV_RESTART_SEED", (unsigned)time(NULL));

		print_message("# XENAV_RESTART_SEED=%u\n", seed);
		srand(seed);
		seeded = true;
	}
	return n ? (unsigned)rand() % n : 0;
}

/* -------- guests -------- */

const char *witnesses_problem(void)
{
	for (unsigned i = 0; i < n_witnesses; i++)
		if (witnesses[i].failed)
			return witnesses[i].problem;
	return NULL;
}

static void wait_for(bool (*is_so)(struct witness *w))
{
	const uint64_t until = now_ns() + PATIENCE_MS * NS_PER_MS;

	for (unsigned i = 0; i < n_witnesses; i++)
		while (!is_so(&witnesses[i]) && !witnesses_problem() && now_ns() < until)
			usleep(2000);
}

static bool is_up(struct witness *w)
{
	return w->up;
}

void witnesses_start(unsigned n, unsigned what)
{
	for (n_witnesses = 0; n_witnesses < n; n_witnesses++)
		witness_start(&witnesses[n_witnesses], (uint16_t)(FIRST_DOMID + n_witnesses), what);
	wait_for(is_up);
}

static unsigned seen[MAX_WITNESSES];

static bool has_gone_on(struct witness *w)
{
	return w->rounds >= seen[w - witnesses] + GO_ON;
}

void witnesses_go_on(void)
{
	for (unsigned i = 0; i < n_witnesses; i++)
		seen[i] = witnesses[i].rounds;
	wait_for(has_gone_on);
}

void witnesses_stop(void)
{
	const char *first = NULL;

	witnesses_go_on();
	for (unsigned i = 0; i < n_witnesses; i++)
		witnesses[i].stop = true;
	for (unsigned i = 0; i < n_witnesses; i++) {
		const char *problem = witness_stop(&witnesses[i]);

		if (problem)
			print_message("# %s\n", problem);
		first = first ? first : problem;
	}
	n_witnesses = 0;
	if (first)
		fail_msg("%s", first);
}

/* -------- lengths -------- */

void lengths_add(struct lengths *l, uint64_t ns)
{
	if (ns > 0 && l->n < sizeof l->ns / sizeof l->ns[0])
		l->ns[l->n++] = ns;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t lengths_percentile(struct lengths *l, unsigned percent)
{
	if (l->n == 0)
		return 0;
	qsort(l->ns, l->n, sizeof l->ns[0], compare);
	return l->ns[(size_t)(l->n - 1) * percent / 100];
}
