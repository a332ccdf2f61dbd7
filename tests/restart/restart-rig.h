/* SPDX-License-Identifier: MIT */
/* The rig of tests that restart xenavd under a load: how much of it there is, and guests that are
 * all there. */
#ifndef XENAVD_RESTART_RIG_H
#define XENAVD_RESTART_RIG_H

#include "witness.h"

#define MAX_WITNESSES 16

extern struct witness witnesses[MAX_WITNESSES];
extern unsigned n_witnesses;

/* A number from the environment, or so many; make check has seconds for it, make check-restart has
 * as long as it takes. */
unsigned number_of(const char *name, unsigned otherwise);

/* Start so many guests, and wait until all are up; asserts. */
void witnesses_start(unsigned n, unsigned what);

/* Wait until each has gone on for some rounds; then end them. Asserts that none has noticed
 * anything. */
void witnesses_stop(void);
void witnesses_go_on(void);

/* A problem of any of them so far, or NULL. */
const char *witnesses_problem(void);

/* Random numbers, from XENAV_RESTART_SEED, which is printed. */
unsigned random_below(unsigned n);

/* Lengths of pauses, and what of them is printed. */
struct lengths {
	uint64_t ns[20000];
	unsigned n;
};
void lengths_add(struct lengths *l, uint64_t ns);
uint64_t lengths_percentile(struct lengths *l, unsigned percent); /* sorts them */

#endif
