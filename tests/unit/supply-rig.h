/* SPDX-License-Identifier: MIT */
/*
 * What the tests of daemon/buffer/pool.c share.  The grants and the worker are here; a buffer has
 * a page of its own for whoever it was granted to, and knows who that was.
 */
#ifndef SUPPLY_RIG_H
#define SUPPLY_RIG_H

#include <stdint.h>

#include "buffer/pool.h"
#include "config/policy.h"

#define TEST(name) TEST_WITH(name, supply_setup, supply_teardown)

struct supply_kernel {
	unsigned n_buffers;
	uint32_t n_pages;
	unsigned n_made;
	unsigned n_imports;  /* now */
	unsigned n_imported; /* ever */
	int import_rc;
	int rc; /* what providing fails with */
	int limit_rc;
	uint32_t limit;
};

extern struct supply_kernel kernel;
extern struct supply *supply;

int supply_setup(void **state);
int supply_teardown(void **state); /* and nothing is left */

/* Let the worker do what it has to do. */
void work(void);

struct guest_info guest_of(uint16_t domid, uint32_t max_pages);

/* Take that much from the guest's pool and fill it; or see what taking it says. */
struct pooled *get(const struct guest_info *guest, uint32_t pages);
int take_rc(const struct guest_info *guest, uint32_t pages);

#endif
