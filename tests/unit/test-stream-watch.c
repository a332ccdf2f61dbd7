/* SPDX-License-Identifier: MIT */
/* A playback stream, its watchers, and a consumer that may drive it. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "test.h"
#include "watch-rig.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(who_watches_in_the_middle_gets_what_is_written_and_not_played)
{
	uint64_t written = RIG_BUFFER;

	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_BUFFER), 0);
	claim();
	assert_int_equal(rig_trigger(START), 0);
	for (unsigned i = 0; i < 6; i++) {
		rig_run_ms(25);
		report((i + 1) * 1200);
		assert_int_equal(rig_write(written, RIG_PERIOD), 0);
		written += RIG_PERIOD;
		watch(&watchers[i]);
		assert_int_equal(watchers[i].n_opened, 1);
		assert_int_equal(watchers[i].n_states, 1);
		assert_int_equal(watchers[i].position_frames, (i + 1) * 1200);
		assert_int_equal(watchers[i].n_data, 1);
		assert_int_equal(watchers[i].data_start, written - RIG_BUFFER);
		assert_int_equal(watchers[i].data_end, written);
	}
	/* The others are not told again. */
	assert_int_equal(rig.n_opened, 1);
	assert_int_equal(watchers[0].n_opened, 1);
	assert_int_equal(watchers[0].n_data, 6);
}

TEST(with_watchers_alone_the_clock_drives_the_guest)
{
	watch(&watchers[0]);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(1000);
	assert_in_range(rig.position / RIG_FRAME, 980 * 48, 1000 * 48);
	/* A watcher that comes or goes does not stop it. */
	watch(&watchers[1]);
	leave(&watchers[0]);
	rig_run_ms(1000);
	assert_in_range(rig.position / RIG_FRAME, 1980 * 48, 2000 * 48);
}

TEST(a_watcher_that_goes_leaves_the_claimant_in_charge)
{
	watch(&watchers[0]);
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(20);
	report(900);
	leave(&watchers[0]);
	rig_run_ms(20);
	assert_int_equal(rig.position, 900 * RIG_FRAME);
	report(1800);
	assert_int_equal(rig.position, 1800 * RIG_FRAME);
}

TEST(the_number_of_another_opening_moves_nothing)
{
	assert_int_equal(rig_open(), 0);
	claim();
	watch(&watchers[0]);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(20);
	stream_report(&rig.stream, rig.opening.generation + 1, 900, rig.now_ns, 0);
	stream_report(&rig.stream, rig.opening.generation - 1, 900, rig.now_ns, 0);
	assert_int_equal(rig.stream.progress.position_frames, 0);
	release();
	stream_report(&rig.stream, 0, 40000, rig.now_ns, 0);
	stream_report(&rig.stream, rig.opening.generation, 40000, rig.now_ns, 0);
	assert_in_range(rig.stream.progress.position_frames, 0, 960);
}

static void come(unsigned i)
{
	if (i == 2)
		claim();
	else
		watch(&watchers[i]);
}

static void go(unsigned i)
{
	if (i == 2)
		release();
	else
		leave(&watchers[i]);
}

/* Play a period: the watchers and the claimant that are present hear it, and no other does. */
static void play(uint64_t *written, const bool there[3])
{
	unsigned before[3] = {watchers[0].n_data, watchers[1].n_data, rig.n_data};
	const uint64_t frames = rig.stream.progress.position_frames;

	assert_int_equal(rig_write(*written, RIG_PERIOD), 0);
	*written += RIG_PERIOD;
	assert_int_equal(watchers[0].n_data, before[0] + there[0]);
	assert_int_equal(watchers[1].n_data, before[1] + there[1]);
	assert_int_equal(rig.n_data, before[2] + there[2]);
	rig_run_ms(25);
	if (there[2])
		report(frames + 1200);
}

TEST(they_come_and_go_in_any_order)
{
	static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	bool there[3] = {false};
	uint64_t written = 0;

	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	for (unsigned i = 0; i < 36; i++) {
		for (unsigned j = 0; j < 3; j++) {
			rig.n_states = rig.n_data = 0;
			come(orders[i / 6][j]);
			there[orders[i / 6][j]] = true;
			play(&written, there);
		}
		for (unsigned j = 0; j < 3; j++) {
			go(orders[i % 6][j]);
			there[orders[i % 6][j]] = false;
			play(&written, there);
		}
		assert_null(rig.stream.rings[0].copy.mem.data);
	}
	assert_int_equal(rig.n_opened, 36);
}

TEST(there_is_room_for_so_many_and_for_the_claim)
{
	assert_int_equal(rig_open(), 0);
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++)
		watch(&watchers[i]);
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_WATCH, &listener,
				      &watchers[XENAV_MAX_WATCHERS]),
			 -EUSERS);
	claim();
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++)
		assert_int_equal(watchers[i].n_data, 1);
	leave(&watchers[3]);
	watch(&watchers[XENAV_MAX_WATCHERS]);
	assert_int_equal(watchers[XENAV_MAX_WATCHERS].data_end, RIG_PERIOD);
}

TEST(anyone_may_leave_while_being_told_anything)
{
	claim();
	for (unsigned i = 0; i < 4; i++) {
		watchers[i].leave_on = OPENED + i;
		watch(&watchers[i]);
	}
	watch(&watchers[4]);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(watchers[0].n_opened, 1);
	assert_int_equal(watchers[0].n_states, 0);
	assert_int_equal(watchers[1].n_states, 1);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	assert_int_equal(rig_write(RIG_PERIOD, RIG_PERIOD), 0);
	assert_int_equal(watchers[2].n_data, 1);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(watchers[3].n_closed, 1);
	assert_int_equal(watchers[4].n_data, 2);
	assert_int_equal(watchers[4].n_closed, 1);
	assert_int_equal(rig.n_data, 2);
	/* The last one takes the ring with it, in the middle of being told. */
	release();
	leave(&watchers[4]);
	for (unsigned i = 0; i < 4; i++)
		watch(&watchers[i]);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	assert_int_equal(rig_close(), 0);
	assert_false(watchers[0].there || watchers[1].there || watchers[2].there ||
		     watchers[3].there);
}

TEST(who_is_told_anew_is_alone_in_that)
{
	ino_t ino;

	claim();
	watch(&watchers[0]);
	watch(&watchers[1]);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	ino = watchers[0].ino;
	stream_resync(&rig.stream, &watchers[0]);
	assert_int_equal(watchers[0].n_opened, 2);
	assert_int_equal(watchers[0].generation, rig.opening.generation);
	assert_int_equal(watchers[0].ino, ino);
	assert_int_equal(watchers[0].n_data, 2);
	assert_int_equal(watchers[1].n_opened, 1);
	assert_int_equal(watchers[1].n_data, 1);
	assert_int_equal(rig.n_opened, 1);
	/* The claimant's reports count as before. */
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(20);
	report(700);
	assert_int_equal(rig.position, 700 * RIG_FRAME);
}

static int set_volume(int32_t mdb, uint8_t channels)
{
	/* Beyond what is played. */
	for (unsigned i = 0; i < channels; i++)
		memcpy(rig.guest + 8000 + i * sizeof mdb, &mdb, sizeof mdb);
	return rig_transfer(XENSND_OP_SET_VOLUME, 8000, channels * (uint32_t)sizeof mdb);
}

TEST(watchers_hear_of_the_volume_as_the_claimant_does)
{
	watch(&watchers[0]);
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(watchers[0].n_volumes, 0);
	assert_int_equal(set_volume(-700, 2), 0);
	assert_int_equal(rig.n_volumes, 1);
	assert_int_equal(rig.volume_mdb[1], -700);
	assert_int_equal(watchers[0].n_volumes, 1);
	assert_int_equal(watchers[0].volume_mdb, -700);
	/* A later watcher is told too, and the others not again. */
	watch(&watchers[1]);
	assert_int_equal(watchers[1].n_volumes, 1);
	assert_int_equal(watchers[1].volume_mdb, -700);
	assert_int_equal(watchers[0].n_volumes, 1);
	rig_close();
	assert_int_equal(watchers[0].n_volumes, 1);
}

TEST(one_may_leave_between_two_pieces_of_the_volume)
{
	rig.stream.published.limits.channels_max = UINT8_MAX;
	for (unsigned i = 0; i < 3; i++)
		watch(&watchers[i]);
	watchers[1].leave_on = VOLUME;
	for (unsigned i = 0; i < 3; i++)
		watchers[i].n_volumes = 0;
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_U8, 64, RIG_BUFFER, 0), 0);
	assert_int_equal(set_volume(-1, 64), 0);
	assert_int_equal(watchers[0].n_volumes, 2);
	assert_int_equal(watchers[1].n_volumes, 1);
	assert_int_equal(watchers[2].n_volumes, 2);
	/* The same during a resync: no call follows. */
	watchers[0].leave_on = VOLUME;
	stream_resync(&rig.stream, &watchers[0]);
	assert_int_equal(watchers[0].n_volumes, 3);
	assert_int_equal(watchers[0].n_states, 1);
}

TEST(limits_end_with_the_claim_and_not_with_a_watch)
{
	const struct stream_bounds bounds = {.formats = UINT64_C(1) << XENSND_PCM_FORMAT_U8};

	claim();
	watch(&watchers[0]);
	assert_int_equal(stream_bound(&rig.stream, &bounds), 0);
	leave(&watchers[0]);
	assert_int_equal(rig_open(), -EINVAL);
	watch(&watchers[0]);
	release();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(watchers[0].n_opened, 1);
}

TEST(capture_cannot_be_watched)
{
	stream_kill(&rig.stream, NULL, NULL);
	rig_init(XENAV_CAPTURE);
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_WATCH, &listener, &watchers[0]),
			 -EOPNOTSUPP);
	claim();
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_WATCH, &listener, &watchers[0]),
			 -EOPNOTSUPP);
}

TEST(the_end_of_a_stream_tells_watchers_nothing)
{
	watch(&watchers[0]);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig.started = false;
	stream_kill(&rig.stream, NULL, NULL);
	assert_int_equal(rig.n_removed, 1);
	assert_int_equal(watchers[0].n_closed, 0);
}
