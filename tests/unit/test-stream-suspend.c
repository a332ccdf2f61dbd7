/* SPDX-License-Identifier: MIT */
/*
 * A guest that is suspended pauses its stream.  Afterwards Linux prepares it anew, fills the buffer
 * from the beginning, and starts, all without a stop.
 */
#include <config.h>

#include <string.h>

#include "stream-rig.h"
#include "test.h"

#define START  XENSND_OP_TRIGGER_START
#define PAUSE  XENSND_OP_TRIGGER_PAUSE
#define RESUME XENSND_OP_TRIGGER_RESUME

#define BUFFER_FRAMES (RIG_BUFFER / RIG_FRAME)

/* Play from a full buffer and pause; forget the calls so far. */
static void suspend_after_ms(unsigned ms)
{
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_DRIVE, &rig_listener, &rig), 0);
	stream_resync(&rig.stream, &rig);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_BUFFER), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(ms);
	stream_report(&rig.stream, rig.opening.generation, ms * RIG_RATE / 1000, rig.now_ns, 0);
	assert_int_equal(rig_trigger(PAUSE), 0);
	rig_run_ms(1000);
	rig.n_data = rig.n_states = 0;
}

/* The ring has the guest's samples from this position on. */
static void assert_heard(uint64_t position_bytes, uint32_t bytes)
{
	for (uint64_t at = position_bytes; at < position_bytes + bytes; at++)
		assert_int_equal(rig.ring[at % RIG_BUFFER], rig_pattern(at));
}

/* The last part that the consumer was told to play. */
static void assert_to_play(uint64_t position_bytes, uint32_t bytes)
{
	assert_true(rig.n_data > 0);
	assert_int_equal(rig.data[rig.n_data - 1].position_bytes, position_bytes);
	assert_int_equal(rig.data[rig.n_data - 1].bytes, bytes);
	assert_heard(position_bytes, bytes);
}

/* The stream starts at this frame, the first of the buffer, where it was stopped. */
static void assert_began_anew(uint64_t frames)
{
	assert_int_equal(rig.n_states, 2);
	assert_int_equal(rig.states[0].state, XENAV_STREAM_STOPPED);
	assert_int_equal(rig.states[0].position_frames, frames);
	assert_int_equal(rig.states[1].state, XENAV_STREAM_STARTED);
	assert_int_equal(rig.states[1].position_frames, frames);
	assert_int_equal(rig.hw_ptr, 0);
	assert_int_equal(rig.position, frames * RIG_FRAME);
}

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(what_a_suspended_guest_refills_is_played)
{
	suspend_after_ms(50);
	assert_int_equal(rig_write(RIG_BUFFER, RIG_BUFFER), 0);
	assert_int_equal(rig_trigger(START), 0);
	assert_began_anew(BUFFER_FRAMES);
	/* Told again, because the stop has voided it. */
	assert_int_equal(rig.n_data, 2);
	assert_to_play(RIG_BUFFER, RIG_BUFFER);
	/* The stream goes on as usual. */
	rig_run_ms(50);
	stream_report(&rig.stream, rig.opening.generation, BUFFER_FRAMES + 2400, rig.now_ns, 0);
	assert_int_equal(rig_write(2 * RIG_BUFFER, RIG_PERIOD), 0);
	assert_to_play(2 * RIG_BUFFER, RIG_PERIOD);
}

TEST(a_refill_may_come_in_pieces_and_be_less_than_a_buffer)
{
	suspend_after_ms(50);
	for (uint32_t at = 0; at < 3 * RIG_PERIOD; at += RIG_PERIOD)
		assert_int_equal(rig_write(RIG_BUFFER + at, RIG_PERIOD), 0);
	assert_int_equal(rig_trigger(START), 0);
	assert_began_anew(BUFFER_FRAMES);
	assert_to_play(RIG_BUFFER, 3 * RIG_PERIOD);
}

TEST(a_pause_at_the_end_of_the_buffer_is_none_the_less_one)
{
	suspend_after_ms(100);
	assert_int_equal(rig_write(RIG_BUFFER, RIG_PERIOD), 0);
	assert_int_equal(rig_trigger(START), 0);
	assert_began_anew(BUFFER_FRAMES);
	assert_to_play(RIG_BUFFER, RIG_PERIOD);
}

TEST(without_a_refill_there_is_nothing_to_play)
{
	suspend_after_ms(50);
	assert_int_equal(rig_trigger(START), 0);
	assert_began_anew(BUFFER_FRAMES);
	assert_int_equal(rig.n_data, 0);
	assert_int_equal(rig.stream.progress.edge_frames, RIG_BUFFER / RIG_FRAME);
}

TEST(what_was_written_before_a_pause_is_no_refill)
{
	suspend_after_ms(50);
	assert_int_equal(rig_trigger(RESUME), 0);
	/* Beyond the end of the buffer, before the next pause. */
	assert_int_equal(rig_write(RIG_BUFFER, RIG_PERIOD), 0);
	assert_int_equal(rig_trigger(PAUSE), 0);
	rig.n_states = rig.n_data = 0;
	assert_int_equal(rig_trigger(START), 0);
	assert_began_anew(BUFFER_FRAMES);
	assert_int_equal(rig.n_data, 0);
}

TEST(a_guest_that_resumes_goes_on_with_what_it_has_written)
{
	suspend_after_ms(50);
	assert_int_equal(rig_write(RIG_BUFFER, RIG_PERIOD), 0);
	assert_int_equal(rig_trigger(RESUME), 0);
	assert_int_equal(rig.n_states, 1);
	assert_int_equal(rig.states[0].state, XENAV_STREAM_STARTED);
	assert_int_equal(rig.states[0].position_frames, 2400);
	assert_int_equal(rig.n_data, 1);
	assert_int_equal(rig.stream.progress.edge_frames, (RIG_BUFFER + RIG_PERIOD) / RIG_FRAME);
}

TEST(a_stop_of_a_paused_stream_leaves_nothing)
{
	suspend_after_ms(50);
	assert_int_equal(rig_write(RIG_BUFFER, RIG_BUFFER), 0);
	assert_int_equal(rig_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_int_equal(rig.n_data, 1);
	assert_int_equal(rig.stream.progress.edge_frames, RIG_BUFFER / RIG_FRAME);
}
