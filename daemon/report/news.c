/* SPDX-License-Identifier: MIT */
/* See news.h. */
#include <config.h>

#include <stddef.h>

#include "report/news.h"

static TAILQ_HEAD(, news_reader) readers = TAILQ_HEAD_INITIALIZER(readers);

void news_add(struct news_reader *reader,
	      void (*read)(struct news_reader *reader, const struct news *news))
{
	if (!reader->read)
		TAILQ_INSERT_TAIL(&readers, reader, link);
	reader->read = read;
}

void news_remove(struct news_reader *reader)
{
	if (!reader->read)
		return;
	reader->read = NULL;
	TAILQ_REMOVE(&readers, reader, link);
}

void news_tell(const struct news *news)
{
	struct news_reader *reader;

	TAILQ_FOREACH (reader, &readers, link)
		reader->read(reader, news);
}

void news_of(enum xenav_event_kind kind, const void *thing, uint32_t value)
{
	news_tell(&(struct news){.kind = kind, .thing = thing, .value = value});
}
