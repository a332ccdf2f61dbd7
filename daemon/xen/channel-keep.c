/* SPDX-License-Identifier: MIT */
/*
 * See channel-keep.h.  An answer lies in the slot of its request, so the request is lost as soon as
 * the answer is written there.  That is why the journal has the answer, and has it before.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "journal/journal.h"
#include "xen/channel-keep.h"
#include "xen/xen.h"

/* The record JOURNAL_CHANNEL; the channel of its key is the place in the set. */
struct kept_channel {
	struct channel_refs refs;
	uint32_t rsp_prod;
	uint32_t event_prod;
	uint32_t event_base;
	uint32_t event_floor;
	uint8_t answer[RING_SLOT_BYTES]; /* the last one */
};

_Static_assert(sizeof(struct kept_channel) <= JOURNAL_DATA_BYTES, "it fits a record");

static void keep(struct channel *ch, uint32_t rsp_prod)
{
	struct kept_channel kept = {
		.refs = ch->refs,
		.rsp_prod = rsp_prod,
		.event_prod = ch->events.prod,
		.event_base = ch->events.base,
		.event_floor = ch->events.floor,
	};

	if (!ch->kept)
		return;
	memcpy(kept.answer, ch->answer, sizeof kept.answer);
	journal_write(ch->kept, &kept, sizeof kept);
}

void channel_keep_answer(struct channel *ch, const uint8_t rsp[RING_SLOT_BYTES])
{
	memcpy(ch->answer, rsp, sizeof ch->answer);
	keep(ch, ch->ring.rsp_prod + 1);
}

void channel_keep_events(struct channel *ch)
{
	keep(ch, ch->ring.rsp_prod);
}

static struct journal_key key_of(const struct channel_set *set)
{
	return (struct journal_key){
		.type = JOURNAL_CHANNEL,
		.kind = set->kind,
		.domid = set->domid,
		.devid = set->devid,
	};
}

void channel_keep_begin(struct channel_set *set)
{
	struct journal_key key = key_of(set);

	if (set->kind == JOURNAL_NO_DEVICE)
		return;
	for (unsigned i = 0; i < set->n_channels; i++) {
		struct channel *ch = set->channels[i];

		key.channel = (uint16_t)i;
		ch->kept = journal_add(set->xen->journal, &key, NULL, 0);
		keep(ch, ch->ring.rsp_prod);
	}
}

static int recall(struct channel *ch, struct journal_slot *slot)
{
	struct kept_channel kept;

	journal_read(slot, &kept, sizeof kept);
	if (memcmp(&kept.refs, &ch->refs, sizeof kept.refs) != 0)
		return -EINVAL;
	ch->kept = slot;
	ch->ring.rsp_prod = kept.rsp_prod;
	ch->events.prod = kept.event_prod;
	ch->events.base = kept.event_base;
	ch->events.floor = kept.event_floor;
	memcpy(ch->answer, kept.answer, sizeof ch->answer);
	return 0;
}

int channel_set_recall(struct channel_set *set)
{
	const struct journal_key key = key_of(set);
	struct journal_slot *slot = NULL;
	int rc = 0;

	for (unsigned i = 0; i < set->n_channels; i++)
		set->channels[i]->set = set;
	while ((slot = journal_next(set->xen->journal, &key, JOURNAL_CHANNEL, slot)) && rc == 0) {
		const unsigned i = journal_key(slot)->channel;

		rc = -EINVAL;
		if (i < set->n_channels && !set->channels[i]->kept)
			rc = recall(set->channels[i], slot);
	}
	for (unsigned i = 0; i < set->n_channels && rc == 0; i++)
		if (!set->channels[i]->kept)
			rc = -ENOENT;
	set->resumes = rc == 0;
	return rc;
}
