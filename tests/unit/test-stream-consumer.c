/* SPDX-License-Identifier: MIT */
/* A playback stream and the consumer that claims it, at whatever moment. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "stream-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

enum { START = XENSND_OP_TRIGGER_START, PAUSE = XENSND_OP_TRIGGER_PAUSE };
enum { STOP = XENSND_OP_TRIGGER_STOP, RESUME = XENSND_OP_TRIGGER_RESUME };

static void claim(void)
{
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_DRIVE, &rig_listener, &rig), 0);
	stream_resync(&rig.stream, &rig);
}

static void report(uint64_t frames)
{
	stream_report(&rig.stream, rig.opening.generation, frames, rig.now_ns, 0);
}

/* The ring holds the samples that the guest wrote at those positions. */
static void assert_heard(uint64_t position, uint64_t end)
{
	for (; position < end; position++)
		assert_int_equal(rig.ring[position % RIG_BUFFER], rig_pattern(position));
}

static void assert_told(unsigned i, uint64_t position, uint32_t bytes)
{
	assert_true(i < rig.n_data);
	assert_int_equal(rig.data[i].position_bytes, position);
	assert_int_equal(rig.data[i].bytes, bytes);
}

static void assert_state(unsigned i, uint32_t state, uint64_t position_frames)
{
	assert_true(i < rig.n_states);
	assert_int_equal(rig.states[i].state, state);
	assert_int_equal(rig.states[i].position_frames, position_frames);
}

TEST(a_claim_of_a_closed_stream_is_told_of_the_opening)
{
	claim();
	assert_int_equal(rig.n_opened + rig.n_states + rig.n_data, 0);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig.n_opened, 1);
	assert_int_equal(rig.opening.rate_hz, RIG_RATE);
	assert_int_equal(rig.opening.buffer_bytes, RIG_BUFFER);
	assert_int_equal(rig.opening.period_bytes, RIG_PERIOD);
	assert_int_equal(rig.opening.frame_bytes, RIG_FRAME);
	assert_int_equal(rig.opening.format, XENSND_PCM_FORMAT_S16_LE);
	assert_int_equal(rig.opening.channels, 2);
	assert_int_equal(rig.n_states, 1);
	assert_state(0, XENAV_STREAM_STOPPED, 0);
	assert_int_equal(rig.n_data, 0);
}

TEST(it_hears_every_byte_in_order)
{
	uint64_t written = 0;

	claim();
	assert_int_equal(rig_open(), 0);
	for (; written < RIG_BUFFER; written += RIG_PERIOD)
		assert_int_equal(rig_write(written, RIG_PERIOD), 0);
	assert_int_equal(rig_trigger(START), 0);
	assert_state(1, XENAV_STREAM_STARTED, 0);
	for (unsigned i = 0; i < 100; i++) {
		assert_told(i, (uint64_t)i * RIG_PERIOD, RIG_PERIOD);
		assert_heard((uint64_t)i * RIG_PERIOD, (uint64_t)(i + 1) * RIG_PERIOD);
		rig_run_ms(25);
		report((uint64_t)(i + 1) * RIG_PERIOD / RIG_FRAME);
		assert_int_equal(rig.position, (uint64_t)(i + 1) * RIG_PERIOD);
		assert_int_equal(rig_write(written, RIG_PERIOD), 0);
		written += RIG_PERIOD;
	}
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig.n_closed, 1);
}

TEST(a_second_claim_is_refused)
{
	claim();
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_DRIVE, &rig_listener, &rig), -EBUSY);
	stream_release(&rig.stream, &rig);
	claim();
}

TEST(a_claim_in_the_middle_gets_what_is_written_and_not_played)
{
	uint64_t written = 0;
	uint64_t position;

	assert_int_equal(rig_open(), 0);
	for (; written < RIG_BUFFER; written += RIG_PERIOD)
		assert_int_equal(rig_write(written, RIG_PERIOD), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(60);
	assert_int_equal(rig_write(written, RIG_PERIOD), 0);
	written += RIG_PERIOD;
	claim();
	position = 60 * 48;
	assert_int_equal(rig.n_opened, 1);
	assert_int_equal(rig.n_states, 1);
	assert_state(0, XENAV_STREAM_STARTED, position);
	assert_int_equal(rig.n_data, 1);
	assert_told(0, position * RIG_FRAME, (uint32_t)(written - position * RIG_FRAME));
	assert_heard(position * RIG_FRAME, written);
	assert_int_equal(rig_write(written, RIG_PERIOD), 0);
	assert_told(1, written, RIG_PERIOD);
}

TEST(a_claim_of_a_prefilled_stream_gets_the_whole_buffer)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_BUFFER), 0);
	claim();
	assert_state(0, XENAV_STREAM_STOPPED, 0);
	assert_told(0, 0, RIG_BUFFER);
	assert_heard(0, RIG_BUFFER);
}

TEST(the_clock_takes_over_when_the_claim_is_released)
{
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(20);
	report(900);
	stream_release(&rig.stream, &rig);
	rig_run_ms(1000);
	assert_in_range(rig.position / RIG_FRAME, 900 + 980 * 48, 900 + 1000 * 48);
	/* The listener is not called any more. */
	rig.n_data = 0;
	assert_int_equal(rig_write(0, 400), 0);
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig.n_data, 0);
	assert_int_equal(rig.n_states, 2);
	assert_int_equal(rig.n_closed, 0);
}

TEST(consumers_come_and_go_and_the_guest_only_moves_on)
{
	uint64_t written = 0;

	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(written, RIG_PERIOD), 0);
	written += RIG_PERIOD;
	assert_int_equal(rig_trigger(START), 0);
	for (unsigned i = 0; i < 40; i++) {
		uint64_t before = rig.position;

		rig.n_data = rig.n_states = 0;
		claim();
		rig_run_ms(10);
		report(rig.states[0].position_frames + 480);
		stream_release(&rig.stream, &rig);
		rig_run_ms(10);
		assert_in_range(rig.position - before, 15 * 48 * RIG_FRAME, 25 * 48 * RIG_FRAME);
	}
	assert_int_equal(rig.n_opened, 40);
}

TEST(a_consumer_that_says_nothing_does_not_stop_the_guest)
{
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(45);
	assert_int_equal(rig.position, 0);
	rig_run_ms(1000);
	assert_in_range(rig.position / RIG_FRAME, 980 * 48, 1005 * 48);
}

TEST(reports_of_nonsense_are_ignored)
{
	claim();
	report(100); /* closed */
	assert_int_equal(rig_open(), 0);
	report(100); /* stopped */
	assert_int_equal(rig.stream.progress.position_frames, 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(10);
	stream_report(&rig.stream, rig.opening.generation + 1, 300, rig.now_ns, 0);
	stream_report(&rig.stream, 0, 300, rig.now_ns, 0);
	assert_int_equal(rig.stream.progress.position_frames, 0);
	report(300);
	report(200);
	assert_int_equal(rig.stream.progress.position_frames, 300);
	assert_int_equal(
		stream_report(&rig.stream, rig.opening.generation, UINT64_MAX, rig.now_ns, 0),
		-ERANGE);
	assert_int_equal(rig.stream.progress.position_frames, 300);
	report(4800);
	assert_in_range(rig.stream.progress.position_frames, 4800, 4800 + 11 * 54);
	rig.started = false;
	assert_int_equal(rig_close(), 0);
	report(100000);
}

TEST(a_silent_consumer_is_told_where_the_clock_is)
{
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(10);
	report(480);
	rig_run_ms(45);
	assert_int_equal(rig.n_moved, 0);
	rig_run_ms(200);
	assert_int_equal(rig.n_moved, 1);
	assert_in_range(rig.moved_frames, 480, 62 * 48);
	assert_true(rig.moved_ns > 0);
	/* The clock goes on in real time. */
	assert_in_range(rig.stream.progress.position_frames,
			rig.moved_frames + (rig.now_ns - rig.moved_ns) / 1000000 * 48 - 25 * 48,
			rig.moved_frames + (rig.now_ns - rig.moved_ns) / 1000000 * 48);
	/* Back, and silent again. */
	report(rig.stream.progress.position_frames);
	rig_run_ms(100);
	assert_int_equal(rig.n_moved, 2);
}

TEST(the_consumer_is_told_of_every_state_and_where_it_goes_on)
{
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(20);
	report(960);
	assert_int_equal(rig_trigger(PAUSE), 0);
	assert_int_equal(rig_trigger(RESUME), 0);
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig_trigger(START), 0);
	assert_int_equal(rig.n_states, 6);
	assert_state(2, XENAV_STREAM_PAUSED, 960);
	assert_state(3, XENAV_STREAM_STARTED, 960);
	assert_state(4, XENAV_STREAM_STOPPED, 4800);
	assert_state(5, XENAV_STREAM_STARTED, 4800);
	/* Further writes belong to the new start. */
	assert_int_equal(rig_write(4800 * RIG_FRAME, 400), 0);
	assert_told(0, 4800 * RIG_FRAME, 400);
}

TEST(a_resync_is_the_same_opening_in_its_present_state)
{
	uint32_t generation;

	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	generation = rig.opening.generation;
	rig.n_data = rig.n_states = 0;
	stream_resync(&rig.stream, &rig);
	assert_int_equal(rig.n_opened, 2);
	assert_int_equal(rig.opening.generation, generation);
	assert_state(0, XENAV_STREAM_STOPPED, 0);
	assert_told(0, 0, RIG_PERIOD);
	assert_heard(0, RIG_PERIOD);
	/* Its earlier reports count. */
	assert_int_equal(rig_trigger(XENSND_OP_TRIGGER_START), 0);
	rig_run_ms(5);
	stream_report(&rig.stream, generation, 200, rig.now_ns, 0);
	assert_int_equal(rig.stream.progress.position_frames, 200);
}

TEST(an_old_ring_shows_nothing_of_a_new_opening)
{
	uint8_t *old;
	uint8_t before[RIG_BUFFER];

	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	old = rig.ring;
	rig.ring = NULL; /* it keeps its mapping */
	memcpy(before, old, sizeof before);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig_open(), 0);
	memset(rig.guest, 0x77, sizeof rig.guest);
	assert_int_equal(rig_transfer(XENSND_OP_WRITE, 0, RIG_BUFFER), 0);
	assert_memory_equal(before, old, sizeof before);
	assert_int_equal(rig.ring[0], 0x77);
}

TEST(an_empty_write_is_nothing_to_tell)
{
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	assert_int_equal(rig_transfer(XENSND_OP_WRITE, 0, 0), 0);
	assert_int_equal(rig.n_data, 1);
	assert_int_equal(rig_write(RIG_PERIOD, RIG_PERIOD), 0);
	assert_told(1, RIG_PERIOD, RIG_PERIOD);
}

static void query_all(struct xensnd_query_hw_param *answer)
{
	struct xensnd_req req = {.operation = XENSND_OP_HW_PARAM_QUERY};

	req.op.hw_param = (struct xensnd_query_hw_param){
		UINT64_MAX, {0, UINT32_MAX}, {0, UINT32_MAX}, {0, UINT32_MAX}, {0, UINT32_MAX}};
	assert_int_equal(rig_request(&req), 0);
	*answer = rig.rsp.resp.hw_param;
}

TEST(the_guest_chooses_from_what_its_consumer_takes)
{
	const struct stream_bounds bounds = {
		.formats = UINT64_C(1) << XENSND_PCM_FORMAT_S16_LE | UINT64_C(1) << 50,
		.rate_hz = {44100, 48000},
		.channels = {2, 0},
		.buffer_frames = {0, RIG_BUFFER / RIG_FRAME},
		.period_frames = {1000, 2400},
	};
	struct xensnd_query_hw_param all, answer;

	query_all(&all);
	claim();
	query_all(&answer);
	assert_memory_equal(&answer, &all, sizeof all);
	assert_int_equal(stream_bound(&rig.stream, &bounds), 0);
	query_all(&answer);
	assert_true(answer.formats == UINT64_C(1) << XENSND_PCM_FORMAT_S16_LE);
	assert_int_equal(answer.rates.min, 44100);
	assert_int_equal(answer.rates.max, 48000);
	assert_int_equal(answer.channels.min, 2);
	assert_int_equal(answer.channels.max, 2);
	assert_int_equal(answer.buffer.min, 353); /* 8 ms at 44100 Hz */
	assert_int_equal(answer.buffer.max, RIG_BUFFER / RIG_FRAME);
	assert_int_equal(answer.period.min, 1000);
	assert_int_equal(answer.period.max, 2400);
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_U8, 2, RIG_BUFFER / 2, 2400), -EINVAL);
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 1, RIG_BUFFER / 2, 2400), -EINVAL);
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, RIG_BUFFER + 4, 0), -EINVAL);
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, RIG_BUFFER, 3996), -EINVAL);
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, RIG_BUFFER, 0), 0);
	assert_int_equal(rig_open(), 0);
}

TEST(limits_leave_the_present_opening_alone_and_end_with_the_claim)
{
	const struct stream_bounds bounds = {.formats = UINT64_C(1) << XENSND_PCM_FORMAT_U8};

	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(stream_bound(&rig.stream, &bounds), 0);
	assert_int_equal(rig.n_closed, 0);
	assert_int_equal(rig_write(0, RIG_PERIOD), 0);
	rig_close();
	assert_int_equal(rig_open(), -EINVAL);
	stream_release(&rig.stream, &rig);
	assert_int_equal(rig_open(), 0);
	rig_close();
	claim();
	assert_int_equal(rig_open(), 0);
}

TEST(limits_that_leave_nothing_are_refused_and_the_others_stay)
{
	static const struct stream_bounds bad[] = {
		{.formats = UINT64_C(1) << 25},
		{.rate_hz = {STREAM_RATE_MAX_HZ + 1, 0}},
		{.rate_hz = {0, STREAM_RATE_MIN_HZ - 1}},
		{.rate_hz = {48000, 44100}},
		{.channels = {3, 0}},
		{.buffer_frames = {RIG_MAX + 1, 0}},
		{.period_frames = {UINT32_MAX, 0}},
		{.buffer_frames = {0, 10}, .period_frames = {11, 0}},
	};
	const struct stream_bounds good = {.channels = {1, 1}};
	const struct stream_bounds none = {0};
	struct xensnd_query_hw_param answer;

	claim();
	assert_int_equal(stream_bound(&rig.stream, &good), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(stream_bound(&rig.stream, &bad[i]), -EINVAL);
		query_all(&answer);
		assert_int_equal(answer.channels.max, 1);
		assert_true(answer.formats == UINT64_C(0x1ffffff));
	}
	assert_int_equal(stream_bound(&rig.stream, &none), 0);
	query_all(&answer);
	assert_int_equal(answer.channels.max, 2);
}

TEST(the_end_of_a_stream_ends_its_claim_without_another_word)
{
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig.started = false;
	stream_kill(&rig.stream, NULL, NULL);
	assert_int_equal(rig.n_removed, 1);
	assert_int_equal(rig.n_closed, 0);
	rig_run_ms(100);
}
