/* SPDX-License-Identifier: MIT */
/* Large READs and WRITEs: slices, copies for each user, and silence that is there already. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "stream-rig.h"
#include "test.h"

#define TEST(name)  TEST_WITH(name, rig_setup, rig_teardown)
#define SLICE_BYTES 65536
#define LARGE_BYTES RIG_MAX /* five of them */

static int open_large(void)
{
	return rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, LARGE_BYTES, 0);
}

static void claim(void)
{
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_DRIVE, &rig_listener, &rig), 0);
	stream_resync(&rig.stream, &rig);
}

static void capture(void)
{
	stream_kill(&rig.stream);
	rig_init(XENAV_CAPTURE);
	assert_int_equal(open_large(), 0);
	assert_int_equal(rig_trigger(XENSND_OP_TRIGGER_START), 0);
	rig.charged_bytes = rig.most_bytes = 0;
}

static void assert_heard(uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		if (rig.ring[i] != rig_pattern(i))
			fail_msg("byte %u", i);
}

/* -------- slices -------- */

TEST(a_large_write_is_copied_in_slices_and_told_once)
{
	assert_int_equal(open_large(), 0);
	claim();
	rig.charged_bytes = rig.most_bytes = 0;
	assert_int_equal(rig_write(0, LARGE_BYTES), 0);
	assert_heard(LARGE_BYTES);
	assert_int_equal(rig.charged_bytes, LARGE_BYTES);
	assert_int_equal(rig.most_bytes, SLICE_BYTES);
	assert_int_equal(rig.n_data, 1);
	assert_int_equal(rig.data[0].position_bytes, 0);
	assert_int_equal(rig.data[0].bytes, LARGE_BYTES);
}

TEST(a_large_read_is_done_in_slices)
{
	capture();
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, LARGE_BYTES), 0);
	assert_int_equal(rig.charged_bytes, LARGE_BYTES);
	assert_int_equal(rig.most_bytes, SLICE_BYTES);
}

static void send_write(uint32_t bytes)
{
	struct xensnd_req req = {.operation = XENSND_OP_WRITE};

	for (uint32_t i = 0; i < bytes; i++)
		rig.guest[i] = rig_pattern(i);
	req.op.rw.length = bytes;
	rig.holds = true;
	rig_send(&req);
	rig.holds = false;
	assert_non_null(rig.more);
}

static void finish_write(void)
{
	const unsigned before = rig.n_rsp;

	while (rig.more) {
		channel_more more = rig.more;

		assert_int_equal(rig.n_rsp, before);
		rig.more = NULL;
		more(&rig.stream.channel, &rig.stream);
	}
	assert_int_equal(rig.n_rsp, before + 1);
	assert_int_equal(rig.rsp.status, 0);
}

TEST(whoever_comes_in_the_middle_hears_all_of_it)
{
	assert_int_equal(open_large(), 0);
	claim();
	send_write(LARGE_BYTES);
	stream_release(&rig.stream, &rig);
	rig.is_open = false;
	rig.opening.generation = 0;
	claim();
	finish_write();
	assert_heard(LARGE_BYTES);
}

TEST(whoever_is_told_anew_in_the_middle_is_told_of_what_is_there)
{
	assert_int_equal(open_large(), 0);
	claim();
	send_write(LARGE_BYTES);
	stream_resync(&rig.stream, &rig);
	assert_int_equal(rig.n_data, 1);
	assert_int_equal(rig.data[0].position_bytes, 0);
	assert_int_equal(rig.data[0].bytes, SLICE_BYTES);
	finish_write();
	assert_heard(LARGE_BYTES);
	assert_int_equal(rig.n_data, 2);
	assert_int_equal(rig.data[1].bytes, LARGE_BYTES);
}

TEST(whoever_leaves_in_the_middle_costs_nothing_more)
{
	assert_int_equal(open_large(), 0);
	claim();
	send_write(LARGE_BYTES);
	stream_release(&rig.stream, &rig);
	rig.charged_bytes = 0;
	finish_write();
	assert_int_equal(rig.charged_bytes, 0);
}

TEST(a_stream_may_end_in_the_middle)
{
	assert_int_equal(open_large(), 0);
	claim();
	send_write(LARGE_BYTES);
	stream_kill(&rig.stream);
}

/* -------- nothing for nobody -------- */

TEST(what_nobody_hears_is_not_copied)
{
	assert_int_equal(open_large(), 0);
	rig.charged_bytes = 0;
	assert_int_equal(rig_write(0, LARGE_BYTES), 0);
	assert_int_equal(rig.charged_bytes, 0);
}

TEST(silence_is_written_once)
{
	capture();
	memset(rig.guest, 0x5a, sizeof rig.guest);
	for (unsigned round = 0; round < 10; round++)
		for (uint32_t at = 0; at < LARGE_BYTES; at += 4096)
			assert_int_equal(rig_transfer(XENSND_OP_READ, at, 4096), 0);
	assert_int_equal(rig.charged_bytes, LARGE_BYTES);
	for (uint32_t i = 0; i < LARGE_BYTES; i++)
		assert_int_equal(rig.guest[i], 0);
	/* A new opening knows no silence. */
	rig_close();
	memset(rig.guest, 0x5a, sizeof rig.guest);
	assert_int_equal(open_large(), 0);
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, LARGE_BYTES), 0);
	assert_int_equal(rig.guest[LARGE_BYTES - 1], 0);
}

TEST(what_was_captured_gives_way_to_silence)
{
	capture();
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, LARGE_BYTES), 0);
	claim();
	rig_run_ms(20);
	memset(rig.ring, 0x77, 3840);
	stream_report(&rig.stream, rig.opening.generation, 960, rig.now_ns, 0);
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, 3840), 0);
	assert_int_equal(rig.guest[0], 0x77);
	stream_release(&rig.stream, &rig);
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, LARGE_BYTES), 0);
	for (uint32_t i = 0; i < LARGE_BYTES; i++)
		assert_int_equal(rig.guest[i], 0);
}

TEST(values_in_the_buffer_give_way_to_silence)
{
	capture();
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, LARGE_BYTES), 0);
	memset(rig.guest, 0x11, 8);
	assert_int_equal(rig_transfer(XENSND_OP_SET_VOLUME, 0, 8), 0);
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, 4096), 0);
	assert_int_equal(rig.guest[0], 0);
}

/* -------- buffers -------- */

TEST(a_buffer_is_paid_for_when_it_is_mapped)
{
	assert_int_equal(open_large(), 0);
	assert_int_equal(rig.mapped_bytes, LARGE_BYTES);
	/* Without silence there, it is written. */
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, LARGE_BYTES + 4, 0), -EINVAL);
	assert_int_equal(rig.mapped_bytes, LARGE_BYTES);
}
