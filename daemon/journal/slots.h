/* SPDX-License-Identifier: MIT */
/* The slots of a journal in this process, for the files of this room. */
#ifndef XENAVD_JOURNAL_SLOTS_H
#define XENAVD_JOURNAL_SLOTS_H

#include "journal/format.h"

struct journal_slot {
	struct journal *journal; /* once it was used: others are not even touched at the start */
	struct journal_key key;
	const struct journal_image *past; /* in our own copy of what an earlier process wrote */
	uint32_t seq;
	bool used;
	bool old; /* of an earlier process, and not adopted */
};

struct journal {
	int fd;
	uint8_t *map;              /* shared */
	struct journal_page *past; /* a copy of the slots as an earlier process left them */
	uint32_t n_slots;
	uint32_t n_seen; /* no slot from here on is used */
	uint32_t first_free;
	struct journal_slot *slots;
	uint16_t *n_of_domain; /* records of each domain */
	bool told_full;
};

struct journal_page *slots_page(const struct journal_slot *slot);

/* The slot has a record now. */
void slots_use(struct journal_slot *slot, const struct journal_key *key);

#endif
