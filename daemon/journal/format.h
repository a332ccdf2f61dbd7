/* SPDX-License-Identifier: MIT */
/*
 * The journal as it lies in its memfd: a header and slots, each with one record.  Both are read as
 * input of a stranger: the process that wrote them may have been compromised, or killed at any
 * instruction.
 *
 * A slot has two images of its record.  A record is written to the image that is not in force, and
 * then put into force by one store of 64 bits; so after a kill the old or the new one is there, and
 * a checksum that is wrong is damage, never an interrupted write.
 *
 * What is in the data of a record is told in the file of its kind, for example sound/keeping.c.
 * Later versions add fields at the end of it.  A field that is missing is read as 0, which has to
 * mean what the version without the field did.
 */
#ifndef XENAVD_JOURNAL_FORMAT_H
#define XENAVD_JOURNAL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/journal.h"

/* Raised whenever a record gets a field: 2 added the tags of contacts.  Version 0 was never
 * released. */
#define JOURNAL_VERSION        2u
#define JOURNAL_OLDEST_VERSION 0u

#define JOURNAL_SLOTS        16384u
#define JOURNAL_HEADER_BYTES 4096u

struct journal_header {
	char magic[8];
	uint32_t slot_bytes;
	uint32_t n_slots;
	uint64_t version; /* and, in the high half, the checksum of this with the high half 0 */
	uint8_t reserved[JOURNAL_HEADER_BYTES - 24];
};

struct journal_image {
	uint32_t crc; /* of the rest, as far as the data goes */
	uint32_t seq;
	uint16_t size; /* of data */
	uint16_t reserved[3];
	struct journal_key key;
	uint8_t data[JOURNAL_DATA_BYTES];
};

struct journal_page {
	uint64_t commit; /* 0: free; seq of the image in force, and its complement above */
	uint32_t key_crc;
	uint32_t reserved;
	struct journal_key key; /* tells the device when an image is damaged */
	struct journal_image images[2];
};

_Static_assert(sizeof(struct journal_header) == JOURNAL_HEADER_BYTES, "the header fills a page");
_Static_assert(sizeof(struct journal_key) == 16, "keys have no padding");
_Static_assert(sizeof(struct journal_image) == 32 + JOURNAL_DATA_BYTES, "nor have images");
_Static_assert(sizeof(struct journal_page) == 32 + 2 * sizeof(struct journal_image), "nor slots");

size_t journal_bytes(uint32_t n_slots);

void journal_header_write(struct journal_header *header, uint32_t version, uint32_t n_slots);

/* @return 0; -EINVAL when this is no journal; -EPROTONOSUPPORT for a version that is not known. */
int journal_header_check(const struct journal_header *header, size_t size);

enum page_state {
	PAGE_FREE,
	PAGE_GOOD,
	PAGE_DAMAGED, /* the key tells of what */
	PAGE_LOST,    /* nothing is known of it */
};

/* Look at our own copy of a slot. @param image the one in force, or, when damaged, NULL */
enum page_state journal_page_check(const struct journal_page *page, struct journal_key *key,
				   const struct journal_image **image);

/* Begin a record in a free slot, which stays free. */
void journal_page_begin(struct journal_page *page, const struct journal_key *key);

/* Write the record and put it into force.  seq is another than that of the record before. */
void journal_page_write(struct journal_page *page, const struct journal_key *key, uint32_t seq,
			const void *data, uint16_t size);

void journal_page_free(struct journal_page *page);

#endif
