/* SPDX-License-Identifier: MIT */
/* See keeping.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "input/keeping.h"
#include "journal/journal.h"

_Static_assert(sizeof(struct kept_input) == sizeof(struct input_keys) + 24 + INPUT_CONTACTS,
	       "a record has no padding");
_Static_assert(sizeof(struct kept_input) <= JOURNAL_DATA_BYTES, "it fits");
_Static_assert(INPUT_CONTACTS <= 32, "a bit for each contact");

/* -------- the record -------- */

void kept_input_take(struct kept_input *kept, const struct input_state *state, uint32_t prod,
		     unsigned n_feeders)
{
	memset(kept, 0, sizeof *kept);
	for (unsigned i = 0; i < INPUT_WORDS; i++)
		kept->down.words[i] = state->sent.words[i] | state->stale.words[i];
	for (unsigned i = 0; i < state->caps.contacts; i++) {
		kept->tags[i] = state->contacts[i].tag;
		if (state->contacts[i].sent || state->contacts[i].lifted)
			kept->contacts |= 1u << i;
	}
	kept->unsynced = state->unsynced;
	kept->x = state->x;
	kept->y = state->y;
	kept->prod = prod;
	kept->n_feeders = n_feeders;
}

static bool keys_fit(const struct input_keys *down, const struct input_caps *caps)
{
	for (unsigned code = 0; code < INPUT_KEYS; code++)
		if (input_keys_has(down, code) && !input_key_allowed(caps, code))
			return false;
	return true;
}

int kept_input_check(const struct kept_input *kept, const struct input_caps *caps)
{
	if (!keys_fit(&kept->down, caps) || kept->unsynced > 1 ||
	    (uint64_t)kept->contacts >> caps->contacts != 0)
		return -EINVAL;
	if (kept->x < 0 || kept->y < 0 || (uint32_t)kept->x > caps->width ||
	    (uint32_t)kept->y > caps->height)
		return -EINVAL;
	return 0;
}

/* -------- in the journal -------- */

static struct journal_key key_of(uint16_t domid, uint16_t devid)
{
	return (struct journal_key){
		.type = JOURNAL_KEYS,
		.kind = JOURNAL_INPUT,
		.domid = domid,
		.devid = devid,
	};
}

struct journal_slot *keeping_input_begin(struct journal *journal, uint16_t domid, uint16_t devid,
					 const struct kept_input *kept)
{
	const struct journal_key key = key_of(domid, devid);

	return journal_add(journal, &key, kept, sizeof *kept);
}

void keeping_input_write(struct journal_slot *slot, const struct kept_input *kept)
{
	journal_write(slot, kept, sizeof *kept);
}

int keeping_input_find(struct journal *journal, uint16_t domid, uint16_t devid,
		       const struct input_caps *caps, struct kept_input *kept,
		       struct journal_slot **slot)
{
	const struct journal_key key = key_of(domid, devid);
	struct journal_slot *found = journal_next(journal, &key, JOURNAL_KEYS, NULL);

	if (!found)
		return -ENOENT;
	if (journal_next(journal, &key, JOURNAL_KEYS, found))
		return -EINVAL;
	journal_read(found, kept, sizeof *kept);
	*slot = found;
	return kept_input_check(kept, caps);
}
