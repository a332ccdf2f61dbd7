/* SPDX-License-Identifier: MIT */
/* See handouts.h. */
#include <config.h>

#include <stddef.h>

#include "display/handouts.h"

struct handout *handouts_find(struct handouts *handouts, const struct gbuf *gbuf)
{
	for (unsigned i = 0; i < HANDOUTS; i++)
		if (handouts->all[i].state != HANDOUT_FREE && handouts->all[i].gbuf == gbuf)
			return &handouts->all[i];
	return NULL;
}

struct handout *handouts_add(struct handouts *handouts, const struct gbuf *gbuf,
			     enum handout_state state)
{
	for (unsigned i = 0; i < HANDOUTS; i++) {
		if (handouts->all[i].state != HANDOUT_FREE)
			continue;
		handouts->all[i] = (struct handout){
			.state = state,
			.gbuf = gbuf,
			.lend = LEND_INIT,
		};
		return &handouts->all[i];
	}
	return NULL;
}

static bool is_out(const struct handout *handout)
{
	return handout->state == HANDOUT_GIVEN || handout->state == HANDOUT_LEAVING;
}

void handout_free(struct handout *handout)
{
	if (is_out(handout))
		lend_end(&handout->lend);
	handout->state = HANDOUT_FREE;
	handout->gbuf = NULL;
}

uint32_t handout_index(const struct handouts *handouts, const struct handout *handout)
{
	return HANDOUT_FIRST + (uint32_t)(handout - handouts->all);
}

struct handout *handouts_at(struct handouts *handouts, uint32_t index)
{
	struct handout *handout;

	if (index < HANDOUT_FIRST || index >= HANDOUT_FIRST + HANDOUTS)
		return NULL;
	handout = &handouts->all[index - HANDOUT_FIRST];
	return is_out(handout) ? handout : NULL;
}

struct handout *handouts_spare(struct handouts *handouts, uint64_t serial)
{
	struct handout *oldest = NULL;

	for (unsigned i = 0; i < HANDOUTS; i++) {
		struct handout *handout = &handouts->all[i];

		if (handout->state == HANDOUT_FREE || handout->state == HANDOUT_LEAVING)
			return NULL;
		if (handout->state == HANDOUT_MAKING || handout->serial >= serial)
			continue;
		if (!oldest || handout->serial < oldest->serial)
			oldest = handout;
	}
	return oldest;
}

bool handouts_out(const struct handouts *handouts, const struct gbuf *gbuf)
{
	for (unsigned i = 0; i < HANDOUTS; i++)
		if (is_out(&handouts->all[i]) && (!gbuf || handouts->all[i].gbuf == gbuf))
			return true;
	return false;
}
