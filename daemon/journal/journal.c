/* SPDX-License-Identifier: MIT */
/* See journal.h. */
#include <config.h>

#include <string.h>

#include "journal/slots.h"
#include "report/log.h"

/* A guest may not use up the room of the others. */
#define MAX_OF_DOMAIN (JOURNAL_SLOTS / 4)

/* -------- slots -------- */

struct journal_page *slots_page(const struct journal_slot *slot)
{
	struct journal *journal = slot->journal;
	const size_t index = (size_t)(slot - journal->slots);

	return (struct journal_page *)(void *)(journal->map + JOURNAL_HEADER_BYTES) + index;
}

void slots_use(struct journal_slot *slot, const struct journal_key *key)
{
	struct journal *journal = slot->journal;
	const uint32_t index = (uint32_t)(slot - journal->slots);

	slot->used = true;
	slot->key = *key;
	journal->n_of_domain[key->domid]++;
	if (index >= journal->n_seen)
		journal->n_seen = index + 1;
}

static struct journal_slot *find_free(struct journal *journal)
{
	while (journal->first_free < journal->n_slots) {
		struct journal_slot *slot = &journal->slots[journal->first_free++];

		slot->journal = journal;
		if (!slot->used)
			return slot;
	}
	return NULL;
}

struct journal_slot *journal_add(struct journal *journal, const struct journal_key *key,
				 const void *data, size_t size)
{
	struct journal_slot *slot = NULL;

	if (!journal)
		return NULL;
	if (size <= JOURNAL_DATA_BYTES && journal->n_of_domain[key->domid] < MAX_OF_DOMAIN)
		slot = find_free(journal);
	if (!slot) {
		if (!journal->told_full)
			log_warn("The journal has no room: guests will notice the next restart");
		journal->told_full = true;
		journal_spoil(journal, key);
		return NULL;
	}
	slots_use(slot, key);
	slot->old = false;
	slot->past = NULL;
	journal_page_begin(slots_page(slot), key);
	journal_page_write(slots_page(slot), key, ++slot->seq, data, (uint16_t)size);
	return slot;
}

void journal_write(struct journal_slot *slot, const void *data, size_t size)
{
	if (!slot || !slot->used || size > JOURNAL_DATA_BYTES)
		return;
	slot->past = NULL;
	journal_page_write(slots_page(slot), &slot->key, ++slot->seq, data, (uint16_t)size);
}

void journal_remove(struct journal_slot *slot)
{
	struct journal *journal;
	uint32_t index;

	if (!slot || !slot->used)
		return;
	journal = slot->journal;
	index = (uint32_t)(slot - journal->slots);
	journal_page_free(slots_page(slot));
	slot->used = false;
	slot->old = false;
	slot->past = NULL;
	journal->n_of_domain[slot->key.domid]--;
	if (index < journal->first_free)
		journal->first_free = index;
}

/* -------- devices -------- */

static bool is_of(const struct journal_slot *slot, const struct journal_key *device)
{
	return slot->key.kind == device->kind && slot->key.domid == device->domid &&
	       slot->key.devid == device->devid;
}

static struct journal_slot *next(struct journal *journal, const struct journal_key *device,
				 uint8_t type, struct journal_slot *after)
{
	struct journal_slot *slot;

	if (!journal)
		return NULL;
	for (slot = after ? after + 1 : journal->slots; slot < journal->slots + journal->n_seen;
	     slot++)
		if (slot->used && (type == 0 || slot->key.type == type) &&
		    (!device || is_of(slot, device)))
			return slot;
	return NULL;
}

struct journal_slot *journal_next(struct journal *journal, const struct journal_key *device,
				  uint8_t type, struct journal_slot *after)
{
	return next(journal, device, type, after);
}

struct journal_slot *journal_next_of_all(struct journal *journal, uint8_t type,
					 struct journal_slot *after)
{
	return next(journal, NULL, type, after);
}

void journal_spoil(struct journal *journal, const struct journal_key *device)
{
	struct journal_slot *slot = NULL;

	if (device->kind == JOURNAL_NO_DEVICE)
		return;
	while ((slot = next(journal, device, JOURNAL_DEVICE, slot)))
		journal_remove(slot);
}

void journal_forget(struct journal *journal, const struct journal_key *device)
{
	struct journal_slot *slot = NULL;

	/* First, so that a kill leaves no device with a part of its records. */
	journal_spoil(journal, device);
	while ((slot = next(journal, device, 0, slot)))
		journal_remove(slot);
}

void journal_adopt(struct journal *journal, const struct journal_key *device)
{
	struct journal_slot *slot = NULL;

	while ((slot = next(journal, device, 0, slot)))
		slot->old = false;
}

void journal_forget_old(struct journal *journal)
{
	struct journal_slot *slot = NULL;

	while ((slot = next(journal, NULL, 0, slot)))
		if (slot->old && slot->key.kind != JOURNAL_NO_DEVICE)
			journal_remove(slot);
}

const struct journal_key *journal_key(const struct journal_slot *slot)
{
	return &slot->key;
}

bool journal_is_old(const struct journal_slot *slot)
{
	return slot->old;
}

void journal_read(const struct journal_slot *slot, void *data, size_t size)
{
	const struct journal_image *image = slot->past;
	size_t n;

	if (!image)
		image = &slots_page(slot)->images[slot->seq & 1];
	/* Read once: others may have the memfd. */
	n = *(const volatile uint16_t *)&image->size;
	n = n < size ? n : size;
	memset(data, 0, size);
	memcpy(data, image->data, n);
}
