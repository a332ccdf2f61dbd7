/* SPDX-License-Identifier: MIT */
/* Where frames stand in a stream's buffer: what the guest writes or reads, and a ring's edge. */
#include <config.h>

#include "progress-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, NULL)

/* -------- what the consumer fills -------- */

TEST(a_ring_is_filled_a_buffer_ahead_at_most_and_never_less)
{
	claim_and_start();
	progress_filled(&p, 1000);
	progress_filled(&p, 900);
	assert_int_equal(p.captured_frames, 1000);
	progress_filled(&p, UINT64_MAX);
	assert_int_equal(p.captured_frames, BUFFER);
	now += 10 * MS;
	progress_report(&p, 480, now, now);
	assert_int_equal(p.position_frames, 480);
	assert_int_equal(p.captured_frames, BUFFER);
	progress_filled(&p, UINT64_MAX);
	assert_int_equal(p.captured_frames, BUFFER + 480);
	/* A stop voids the samples beyond it. */
	progress_stop(&p);
	assert_int_equal(p.captured_frames, BUFFER);
}

/* -------- what the guest writes -------- */

TEST(what_is_written_in_a_row_follows_on_over_the_wrap)
{
	uint64_t written = 0;

	claim_and_start();
	for (int i = 0; i < 50; i++) {
		uint32_t offset = (uint32_t)(written % BUFFER);
		uint32_t length = 700 < BUFFER - offset ? 700 : BUFFER - offset;

		assert_int_equal(progress_written(&p, offset, length), written);
		written += length;
		now += 14 * MS;
		progress_report(&p, written - 300, now, now);
	}
	assert_int_equal(p.edge_frames, written);
}

TEST(a_full_buffer_may_be_written_before_the_start)
{
	assert_int_equal(progress_written(&p, 0, 2400), 0);
	assert_int_equal(progress_written(&p, 2400, 2400), 2400);
	assert_int_equal(p.edge_frames, BUFFER);
	progress_start(&p, now);
	tick_for(10 * MS, MS);
	assert_int_equal(progress_written(&p, 0, 480), 4800);
}

TEST(a_guest_that_rewinds_is_followed)
{
	assert_int_equal(progress_written(&p, 0, 2400), 0);
	assert_int_equal(progress_written(&p, 1200, 100), 1200);
	assert_int_equal(p.edge_frames, 1300);
	progress_start(&p, now);
	tick_for(50 * MS, MS); /* to 2400 */
	assert_int_equal(progress_written(&p, 3000, 100), 3000);
	assert_int_equal(progress_written(&p, 1000, 100), 5800);
}

TEST(a_buffer_written_anew_before_the_start_replaces_the_old_one)
{
	/* Filled, dropped without ever having been started, prepared and filled again. */
	assert_int_equal(progress_written(&p, 0, BUFFER), 0);
	assert_int_equal(progress_written(&p, 0, BUFFER), 0);
	assert_int_equal(p.edge_frames, BUFFER);
	assert_int_equal(progress_written(&p, 0, 100), 0);
	assert_int_equal(progress_written(&p, 100, 100), 100);
}

TEST(a_late_write_does_not_leave_all_later_ones_a_buffer_behind)
{
	progress_start(&p, now);
	assert_int_equal(progress_written(&p, 0, 1000), 0);
	tick_for(21 * MS, MS);           /* to 1008 */
	progress_written(&p, 1000, 500); /* 8 frames late */
	tick_for(5 * MS, MS);
	assert_int_equal(progress_written(&p, 1500, 500), 1500);
	assert_int_equal(progress_written(&p, 2000, 500), 2000);
}

TEST(after_a_stop_writing_begins_at_the_new_position)
{
	progress_start(&p, now);
	assert_int_equal(progress_written(&p, 0, 3000), 0);
	tick_for(30 * MS, MS);
	progress_stop(&p);
	assert_int_equal(progress_written(&p, 0, 1000), 4800);
	assert_int_equal(progress_written(&p, 1000, 1000), 5800);
}

TEST(no_write_reaches_further_than_two_buffers_ahead)
{
	uint32_t dice = 1;

	progress_start(&p, now);
	for (int i = 0; i < 100000; i++) {
		uint32_t offset, length;
		uint64_t start;

		dice = dice * 1664525 + 1013904223;
		offset = (dice >> 8) % BUFFER;
		length = dice % (BUFFER - offset + 1);
		start = progress_written(&p, offset, length);
		assert_true(start % BUFFER == offset);
		assert_true(start >= p.position_frames && start < p.position_frames + BUFFER);
		now += dice % (20 * MS);
		progress_tick(&p, now);
	}
}

/* -------- what the guest reads -------- */

TEST(what_is_read_lies_behind_the_position)
{
	uint64_t read = 0;

	claim_and_start();
	for (int i = 1; i < 60; i++) {
		uint32_t offset = (uint32_t)(read % BUFFER);
		uint32_t length = 960 < BUFFER - offset ? 960 : BUFFER - offset;

		now += 20 * MS;
		progress_report(&p, (uint64_t)i * 960 + 40, now, now);
		assert_int_equal(progress_read(&p, offset, length), read);
		read += length;
	}
}

TEST(a_reader_that_was_late_gets_the_newest_at_its_place)
{
	claim_and_start();
	assert_int_equal(progress_read(&p, 0, 100), 0);
	for (int i = 1; i <= 50; i++) {
		now += 20 * MS;
		progress_report(&p, (uint64_t)i * 960, now, now);
	}
	/* 48000 have gone by; of those that stand at 100.. the newest are at 43300. */
	assert_int_equal(progress_read(&p, 100, 200), 43300);
	assert_int_equal(progress_read(&p, 300, 200), 43500);
}

TEST(a_reader_ahead_of_time_gets_what_is_not_there_yet)
{
	progress_start(&p, now);
	assert_int_equal(progress_read(&p, 0, 480), 0);
	assert_int_equal(progress_read(&p, 2400, 480), 2400);
}

TEST(after_a_stop_reading_begins_at_the_new_position)
{
	progress_start(&p, now);
	tick_for(30 * MS, MS);
	assert_int_equal(progress_read(&p, 0, 1000), 0);
	progress_stop(&p);
	progress_start(&p, now);
	tick_for(30 * MS, MS);
	assert_int_equal(progress_read(&p, 0, 1000), 4800);
}

TEST(a_stream_that_ran_dry_and_goes_on_is_an_underrun)
{
	progress_written(&p, 0, 2400);
	progress_start(&p, now);
	tick_for(40 * MS, MS);
	progress_written(&p, 2400, 960);
	assert_int_equal(p.n_underruns, 0);
	tick_for(40 * MS, MS);
	assert_int_equal(p.n_underruns, 0);
	progress_written(&p, 3840, 960);
	assert_int_equal(p.n_underruns, 1);
	/* Linux stops a stream that ran dry, and starts it anew. */
	tick_for(60 * MS, MS);
	progress_stop(&p);
	progress_written(&p, 0, 2400);
	assert_int_equal(p.n_underruns, 2);
	progress_start(&p, now);
	tick_for(10 * MS, MS);
	progress_written(&p, 2400, 960);
	assert_int_equal(p.n_underruns, 2);
}

TEST(the_end_of_a_stream_is_no_underrun)
{
	progress_written(&p, 0, 2400);
	progress_start(&p, now);
	tick_for(60 * MS, MS);
	progress_stop(&p);
	progress_open(&p, RATE, BUFFER);
	progress_written(&p, 0, 2400);
	assert_int_equal(p.n_underruns, 0);
}

TEST(what_is_written_and_not_played_is_the_fill)
{
	assert_int_equal(progress_fill(&p), 0);
	progress_written(&p, 0, 2400);
	assert_int_equal(progress_fill(&p), 2400);
	progress_start(&p, now);
	tick_for(10 * MS, MS);
	assert_int_equal(progress_fill(&p), 2400 - 480);
	tick_for(90 * MS, MS);
	assert_int_equal(progress_fill(&p), 0);
}

TEST(a_driver_that_is_late_is_counted)
{
	claim_and_start();
	tick_for(200 * MS, MS);
	assert_int_equal(p.n_takeovers, 1);
	progress_report(&p, p.position_frames, now, now);
	tick_for(200 * MS, MS);
	assert_int_equal(p.n_takeovers, 2);
}
