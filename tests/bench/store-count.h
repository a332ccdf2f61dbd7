/* SPDX-License-Identifier: MIT */
/*
 * Counts what a daemon asks of xenstored: a process of its own between the two, to which the daemon
 * is sent by XENSTORED_PATH, passes everything on as it is.
 */
#ifndef XENAVD_BENCH_STORE_COUNT_H
#define XENAVD_BENCH_STORE_COUNT_H

#include <stdint.h>
#include <sys/types.h>

/* The kinds of requests, as xs_wire.h numbers them. */
#define STORE_COUNT_TYPES 32

/*
 * Listen at path and pass on to the socket of xenstored.
 *
 * @return the process or -errno.
 */
pid_t store_count_start(const char *path, const char *xenstored_path);
void store_count_stop(void);

/* Requests up to now: of all kinds, of one kind. */
uint64_t store_count_all(void);
uint64_t store_count_of(unsigned type);

#endif
