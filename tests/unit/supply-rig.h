/* SPDX-License-Identifier: MIT */
/*
 * Shared code of the tests of gbuf.c, pool.c and offer.c of daemon/buffer on the fake machine.  The
 * worker is a seam that the rig plays, so that a test decides when a buffer goes back to the
 * kernel.
 */
#ifndef SUPPLY_RIG_H
#define SUPPLY_RIG_H

#include <stdint.h>

#include "buffer/pool.h"
#include "config/policy.h"
#include "machine-rig.h"
#include "xen/xen.h"

#define NEIGHBOUR 4

extern struct supply *supply;
extern struct xen supply_handles;

/* A dma-buf of 128 pages that a consumer offers. */
extern int offered_fd;

int supply_setup(void **state);
int supply_teardown(void **state); /* checks that nothing is left */

/* Run all jobs of the worker. */
void work(void);

/* Buffers of gntalloc that were asked for, and there are; and pages granted, also of offers. */
unsigned made_buffers(void);
unsigned present_buffers(void);
uint32_t granted_pages(void);

struct guest_info guest_of(uint16_t domid, uint32_t max_pages);

/* The empty page directory of that guest. */
uint32_t directory_of(const struct guest_info *guest);

/* Take pages from the guest's pool and fill them; or the result of taking them. */
struct pooled *get(const struct guest_info *guest, uint32_t pages);
int take_rc(const struct guest_info *guest, uint32_t pages);

#endif
