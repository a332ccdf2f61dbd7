/* SPDX-License-Identifier: MIT */
/*
 * The two ends of a buffer on the fake machine: a guest and a backend that call
 * libxenshbuf in turns, for the tests of it.
 */
#ifndef TESTS_SHBUF_ENDS_H
#define TESTS_SHBUF_ENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "machine-rig.h"
#include "xenshbuf.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE          4096u
#define CAP           XENSHBUF_MAX_PAGES

/* The fake never uses the handle. */
extern int ends_handle;
#define XGT ((struct xengntdev_handle *)(void *)&ends_handle)

/* Around each test: clear the orders before; check that nothing is granted, mapped or open after.
 */
#define TEST(name) TEST_WITH(name, ends_setup, ends_teardown)
int ends_setup(void **state);
int ends_teardown(void **state);

/* What the machine has no orders for. */
struct ends_orders {
	bool copy_forgets;              /* copies report success as a whole and do nothing */
	void (*on_copy)(uint32_t gref); /* after a page was copied */
};
extern struct ends_orders orders;

/* Calls that can fail, of any kind. */
uint64_t all_calls(void);

/* Is a page mapped to be written to? */
bool any_writable(void);

/* Calls of the guest. */
struct xenshbuf_front *guest_alloc(uint32_t n_pages, int be_alloc);
int guest_map(struct xenshbuf_front *front);
void guest_free(struct xenshbuf_front *front);

/* Map as the backend, read-only and without a limit. */
int backend_map(struct xenshbuf **out, const struct xenshbuf_front *front);
int backend_provide(struct xenshbuf **out, const struct xenshbuf_front *front);

/* Expect that error, and that only the grants of the guest are left. */
void assert_map_fails(const struct xenshbuf_front *front, int expected);
void assert_provide_fails(const struct xenshbuf_front *front, int expected);

/* The i-th directory page as the guest sees it: word 0 is the link, the others are grefs. */
uint32_t *dir_page(const struct xenshbuf_front *front, uint32_t i);

/* A guest on another processor changes each page as soon as it was copied. */
void spoil_page(uint32_t gref);

/* Mark the pages of a buffer, to tell them apart. */
void put_marks(void *data, uint32_t n_pages, uint32_t mark);
void assert_marks(const void *data, uint32_t n_pages, uint32_t mark);

#endif
