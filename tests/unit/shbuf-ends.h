/* SPDX-License-Identifier: MIT */
/*
 * The two ends of a buffer on the grants of shbuf-fake.h: a guest and a backend that call
 * libxenshbuf in turns, for the tests of it.
 */
#ifndef TESTS_SHBUF_ENDS_H
#define TESTS_SHBUF_ENDS_H

#include <stdint.h>

#include "shbuf-fake.h"
#include "xenshbuf.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE          4096u
#define CAP           XENSHBUF_MAX_PAGES

/* Never looked into: the fake knows one Xen only. */
extern int ends_handle;
#define XGT ((struct xengntdev_handle *)(void *)&ends_handle)

/* Around each test: orders are forgotten before; nothing may be granted, mapped or open after. */
#define TEST(name) TEST_WITH(name, ends_setup, ends_teardown)
int ends_setup(void **state);
int ends_teardown(void **state);

/* What the guest does. */
struct xenshbuf_front *guest_alloc(uint32_t n_pages, int be_alloc);
int guest_map(struct xenshbuf_front *front);
void guest_free(struct xenshbuf_front *front);

/* What the backend does with it, read-only and without a cap of its own. */
int backend_map(struct xenshbuf **out, const struct xenshbuf_front *front);
int backend_provide(struct xenshbuf **out, const struct xenshbuf_front *front);

/* Refused with that error, and nothing is left but what the guest itself has. */
void assert_map_fails(const struct xenshbuf_front *front, int expected);
void assert_provide_fails(const struct xenshbuf_front *front, int expected);

/* The i-th directory page as the guest sees it: word 0 is the link, the others are grefs. */
uint32_t *dir_page(const struct xenshbuf_front *front, uint32_t i);

/* A guest on another processor: what was copied once says something else at once. */
void spoil_page(uint32_t gref);

/* Tell the pages of a buffer apart. */
void put_marks(void *data, uint32_t n_pages, uint32_t mark);
void assert_marks(const void *data, uint32_t n_pages, uint32_t mark);

#endif
