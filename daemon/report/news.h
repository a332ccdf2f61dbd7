/* SPDX-License-Identifier: MIT */
/*
 * News for consumers that monitor xenavd: every part tells of events, and nobody needs to listen.
 * On the event loop only.
 */
#ifndef XENAVD_NEWS_H
#define XENAVD_NEWS_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "xenav-proto.h"

/* The fields that an event of its kind does not have are zero, see xenav-status.h. */
struct news {
	enum xenav_event_kind kind;
	const void *thing; /* the stream, connector or input device, which consumers know */
	uint32_t value;
	uint32_t consumer; /* its number */
	uid_t uid;         /* of the consumer */
	const char *name;  /* of the consumer; NULL without one */
};

/* Embedded in the part that listens.  All zero: it does not. */
struct news_reader {
	void (*read)(struct news_reader *reader, const struct news *news);
	TAILQ_ENTRY(news_reader) link;
};

/* Call read() for everything that happens from now on. */
void news_add(struct news_reader *reader,
	      void (*read)(struct news_reader *reader, const struct news *news));

/* Idempotent. */
void news_remove(struct news_reader *reader);

void news_tell(const struct news *news);

/* Something happened to an object. */
void news_of(enum xenav_event_kind kind, const void *thing, uint32_t value);

#endif
