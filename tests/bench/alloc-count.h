/* SPDX-License-Identifier: MIT */
/* Shared by the preloaded counter of allocations and whoever counts. */
#ifndef XENAVD_BENCH_ALLOC_COUNT_H
#define XENAVD_BENCH_ALLOC_COUNT_H

/* Names the file that holds the number of allocations, of 64 bits. */
#define ALLOC_COUNT_ENV "XENAV_ALLOC_COUNT"

/* The library that counts, in the build folder. */
#define ALLOC_COUNT_LIBRARY "tests/bench/.libs/libcountalloc.so"

#endif
