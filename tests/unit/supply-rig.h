/* SPDX-License-Identifier: MIT */
/*
 * Shared code of the tests of daemon/buffer/pool.c and offer.c.  It fakes the grants and the
 * worker; a buffer knows the domain it was granted to.
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
	int rc; /* error of providing */
	int limit_rc;
	uint32_t limit;
};

extern struct supply_kernel kernel;
extern struct supply *supply;

int supply_setup(void **state);
int supply_teardown(void **state); /* checks that nothing is left */

/* Run all jobs of the worker. */
void work(void);

struct guest_info guest_of(uint16_t domid, uint32_t max_pages);

/* Take pages from the guest's pool and fill them; or the result of taking them. */
struct pooled *get(const struct guest_info *guest, uint32_t pages);
int take_rc(const struct guest_info *guest, uint32_t pages);

#endif
