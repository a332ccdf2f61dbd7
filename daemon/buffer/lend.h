/* SPDX-License-Identifier: MIT */
/*
 * A guest's buffer as it is, for one consumer: a descriptor that stands for the memory itself.
 * What has been lent cannot be taken away, only asked for; so it is counted until the consumer says
 * that it has let go, or is none any more.
 */
#ifndef XENAVD_LEND_H
#define XENAVD_LEND_H

#include <stdint.h>

struct gbuf;

/* All zero, but for fd -1, is nothing lent. */
struct lend {
	uint32_t ways; /* XENAV_WAY_* that may be tried */
	uint32_t way;  /* the one that it is */
	uint16_t domid;
	uint32_t pages; /* that are charged */

	/* What lend_run() reads; only while it does. */
	struct gbuf *gbuf;

	/* What has come of it. */
	int rc;
	int fd; /* to be passed on, then closed by lend_passed() */
	uint64_t offset_bytes;
	uint32_t size_bytes;
};

#define LEND_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/*
 * Prepare to lend the buffer in the best of these ways that there is.
 *
 * @return 0; -EOPNOTSUPP when none of them but a copy is possible, -ENOSPC when too much is lent.
 */
int lend_begin(struct lend *lend, struct gbuf *gbuf, uint32_t ways);

/* On the worker, before any job that unmaps the buffer: make the descriptor, or set rc. */
void lend_run(struct lend *lend);

/* The consumer has its own descriptor now. */
void lend_passed(struct lend *lend);

/* It is given back, or was never given; idempotent. */
void lend_end(struct lend *lend);

#endif
