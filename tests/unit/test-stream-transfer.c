/* SPDX-License-Identifier: MIT */
/* Large READs and WRITEs: steps on the worker, what ends meanwhile, and silence that is there
 * already. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "stream-rig.h"
#include "test.h"

#define TEST(name)  TEST_WITH(name, rig_setup, rig_teardown)
#define SMALL_BYTES 65536   /* the most that is copied on the loop */
#define LARGE_BYTES RIG_MAX /* five times as much */

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
	stream_kill(&rig.stream, NULL, NULL);
	rig_init(XENAV_CAPTURE);
	assert_int_equal(open_large(), 0);
	assert_int_equal(rig_trigger(XENSND_OP_TRIGGER_START), 0);
	rig.charged_bytes = 0;
}

static void assert_heard(uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		if (rig.ring[i] != rig_pattern(i))
			fail_msg("byte %u", i);
}

/* -------- on the worker -------- */

static void send(uint8_t op, uint32_t bytes)
{
	struct xensnd_req req = {.operation = op};

	if (op == XENSND_OP_WRITE)
		for (uint32_t i = 0; i < bytes; i++)
			rig.guest[i] = rig_pattern(i);
	req.op.rw.length = bytes;
	rig_send(&req);
}

/* The guest has sent a request, and the worker has not come to its copy. */
static void send_large(uint8_t op)
{
	const unsigned before = rig.n_rsp;

	send(op, LARGE_BYTES);
	assert_int_equal(rig.n_rsp, before);
}

static void finish(void)
{
	const unsigned before = rig.n_rsp;

	while (rig_copy_step())
		assert_int_equal(rig.n_rsp, before);
	assert_int_equal(rig.n_rsp, before + 1);
	assert_int_equal(rig.rsp.status, 0);
}

static bool ring_is_silent(void)
{
	for (uint32_t i = 0; i < LARGE_BYTES; i++)
		if (rig.ring[i] != 0)
			return false;
	return true;
}

TEST(the_loop_copies_nothing_of_a_large_write)
{
	assert_int_equal(open_large(), 0);
	claim();
	rig.charged_bytes = 0;
	send_large(XENSND_OP_WRITE);
	assert_int_equal(rig.charged_bytes, LARGE_BYTES);
	assert_true(ring_is_silent());
	finish();
	assert_heard(LARGE_BYTES);
	assert_int_equal(rig.charged_bytes, LARGE_BYTES);
	assert_int_equal(rig.n_data, 1);
	assert_int_equal(rig.data[0].position_bytes, 0);
	assert_int_equal(rig.data[0].bytes, LARGE_BYTES);
}

TEST(the_loop_copies_a_small_write_itself)
{
	assert_int_equal(open_large(), 0);
	claim();
	send(XENSND_OP_WRITE, SMALL_BYTES);
	assert_int_equal(rig.rsp.operation, XENSND_OP_WRITE);
	assert_heard(SMALL_BYTES);
	assert_int_equal(rig.n_data, 1);
}

TEST(the_loop_writes_nothing_of_a_large_read)
{
	capture();
	memset(rig.guest, 0x5a, sizeof rig.guest);
	send_large(XENSND_OP_READ);
	assert_int_equal(rig.charged_bytes, LARGE_BYTES);
	assert_int_equal(rig.guest[0], 0x5a);
	finish();
	for (uint32_t i = 0; i < LARGE_BYTES; i++)
		assert_int_equal(rig.guest[i], 0);
}

TEST(a_large_read_is_what_was_captured_and_silence_behind_it)
{
	const uint32_t captured = LARGE_BYTES - 4000;

	capture();
	claim();
	memset(rig.guest, 0x5a, sizeof rig.guest);
	memset(rig.ring, 0x77, LARGE_BYTES);
	stream_filled(&rig.stream, rig.opening.generation, captured / RIG_FRAME);
	send_large(XENSND_OP_READ);
	finish();
	for (uint32_t i = 0; i < LARGE_BYTES; i++)
		assert_int_equal(rig.guest[i], i < captured ? 0x77 : 0);
}

TEST(an_answer_comes_before_the_next_request_of_its_ring)
{
	const unsigned before = rig.n_rsp;

	assert_int_equal(open_large(), 0);
	claim();
	send_large(XENSND_OP_WRITE);
	rig_copy_step();
	finish();
	assert_int_equal(rig_write(0, SMALL_BYTES), 0);
	assert_int_equal(rig.n_rsp, before + 3);
}

/* -------- what ends meanwhile -------- */

TEST(whoever_comes_in_the_middle_hears_all_of_it)
{
	assert_int_equal(open_large(), 0);
	claim();
	send_large(XENSND_OP_WRITE);
	rig_copy_step();
	stream_release(&rig.stream, &rig);
	rig.is_open = false;
	rig.opening.generation = 0;
	claim();
	finish();
	assert_heard(LARGE_BYTES);
	assert_int_equal(rig.n_data, 1);
}

TEST(whoever_is_told_anew_in_the_middle_is_told_of_nothing_that_is_not_there)
{
	assert_int_equal(open_large(), 0);
	claim();
	send_large(XENSND_OP_WRITE);
	rig_copy_step();
	stream_resync(&rig.stream, &rig);
	assert_int_equal(rig.n_data, 0);
	finish();
	assert_heard(LARGE_BYTES);
	assert_int_equal(rig.n_data, 1);
	assert_int_equal(rig.data[0].bytes, LARGE_BYTES);
}

TEST(nothing_more_is_copied_for_one_who_leaves_in_the_middle)
{
	const uint8_t *ring;

	assert_int_equal(open_large(), 0);
	claim();
	send_large(XENSND_OP_WRITE);
	rig_copy_step();
	ring = rig.ring;
	stream_release(&rig.stream, &rig);
	finish();
	assert_int_equal(ring[SMALL_BYTES - 1], rig_pattern(SMALL_BYTES - 1));
	assert_int_equal(ring[SMALL_BYTES], 0);
}

/* The job has its memory until it is done. */
static void end_in_the_middle(uint8_t op)
{
	const unsigned before = rig.n_rsp;

	send_large(op);
	rig_copy_step();
	stream_kill(&rig.stream, NULL, NULL);
	assert_int_equal(rig.n_mapped, 1);
	assert_false(rig_copy_step());
	rig_work();
	assert_int_equal(rig.n_mapped, 0);
	assert_int_equal(rig.n_rsp, before);
}

TEST(a_stream_may_end_in_the_middle_of_a_write)
{
	assert_int_equal(open_large(), 0);
	claim();
	end_in_the_middle(XENSND_OP_WRITE);
}

TEST(a_stream_may_end_in_the_middle_of_a_read)
{
	capture();
	claim();
	stream_filled(&rig.stream, rig.opening.generation, LARGE_BYTES / RIG_FRAME);
	end_in_the_middle(XENSND_OP_READ);
}

TEST(whoever_captures_may_leave_in_the_middle_of_a_read)
{
	capture();
	claim();
	memset(rig.ring, 0x77, LARGE_BYTES);
	stream_filled(&rig.stream, rig.opening.generation, LARGE_BYTES / RIG_FRAME);
	send_large(XENSND_OP_READ);
	rig_copy_step();
	stream_release(&rig.stream, &rig);
	finish();
	for (uint32_t i = 0; i < LARGE_BYTES; i++)
		assert_int_equal(rig.guest[i], 0x77);
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
