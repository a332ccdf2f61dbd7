/* SPDX-License-Identifier: MIT */
/*
 * Attacks of hostile guests and consumers, while a well-behaved guest asks for things and looks at
 * the clock.  Each kind of attacker has a table in a file of its own, which bench-attacks.c lists.
 */
#ifndef XENAVD_BENCH_ATTACKS_H
#define XENAVD_BENCH_ATTACKS_H

#include <stdint.h>

#define ATTACKER_DOMID 77

struct attack {
	const char *name; /* NULL ends a table */
	const char *what;
	const char *config; /* of xenavd, see lab.h */
	/* Make ready.  @return NULL or why it cannot be done; end is called either way. */
	const char *(*begin)(void);
	/* Called again and again, on a thread of its own, while the attack runs; sleeps where
	 * nothing makes it wait.  @return how much was done, in whatever unit: its sum is shown. */
	unsigned (*strike)(void);
	void (*end)(void);
};

extern const struct attack guest_attacks[];
extern const struct attack consumer_attacks[];
extern const struct attack input_attacks[];

#endif
