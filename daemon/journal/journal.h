/* SPDX-License-Identifier: MIT */
/*
 * The journal keeps for the next process what Xen and xenstore cannot tell: a memfd in the service
 * manager's fd store with a record for each thing, which a kill at any instruction leaves as it was
 * before or after a write.  A record belongs to one device (or to none, with kind 0).
 *
 * Every function takes NULL for a journal or a slot and does nothing then.  Only the event loop
 * may call them.
 */
#ifndef XENAVD_JOURNAL_H
#define XENAVD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_DATA_BYTES 224u

/* Whose record it is. */
enum journal_kind {
	JOURNAL_NO_DEVICE = 0,
	JOURNAL_SOUND = 1,
	JOURNAL_DISPLAY = 2,
	JOURNAL_INPUT = 3,
	JOURNAL_SUPPLY = 4,
};

/* What it tells of; the numbers are for ever. */
enum journal_type {
	JOURNAL_DEVICE = 1,  /* device/keeping.c; a device without one is not resumed */
	JOURNAL_CHANNEL = 2, /* xen/channel-keep.c */
	/* 16..31 sound/keeping.c */
	JOURNAL_STREAM = 16,
	JOURNAL_VOLUME = 17,
	/* 32..47 display/keeping.c */
	JOURNAL_DBUF = 32,
	JOURNAL_FB = 33,
	JOURNAL_SCREEN = 34,
	/* 48..63 input/keeping.c */
	JOURNAL_KEYS = 48,
	/* 64..79 buffer/keeping.c */
	JOURNAL_BUFFER = 64,
	JOURNAL_CHARGE = 65,
	/* 80..95 consumer/reserve.c */
	JOURNAL_CLAIM = 80,
};

/* Zero what is not needed.  Several records may have the same key. */
struct journal_key {
	uint8_t type;
	uint8_t kind;
	uint16_t domid;
	uint16_t devid;
	uint16_t channel;
	uint64_t id;
};

struct journal;
struct journal_slot;

/*
 * Take over the journal that an earlier process has left, if there is one that can be read, or make
 * a new one, and put it into the fd store.  Logs what is wrong with an old one.
 *
 * @return 0; -ENOTSUP when no descriptor would outlive this process, or another -errno.
 */
int journal_open(struct journal **out);

/* The records stay for the next process. */
void journal_close(struct journal *journal);

/* -------- writing -------- */

/*
 * Add a record.  When the journal is full, which is logged, the device is forgotten as by
 * journal_spoil().
 *
 * @param size at most JOURNAL_DATA_BYTES
 * @return the record, until journal_remove(), or journal_forget() of its device; NULL when the
 * journal is full.
 */
struct journal_slot *journal_add(struct journal *journal, const struct journal_key *key,
				 const void *data, size_t size);

/* Replace the data of a record: a kill leaves the old or the new ones. */
void journal_write(struct journal_slot *slot, const void *data, size_t size);

void journal_remove(struct journal_slot *slot);

/* -------- devices; of a key only kind, domid and devid count -------- */

/* The device cannot be resumed any more: its JOURNAL_DEVICE record is removed. */
void journal_spoil(struct journal *journal, const struct journal_key *device);

/* Remove all records of the device.  Nobody may use them any more. */
void journal_forget(struct journal *journal, const struct journal_key *device);

/* -------- reading what an earlier process has kept -------- */

/*
 * Go through the records of a device.
 *
 * @param type 0: of all types
 * @param after the record to go on behind; NULL: from the first on
 * @return the next one; the caller may write to it and remove it.
 */
struct journal_slot *journal_next(struct journal *journal, const struct journal_key *device,
				  uint8_t type, struct journal_slot *after);

/* Go through all records of a type, of all devices. */
struct journal_slot *journal_next_of_all(struct journal *journal, uint8_t type,
					 struct journal_slot *after);

const struct journal_key *journal_key(const struct journal_slot *slot);

/*
 * Copy the data; what an older version had not yet is 0, and what does not fit is left out.  The
 * copy is sound as a record, but its content is whatever a process wrote.
 */
void journal_read(const struct journal_slot *slot, void *data, size_t size);

/* Did an earlier process write the record?  journal_adopt() ends that for all of a device. */
bool journal_is_old(const struct journal_slot *slot);
void journal_adopt(struct journal *journal, const struct journal_key *device);

/* Remove all records with a kind that nobody has adopted. */
void journal_forget_old(struct journal *journal);

#endif
