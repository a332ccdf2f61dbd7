/* SPDX-License-Identifier: MIT */
/* A journal is read where it was written; the rest of its file is a hole. */
#include <config.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "journal-rig.h"
#include "journal/format.h"
#include "test.h"

#define RECORDS    3000
#define PAGE_BYTES 4096u

#define TEST(name) TEST_WITH(name, journal_rig_setup, journal_rig_teardown)

/* One record in each slot, whose id is the number of the slot. */
static void fill(void)
{
	for (uint64_t i = 0; i < RECORDS; i++) {
		const struct journal_key key = {
			.kind = JOURNAL_SOUND,
			.domid = 1,
			.type = JOURNAL_STREAM,
			.id = i,
		};

		assert_non_null(journal_add(j, &key, &i, sizeof i));
	}
}

/* The records that are there, in order. @return how many. */
static unsigned read_back(bool found[RECORDS])
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	memset(found, 0, RECORDS * sizeof found[0]);
	while ((slot = journal_next_of_all(j, 0, slot))) {
		uint64_t data;

		journal_read(slot, &data, sizeof data);
		assert_int_equal(data, journal_key(slot)->id);
		assert_false(found[data]);
		found[data] = true;
		n++;
	}
	return n;
}

static bool is_outside(uint64_t slot, unsigned from, unsigned to)
{
	return journal_bytes((uint32_t)slot + 1) <= from * PAGE_BYTES ||
	       journal_bytes((uint32_t)slot) >= to * PAGE_BYTES;
}

/* Free these pages of the file, and the records that lie in them. @param from,to numbers of pages
 */
static void punch(unsigned from, unsigned to)
{
	struct journal_slot *slot = NULL;

	while ((slot = journal_next_of_all(j, 0, slot)))
		if (!is_outside(journal_key(slot)->id, from, to))
			journal_remove(slot);
	assert_int_equal(fallocate(fdstore_rig_fd("journal"),
				   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   (off_t)from * PAGE_BYTES, (off_t)(to - from) * PAGE_BYTES),
			 0);
}

TEST(a_file_without_holes_before_its_end_is_read_to_its_last_record)
{
	static bool found[RECORDS];

	fill();
	journal_rig_restart();
	assert_int_equal(read_back(found), RECORDS);
}

TEST(records_before_and_behind_a_hole_are_found_once)
{
	static bool found[RECORDS];
	unsigned n;

	fill();
	punch(2, 300);
	n = read_back(found);
	assert_in_range(n, 2, RECORDS - 1);
	journal_rig_restart();
	assert_int_equal(read_back(found), n);
	assert_true(found[0]);
	assert_true(found[RECORDS - 1]);
}

/* Slots are smaller than pages and lie across their ends. */
TEST(records_between_many_holes_are_found_once)
{
	static bool found[RECORDS];
	unsigned n;

	fill();
	for (unsigned page = 2; page < 300; page += 2)
		punch(page, page + 1);
	n = read_back(found);
	assert_in_range(n, 300, RECORDS - 1);
	journal_rig_restart();
	assert_int_equal(read_back(found), n);
}

TEST(a_journal_that_is_a_hole_has_no_records)
{
	static bool found[RECORDS];

	fill();
	punch(1, (unsigned)(journal_bytes(JOURNAL_SLOTS) / PAGE_BYTES));
	journal_rig_restart();
	assert_int_equal(read_back(found), 0);
	fill();
	assert_int_equal(read_back(found), RECORDS);
}
