/* SPDX-License-Identifier: MIT */
/* The memory in which consumers hear a playback stream: whose it is, and what it shows. */
#include <config.h>

#include <string.h>
#include <sys/mman.h>

#include "buffer/account.h"
#include "buffer/ledger.h"
#include "test.h"
#include "watch-rig.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(those_of_one_user_hear_the_same_memory)
{
	claim();
	watch(&watchers[0]);
	assert_int_equal(rig_open(), 0);
	watch(&watchers[1]);
	assert_int_equal(watchers[0].ino, watchers[1].ino);
	for (uint64_t at = 0; at < RIG_BUFFER; at += RIG_PERIOD) {
		assert_int_equal(rig_write(at, RIG_PERIOD), 0);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(watchers[i].data_start, at);
			assert_int_equal(watchers[i].data_end, at + RIG_PERIOD);
		}
		assert_int_equal(rig.ring[at], rig_pattern(at));
	}
	/* The claimant's own is this memory, too. */
	((uint8_t *)rig.stream.rings[0].copy.mem.data)[5] = 0x5a;
	assert_int_equal(rig.ring[5], 0x5a);
	assert_int_equal(watchers[0].ring[5], 0x5a);
	assert_int_equal(watchers[1].ring[5], 0x5a);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(watchers[0].n_closed + watchers[1].n_closed + rig.n_closed, 3);
}

/* A kept ring is charged to an account, which has to be that of its own user. */
TEST(users_share_no_memory)
{
	static const uid_t uids[] = {1000, 1000, 1001};

	claim();
	for (unsigned i = 0; i < 3; i++) {
		watchers[i].uid = uids[i];
		watch(&watchers[i]);
	}
	assert_int_equal(rig_open(), 0);
	assert_int_equal(watchers[0].ino, watchers[1].ino);
	assert_int_not_equal(watchers[0].ino, watchers[2].ino);
	assert_int_equal(account_held_pages(0), account_held_pages(1000));
	assert_int_equal(account_held_pages(0), account_held_pages(1001));
	for (uint64_t at = 0; at < RIG_BUFFER - RIG_PERIOD; at += RIG_PERIOD) {
		assert_int_equal(rig_write(at, RIG_PERIOD), 0);
		assert_int_equal(rig.ring[at], rig_pattern(at));
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(watchers[i].data_end, at + RIG_PERIOD);
			assert_int_equal(edge_told(&watchers[i]), at + RIG_PERIOD);
		}
	}
	leave(&watchers[0]);
	assert_true(account_held_pages(1000) > 0);
	leave(&watchers[1]);
	assert_int_equal(account_held_pages(1000), 0);
	release();
	assert_int_equal(account_held_pages(0), 0);
	assert_int_equal(rig_write(RIG_BUFFER - RIG_PERIOD, RIG_PERIOD), 0);
	assert_int_equal(watchers[2].data_end, RIG_BUFFER);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(account_held_pages(1001), 0);
}

TEST(nothing_is_copied_for_nobody)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	assert_null(rig.stream.rings[0].copy.mem.data);
	watch(&watchers[0]);
	claim();
	leave(&watchers[0]);
	assert_non_null(rig.stream.rings[0].copy.mem.data);
	release();
	assert_null(rig.stream.rings[0].copy.mem.data);
	assert_int_equal(rig_write(RIG_PERIOD, RIG_PERIOD), 0);
	assert_null(rig.stream.rings[0].copy.mem.data);
}

TEST(a_guest_over_its_limit_plays_on_unheard)
{
	rig.domain.policy.max_copied_pages = 0;
	claim();
	watch(&watchers[0]);
	assert_int_equal(rig_open(), 0);
	assert_null(rig.stream.rings[0].copy.mem.data);
	assert_int_equal(rig.n_opened + watchers[0].n_opened, 0);
	/* The end of the claim needs no wait for the consumer's silence. */
	assert_false(rig.stream.progress.claimed);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	assert_int_equal(rig_trigger(START), 0);
	assert_int_equal(rig_write(RIG_PERIOD, RIG_PERIOD), 0);
	/* The opening was not told, so its end is not told. */
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig.n_closed + watchers[0].n_closed, 0);
	rig.domain.policy.max_copied_pages = POLICY_COPIED_PAGES;
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig.n_opened + watchers[0].n_opened, 2);
	assert_true(rig.stream.progress.claimed);
}

TEST(an_old_ring_shows_a_watcher_nothing_of_a_new_opening)
{
	uint8_t before[RIG_BUFFER];
	uint8_t *old;
	ino_t ino;

	claim();
	watch(&watchers[0]);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	old = watchers[0].ring;
	ino = watchers[0].ino;
	watchers[0].ring = NULL;
	memcpy(before, old, sizeof before);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_BUFFER), 0);
	assert_int_not_equal(watchers[0].ino, ino);
	assert_memory_equal(before, old, sizeof before);
	munmap(old, RIG_BUFFER + XENAV_RING_TAIL_ALIGN);
}

TEST(the_ring_says_what_is_overwritten)
{
	uint64_t written = RIG_BUFFER;

	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_BUFFER), 0);
	/* Told also to a watcher that came after the write. */
	watch(&watchers[0]);
	assert_int_equal(edge_told(&watchers[0]), RIG_BUFFER);
	assert_int_equal(rig_trigger(START), 0);
	for (unsigned i = 0; i < 12; i++) {
		rig_run_ms(25);
		assert_int_equal(rig_write(written, RIG_PERIOD), 0);
		written += RIG_PERIOD;
		assert_int_equal(edge_told(&watchers[0]), written);
	}
	/* Writing again does not move the edge. */
	assert_int_equal(rig_write(written - RIG_PERIOD, RIG_PERIOD), 0);
	assert_int_equal(edge_told(&watchers[0]), written);
}
