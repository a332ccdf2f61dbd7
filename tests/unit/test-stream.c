/* SPDX-License-Identifier: MIT */
/* A stream without a consumer: every request, and the sequences that Linux sends. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sound/format.h"
#include "stream-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

enum { START = XENSND_OP_TRIGGER_START, PAUSE = XENSND_OP_TRIGGER_PAUSE };
enum { STOP = XENSND_OP_TRIGGER_STOP, RESUME = XENSND_OP_TRIGGER_RESUME };

static void capture_instead(void)
{
	stream_kill(&rig.stream, NULL, NULL);
	rig_init(XENAV_CAPTURE);
}

/* -------- refusals -------- */

TEST(nothing_but_close_and_query_works_on_a_closed_stream)
{
	assert_int_equal(rig_transfer(XENSND_OP_WRITE, 0, 4), -EIO);
	for (uint8_t op = XENSND_OP_SET_VOLUME; op <= XENSND_OP_UNMUTE; op++)
		assert_int_equal(rig_transfer(op, 0, 8), -EIO);
	for (uint8_t type = START; type <= RESUME; type++)
		assert_int_equal(rig_trigger(type), -EIO);
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig_transfer(XENSND_OP_WRITE, 0, 4), -EIO);
}

TEST(a_stream_has_one_direction)
{
	assert_int_equal(rig_open(), 0);
	assert_false(rig.mapped_writable);
	assert_int_equal(rig_transfer(XENSND_OP_READ, 0, 4), -EINVAL);
	rig_close();
	capture_instead();
	assert_int_equal(rig_open(), 0);
	assert_true(rig.mapped_writable);
	assert_int_equal(rig_transfer(XENSND_OP_WRITE, 0, 4), -EINVAL);
}

TEST(unknown_triggers_are_refused)
{
	assert_int_equal(rig_open(), 0);
	for (unsigned type = 4; type < 256; type++)
		assert_int_equal(rig_trigger((uint8_t)type), -EINVAL);
}

TEST(no_transfer_leaves_its_buffer)
{
	static const uint32_t edges[] = {0,
					 1,
					 4,
					 RIG_BUFFER - 4,
					 RIG_BUFFER - 1,
					 RIG_BUFFER,
					 RIG_BUFFER + 4,
					 1u << 31,
					 UINT32_MAX - 3,
					 UINT32_MAX};
	enum { N = sizeof edges / sizeof edges[0] };

	for (int dir = 0; dir < 2; dir++) {
		if (dir)
			capture_instead();
		assert_int_equal(rig_open(), 0);
		for (int i = 0; i < N * N; i++) {
			uint64_t offset = edges[i / N];
			uint64_t length = edges[i % N];
			bool good = offset < RIG_BUFFER && offset + length <= RIG_BUFFER &&
				    offset % 4 == 0 && length % 4 == 0;

			memset(rig.guest, 0x5a, sizeof rig.guest);
			assert_int_equal(rig_transfer(dir ? XENSND_OP_READ : XENSND_OP_WRITE,
						      (uint32_t)offset, (uint32_t)length),
					 good ? 0 : -EINVAL);
			for (size_t j = RIG_BUFFER; dir && j < RIG_MAX; j++)
				assert_int_equal(rig.guest[j], 0x5a);
		}
		rig_close();
	}
}

TEST(an_opening_that_fails_is_answered_and_closed_like_any)
{
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 3, RIG_BUFFER, 0), -EINVAL);
	assert_int_equal(rig_open_as(25, 2, RIG_BUFFER, 0), -EINVAL);
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, RIG_MAX + 4, 0), -EINVAL);
	rig.map_rc = -ENOSPC;
	assert_int_equal(rig_open(), -ENOSPC);
	rig.map_rc = 0;
	rig.late_rc = -EINVAL;
	assert_int_equal(rig_open(), -EINVAL);
	assert_int_equal(rig_close(), 0);
	rig.late_rc = 0;
	assert_int_equal(rig_open(), 0);
}

TEST(a_query_is_answered_whether_open_or_not)
{
	struct xensnd_req req = {.operation = XENSND_OP_HW_PARAM_QUERY};

	for (int i = 0; i < 2; i++) {
		memset(&req.op, 0xff, sizeof req.op);
		req.op.hw_param.rates.min = req.op.hw_param.channels.min = 0;
		req.op.hw_param.buffer.min = req.op.hw_param.period.min = 0;
		assert_int_equal(rig_request(&req), 0);
		assert_int_equal(rig.rsp.resp.hw_param.channels.min, 1);
		assert_int_equal(rig.rsp.resp.hw_param.channels.max, 2);
		assert_int_equal(rig_open(), 0);
	}
	req.op.hw_param.formats = 0;
	assert_int_equal(rig_request(&req), -EINVAL);
}

/* -------- Linux -------- */

/* aplay: prefill, start, keep full, drain. */
TEST(a_program_that_plays_gets_its_periods_in_time)
{
	uint64_t written = 0;

	assert_int_equal(rig_open(), 0);
	for (; written < RIG_BUFFER; written += RIG_PERIOD)
		assert_int_equal(rig_write(written, RIG_PERIOD), 0);
	assert_int_equal(rig.n_events, 0);
	assert_int_equal(rig_trigger(START), 0);
	for (int i = 0; i < 10000; i++) {
		rig_run_ms(1);
		if (written - rig.position <= RIG_BUFFER - RIG_PERIOD) {
			assert_int_equal(rig_write(written, RIG_PERIOD), 0);
			written += RIG_PERIOD;
		}
		assert_true(rig.position < written);
	}
	/* 10 s are 400 periods, and each is told in three to eight steps. */
	assert_in_range(rig.n_elapsed, 395, 400);
	assert_in_range(rig.n_events, 1200, 3200);
	assert_in_range(rig.position / RIG_FRAME, 10 * RIG_RATE - 400, 10 * RIG_RATE);
	rig_run_ms(120);
	assert_true(rig.position >= written);
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig.n_voids, 1);
	rig_run_ms(1000);
}

TEST(periods_of_any_size_wake_the_program)
{
	static const uint32_t periods[] = {64, 256, 4800, 9600};

	for (int i = 0; i < 4; i++) {
		rig.n_elapsed = 0;
		assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, RIG_BUFFER, periods[i]),
				 0);
		assert_int_equal(rig_trigger(START), 0);
		rig_run_ms(1000);
		/* At least every 50 ms, however small; and not much later than asked for. */
		assert_true(rig.n_elapsed >= 18);
		assert_true(rig.n_elapsed >= (periods[i] < 1000 ? 300 : 1000 / 50 - 2));
		assert_int_equal(rig_trigger(STOP), 0);
		rig_close();
	}
}

TEST(no_events_are_sent_where_none_were_asked_for)
{
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, RIG_BUFFER, 0), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(1000);
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig.n_events, 0);
}

TEST(after_an_underrun_the_driver_stands_where_alsa_starts_again)
{
	assert_int_equal(rig_open(), 0);
	for (int i = 0; i < 5; i++) {
		/* ALSA has set its own pointers to 0, and so must the driver's be. */
		assert_int_equal(rig.hw_ptr, 0);
		assert_int_equal(rig_write(0, 12000), 0);
		assert_int_equal(rig_trigger(START), 0);
		rig_run_ms(63 + 7 * (unsigned)i);
		assert_true(rig.hw_ptr > 0);
		assert_int_equal(rig_trigger(STOP), 0);
	}
	assert_int_equal(rig_close(), 0);
}

TEST(after_a_suspend_linux_starts_without_resuming)
{
	unsigned events;

	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(42);
	assert_int_equal(rig_trigger(PAUSE), 0);
	events = rig.n_events;
	rig_run_ms(1000);
	assert_int_equal(rig.n_events, events);
	assert_int_equal(rig_trigger(START), 0);
	assert_int_equal(rig.hw_ptr, 0);
	rig_run_ms(42);
	assert_in_range(rig.hw_ptr, 1500, 2016);
}

TEST(a_resumed_stream_goes_on_where_it_was)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(40);
	assert_int_equal(rig_trigger(PAUSE), 0);
	rig_run_ms(1000);
	assert_int_equal(rig_trigger(RESUME), 0);
	rig_run_ms(40);
	assert_in_range(rig.hw_ptr, 80 * 48 - 400, 80 * 48);
}

TEST(triggers_out_of_turn_change_nothing)
{
	assert_int_equal(rig_open(), 0);
	rig.started = false;
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig_trigger(PAUSE), 0);
	assert_int_equal(rig_trigger(RESUME), 0);
	rig.started = false; /* resumed from nothing */
	rig_run_ms(100);
	assert_int_equal(rig.n_events, 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(50);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(50);
	assert_in_range(rig.position / RIG_FRAME, 4400, 4800);
	assert_int_equal(rig_trigger(PAUSE), 0);
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig.hw_ptr, 0);
}

TEST(hw_params_twice_opens_twice)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(40);
	rig.started = false;
	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_U8, 1, 4800, 1200), 0);
	assert_int_equal(rig.n_mapped, 1);
	rig_run_ms(100);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(50);
	assert_in_range(rig.position, 2000, 2400);
	rig.started = false;
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig.n_mapped, 0);
}

TEST(a_close_in_the_middle_silences_the_stream)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(33);
	assert_int_equal(rig_close(), 0);
	assert_int_equal(rig.n_voids, 1);
	rig_run_ms(1000);
	/* The next opening counts from the beginning. */
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(50);
	assert_in_range(rig.position / RIG_FRAME, 2000, 2400);
}

TEST(an_event_that_finds_no_room_is_made_up_for)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig.full = true;
	rig_run_ms(5000);
	assert_int_equal(rig.n_events, 0);
	rig.full = false;
	rig_run_ms(20);
	assert_in_range(rig.position / RIG_FRAME, 5000 * 48, 5020 * 48);
}

TEST(every_format_is_played_at_its_own_rate)
{
	for (uint8_t format = 0; format <= XENSND_PCM_FORMAT_GSM; format++) {
		const uint32_t frame = format_frame_bytes(format, 2);
		const uint64_t rate = format_frames_per_sec(format, 2, RIG_RATE);
		uint64_t bytes;

		assert_int_equal(rig_open_as(format, 2, 3000 * frame, 750 * frame), 0);
		assert_int_equal(rig_write(0, 3000 * frame), 0);
		assert_int_equal(rig_trigger(START), 0);
		rig_run_ms(1000);
		bytes = rig.position;
		assert_in_range(bytes, rate * frame * 95 / 100, rate * frame);
		assert_int_equal(rig_trigger(STOP), 0);
		assert_int_equal(rig.position % (3000 * frame), 0);
		assert_int_equal(rig_close(), 0);
	}
}

TEST(every_format_is_recorded_as_its_own_silence)
{
	static uint8_t silence[RIG_MAX];

	capture_instead();
	for (uint8_t format = 0; format <= XENSND_PCM_FORMAT_GSM; format++) {
		const uint32_t frame = format_frame_bytes(format, 2);

		assert_int_equal(rig_open_as(format, 2, 3000 * frame, 750 * frame), 0);
		assert_int_equal(rig_trigger(START), 0);
		rig_run_ms(1000);
		memset(rig.guest, 0x5a, sizeof rig.guest);
		assert_int_equal(rig_transfer(XENSND_OP_READ, 0, 3000 * frame), 0);
		format_silence(format, silence, 3000 * frame);
		assert_memory_equal(rig.guest, silence, 3000 * frame);
		assert_int_equal(rig.guest[3000 * frame], 0x5a);
		assert_int_equal(rig_trigger(STOP), 0);
		assert_int_equal(rig_close(), 0);
	}
}

/* -------- the end -------- */

TEST(a_mapping_that_comes_home_late_is_undone)
{
	struct xensnd_req req = {.operation = XENSND_OP_OPEN};

	req.op.open.pcm_rate = RIG_RATE;
	req.op.open.pcm_format = XENSND_PCM_FORMAT_S16_LE;
	req.op.open.pcm_channels = 2;
	req.op.open.buffer_sz = RIG_BUFFER;
	rig_send(&req);
	assert_int_equal(rig.n_rsp, 0);
	stream_kill(&rig.stream, NULL, NULL);
	rig_work();
	assert_int_equal(rig.n_mapped, 0);
	assert_int_equal(rig.n_rsp, 0);
}

TEST(a_close_that_comes_home_late_is_not_answered)
{
	struct xensnd_req req = {.operation = XENSND_OP_CLOSE};

	assert_int_equal(rig_open(), 0);
	rig_send(&req);
	assert_int_equal(rig.n_rsp, 1); /* only after the pages are free */
	stream_kill(&rig.stream, NULL, NULL);
	rig_work();
	assert_int_equal(rig.n_rsp, 1);
}

TEST(a_stream_may_end_while_it_plays)
{
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(33);
	rig.started = false;
	stream_kill(&rig.stream, NULL, NULL);
	rig_run_ms(1000);
	assert_int_equal(rig.n_removed, 1);
}
