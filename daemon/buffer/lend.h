/* SPDX-License-Identifier: MIT */
/*
 * Lend a guest's buffer itself to a consumer, as a descriptor.  The consumer can be asked to return
 * it, not forced, so the pages are charged until the consumer has returned them or is gone.
 */
#ifndef XENAVD_LEND_H
#define XENAVD_LEND_H

#include <stdint.h>

struct gbuf;

struct lend {
	uint32_t ways; /* XENAV_WAY_* to try */
	uint32_t way;  /* chosen by lend_run() */
	uint16_t domid;
	uint32_t pages;    /* charged */
	struct gbuf *gbuf; /* until lend_passed() */

	/* Results of lend_run(). */
	int rc;
	int fd; /* closed by lend_passed() */
	uint64_t offset_bytes;
	uint32_t size_bytes;
};

#define LEND_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Prepare to lend the buffer in one of these ways.  @return 0; -EOPNOTSUPP when none of them is
 * possible, -ENOSPC when too many pages are lent, -ENOMEM. */
int lend_begin(struct lend *lend, struct gbuf *gbuf, uint32_t ways);

/* Make the descriptor or set rc; on the worker, before any job that unmaps the buffer. */
void lend_run(struct lend *lend);

/* The consumer has the descriptor: close our own. */
void lend_passed(struct lend *lend);

/* The consumer returned the buffer, or never got it.  Idempotent. */
void lend_end(struct lend *lend);

#endif
