/* SPDX-License-Identifier: MIT */
/* SET_VOLUME, GET_VOLUME, MUTE and UNMUTE: the valid requests, and the calls of listeners. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "stream-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

enum { SET = XENSND_OP_SET_VOLUME, GET = XENSND_OP_GET_VOLUME };
enum { MUTE = XENSND_OP_MUTE, UNMUTE = XENSND_OP_UNMUTE };

#define AT 8000u /* of the values in the buffer, beyond what is played */

static void claim(void)
{
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_DRIVE, &rig_listener, &rig), 0);
	stream_resync(&rig.stream, &rig);
}

static int open_with(uint8_t channels)
{
	rig.stream.published.limits.channels_max = UINT8_MAX;
	return rig_open_as(XENSND_PCM_FORMAT_U8, channels, channels * (16320u / channels), 0);
}

static void capture_instead(void)
{
	stream_kill(&rig.stream, NULL, NULL);
	rig_init(XENAV_CAPTURE);
}

static int set(const int32_t *mdb, uint8_t channels)
{
	memcpy(rig.guest + AT, mdb, channels * sizeof *mdb);
	return rig_transfer(SET, AT, channels * (uint32_t)sizeof *mdb);
}

static int set_both(int32_t left, int32_t right)
{
	const int32_t mdb[] = {left, right};

	return set(mdb, 2);
}

static int mute_both(uint8_t op, uint8_t left, uint8_t right)
{
	rig.guest[AT] = left;
	rig.guest[AT + 1] = right;
	return rig_transfer(op, AT, 2);
}

/* GET_VOLUME writes the values, and nothing behind them. */
static void assert_volume(int32_t left, int32_t right)
{
	int32_t mdb[2];

	memset(rig.guest, 0x5a, sizeof rig.guest);
	assert_int_equal(rig_transfer(GET, AT, 8), 0);
	memcpy(mdb, rig.guest + AT, sizeof mdb);
	assert_int_equal(mdb[0], left);
	assert_int_equal(mdb[1], right);
	for (size_t i = 0; i < sizeof rig.guest; i++)
		if (i < AT || i >= AT + 8)
			assert_int_equal(rig.guest[i], 0x5a);
}

static void assert_told(int32_t left, int32_t right, bool left_muted, bool right_muted)
{
	assert_int_equal(rig.volume_mdb[0], left);
	assert_int_equal(rig.volume_mdb[1], right);
	assert_int_equal(rig.muted[0], left_muted);
	assert_int_equal(rig.muted[1], right_muted);
}

/* -------- the guest alone -------- */

TEST(a_volume_beyond_all_mixers_is_brought_inside)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(set_both(INT32_MIN, INT32_MAX), 0);
	assert_volume(XENAV_VOLUME_MIN_MDB, XENAV_VOLUME_MAX_MDB);
	assert_int_equal(set_both(XENAV_VOLUME_MIN_MDB - 1, XENAV_VOLUME_MAX_MDB + 1), 0);
	assert_volume(XENAV_VOLUME_MIN_MDB, XENAV_VOLUME_MAX_MDB);
	assert_int_equal(set_both(XENAV_VOLUME_MIN_MDB + 1, XENAV_VOLUME_MAX_MDB - 1), 0);
	assert_volume(XENAV_VOLUME_MIN_MDB + 1, XENAV_VOLUME_MAX_MDB - 1);
}

TEST(volume_outlives_stop_close_and_other_openings)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(set_both(-500, -600), 0);
	assert_int_equal(rig_trigger(XENSND_OP_TRIGGER_START), 0);
	rig_run_ms(50);
	assert_int_equal(rig_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_volume(-500, -600);
	rig_close();
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_U8, 1, 16000, 0), 0);
	assert_int_equal(rig_transfer(GET, AT, 4), 0);
	assert_int_equal(rig_open(), 0);
	assert_volume(-500, -600);
	/* Another connection is another stream. */
	stream_kill(&rig.stream, NULL, NULL);
	rig_work();
	rig_init(XENAV_PLAYBACK);
	assert_int_equal(rig_open(), 0);
	assert_volume(0, 0);
}

TEST(every_offset_and_length_has_its_answer)
{
	/* Around 0, around what two channels need, and around the buffer. */
	static const uint32_t edges[] = {0,
					 1,
					 2,
					 3,
					 7,
					 8,
					 9,
					 RIG_BUFFER - 9,
					 RIG_BUFFER - 8,
					 RIG_BUFFER - 7,
					 RIG_BUFFER - 2,
					 RIG_BUFFER - 1,
					 RIG_BUFFER,
					 RIG_BUFFER + 1,
					 1u << 31,
					 UINT32_MAX - 1,
					 UINT32_MAX};
	enum { N = sizeof edges / sizeof edges[0] };

	for (int i = 0; i < 2 * 4 * N * N; i++) {
		const uint64_t offset = edges[i % N];
		const uint64_t length = edges[i / N % N];
		const uint8_t op = (uint8_t)(SET + i / N / N % 4);
		const uint32_t need = op == SET || op == GET ? 8 : 2;
		const bool good =
			offset < RIG_BUFFER && offset + length <= RIG_BUFFER && length >= need;

		if (i == 4 * N * N) {
			rig_close();
			capture_instead();
		}
		if (!rig.stream.buffer)
			assert_int_equal(rig_open(), 0);
		memset(rig.guest, 0x5a, sizeof rig.guest);
		assert_int_equal(rig_transfer(op, (uint32_t)offset, (uint32_t)length),
				 good ? 0 : -EINVAL);
		for (size_t j = 0; j < RIG_MAX; j++)
			if (op != GET || !good || j < offset || j >= offset + need)
				assert_int_equal(rig.guest[j], 0x5a);
	}
}

TEST(a_stream_of_255_channels_needs_255_values)
{
	int32_t mdb[255];

	for (int i = 0; i < 255; i++)
		mdb[i] = -i;
	assert_int_equal(open_with(255), 0);
	assert_int_equal(rig_transfer(SET, 0, 1019), -EINVAL);
	assert_int_equal(rig_transfer(GET, 0, 1019), -EINVAL);
	assert_int_equal(rig_transfer(MUTE, 0, 254), -EINVAL);
	assert_int_equal(rig_transfer(UNMUTE, 16320 - 255, 255), 0);
	assert_int_equal(set(mdb, 255), 0);
	memset(rig.guest, 0, sizeof rig.guest);
	assert_int_equal(rig_transfer(GET, 16320 - 1020, 1020), 0);
	assert_memory_equal(rig.guest + 16320 - 1020, mdb, sizeof mdb);
	/* The buffer is smaller than the values. */
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_U8, 255, 255, 0), 0);
	assert_int_equal(rig_transfer(GET, 0, 255), -EINVAL);
	assert_int_equal(rig_transfer(MUTE, 0, 255), 0);
}

TEST(an_answer_that_cannot_be_written_is_an_error)
{
	assert_int_equal(rig_open(), 0);
	rig.write_rc = -ENOMEM;
	assert_int_equal(rig_transfer(GET, AT, 8), -ENOMEM);
	rig.write_rc = 0;
	rig.late_rc = -EFAULT;
	assert_int_equal(rig_transfer(GET, AT, 8), -EFAULT);
	rig.late_rc = 0;
	assert_volume(0, 0);
}

TEST(a_volume_that_comes_home_late_is_not_answered)
{
	struct xensnd_req req = {.operation = GET};
	unsigned answers;

	assert_int_equal(rig_open(), 0);
	answers = rig.n_rsp;
	req.op.rw.length = 8;
	rig_send(&req);
	assert_int_equal(rig.n_rsp, answers); /* only once it is there */
	stream_kill(&rig.stream, NULL, NULL);
	rig_work();
	assert_int_equal(rig.n_rsp, answers);
}

/* -------- the consumer -------- */

TEST(the_consumer_is_told_of_every_change_and_of_nothing_else)
{
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig.n_volumes, 0);
	assert_int_equal(set_both(-100, 200), 0);
	assert_int_equal(rig.n_volumes, 1);
	assert_told(-100, 200, false, false);
	assert_int_equal(set_both(-100, 200), 0);
	assert_volume(-100, 200);
	assert_int_equal(rig.n_volumes, 1);
	assert_int_equal(mute_both(MUTE, 0, 255), 0);
	assert_told(-100, 200, false, true);
	assert_int_equal(mute_both(MUTE, 0, 1), 0);
	assert_int_equal(mute_both(MUTE, 0, 0), 0);
	assert_int_equal(rig.n_volumes, 2);
	assert_int_equal(mute_both(MUTE, 1, 0), 0);
	assert_told(-100, 200, true, true);
	assert_int_equal(mute_both(UNMUTE, 0, 0), 0);
	assert_int_equal(rig.n_volumes, 3);
	assert_int_equal(mute_both(UNMUTE, 0, 2), 0);
	assert_told(-100, 200, true, false);
	/* Muting is apart from the volume. */
	assert_volume(-100, 200);
	assert_int_equal(set_both(INT32_MIN, 0), 0);
	assert_told(XENAV_VOLUME_MIN_MDB, 0, true, false);
	assert_int_equal(rig.n_volumes, 5);
}

TEST(whoever_claims_later_is_told_before_the_state)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(set_both(-300, 0), 0);
	assert_int_equal(mute_both(MUTE, 0, 1), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	claim();
	assert_int_equal(rig.n_volumes, 1);
	assert_told(-300, 0, false, true);
	assert_int_equal(rig.n_opened, 1);
	assert_int_equal(rig.states_at_volume, 0);
	assert_int_equal(rig.n_states, 1);
	assert_int_equal(rig.n_data, 1);
	/* Told again with every opening and every fresh ring. */
	stream_resync(&rig.stream, &rig);
	assert_int_equal(rig.n_volumes, 2);
	rig_close();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig.n_volumes, 3);
	assert_told(-300, 0, false, true);
	/* Told also when the guest has set it back to the default. */
	assert_int_equal(set_both(0, 0), 0);
	assert_int_equal(mute_both(UNMUTE, 1, 1), 0);
	stream_release(&rig.stream, &rig);
	claim();
	assert_told(0, 0, false, false);
}

TEST(many_channels_are_told_in_pieces_that_changed)
{
	int32_t mdb[255] = {0};

	claim();
	assert_int_equal(open_with(255), 0);
	mdb[31] = -1;
	mdb[254] = -2;
	assert_int_equal(set(mdb, 255), 0);
	assert_int_equal(rig.n_volumes, 2);
	assert_int_equal(rig.volume_mdb[31], -1);
	assert_int_equal(rig.volume_mdb[254], -2);
	stream_resync(&rig.stream, &rig);
	assert_int_equal(rig.n_volumes, 10);
	memset(rig.guest, 0xff, 255);
	assert_int_equal(rig_transfer(MUTE, 0, 255), 0);
	assert_int_equal(rig.n_volumes, 18);
	for (int i = 0; i < 255; i++)
		assert_true(rig.muted[i]);
	/* The last of 33 channels is in the second chunk, and only that chunk is told. */
	assert_int_equal(open_with(33), 0);
	assert_int_equal(rig.n_volumes, 20);
	assert_int_equal(open_with(32), 0);
	assert_int_equal(rig.n_volumes, 21);
	assert_int_equal(open_with(1), 0);
	assert_int_equal(rig.n_volumes, 22);
}

TEST(a_consumer_hears_of_no_volume_that_is_out_of_range)
{
	claim();
	assert_int_equal(rig_open(), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(set_both((int32_t)(i * 2654435761u), (int32_t)(i << 22)), 0);
		assert_in_range(rig.volume_mdb[0] - XENAV_VOLUME_MIN_MDB, 0,
				XENAV_VOLUME_MAX_MDB - XENAV_VOLUME_MIN_MDB);
	}
}
