/* SPDX-License-Identifier: MIT */
/* libxenav: streams over a restart of the daemon. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pause-rig.h"
#include "wire/wire.h"

/* Claim stream 1, and let the guest play: opened, 500 frames written, started, position 0. */
static void play(struct pause *p)
{
	client_claim_stream(&p->t, XENAV_PLAYBACK);
	client_open_stream(&p->t, 3);
	fake_data(p->t.sock, 1, 3, 0, 500);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STARTED, 0);
	client_expect_log(&p->t, "opened:u8:1:8000:1:1000:250 data:0+500 state:1@0 ");
	p->t.n_heard = 0;
}

/* The daemon has come back, and the stream is claimed again as object 1. */
static void claim_again(struct pause *p, uint8_t direction)
{
	pause_come_back(p);
	fake_stream_added(p->t.sock, 1, direction, "s");
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 1);
	if (direction == XENAV_CAPTURE)
		fake_fed(p->t.sock, 1);
	else
		fake_claimed(p->t.sock, 1);
}

static void play_and_come_back(struct pause *p)
{
	play(p);
	pause_hang_up(p);
	claim_again(p, XENAV_PLAYBACK);
}

PAUSE_TEST(an_opening_goes_on_and_samples_come_once)
{
	struct pause *p = *state;

	play_and_come_back(p);
	client_open_stream(&p->t, 3);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STARTED, 200);
	fake_data(p->t.sock, 1, 3, 200, 400);
	pause_told(p, 1);
	client_expect_log(&p->t, "state:1@200 data:500+100 ");
	assert_int_equal(p->t.heard[0], 500 % 251);
	/* A guest may write again what is not played yet. */
	fake_data(p->t.sock, 1, 3, 550, 50);
	client_expect_log(&p->t, "data:550+50 ");
	assert_int_equal(xenav_stream_position(p->t.s, 210, 0), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_STREAM_POSITION, 1);
}

PAUSE_TEST(what_the_guest_has_played_meanwhile_is_lost_and_told)
{
	struct pause *p = *state;

	play_and_come_back(p);
	client_open_stream(&p->t, 3);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STARTED, 800);
	fake_data(p->t.sock, 1, 3, 800, 100);
	pause_told(p, 1);
	/* The state began at 800 for all that we know. */
	client_expect_log(&p->t, "lost:0@500 state:1@800 data:800+100 ");
}

PAUSE_TEST(a_loss_within_one_state_has_a_number)
{
	struct pause *p = *state;

	play_and_come_back(p);
	client_open_stream(&p->t, 3);
	wire_init(&p->msg, XENAV_OP_STREAM_STATE, 1);
	p->msg.stream_state.generation = 3;
	p->msg.stream_state.state = XENAV_STREAM_STARTED;
	p->msg.stream_state.position_frames = 800;
	fake_send(p->t.sock, &p->msg, -1);
	fake_data(p->t.sock, 1, 3, 800, 100);
	pause_told(p, 1);
	client_expect_log(&p->t, "lost:300@500 state:1@800 data:800+100 ");
}

PAUSE_TEST(an_opening_that_has_ended_is_closed)
{
	struct pause *p = *state;

	play_and_come_back(p);
	client_expect_log(&p->t, "");
	assert_non_null(xenav_stream_get_pcm(p->t.s));
	pause_told(p, 1);
	client_expect_log(&p->t, "closed ");
	client_open_stream(&p->t, 3);
	client_expect_log(&p->t, "opened:u8:1:8000:1:1000:250 ");
}

PAUSE_TEST(another_opening_is_another)
{
	struct pause *p = *state;

	play_and_come_back(p);
	client_open_stream(&p->t, 4);
	fake_state(p->t.sock, 1, 4, XENAV_STREAM_STARTED, 0);
	fake_data(p->t.sock, 1, 4, 0, 100);
	pause_told(p, 1);
	client_expect_log(&p->t, "closed opened:u8:1:8000:1:1000:250 state:1@0 data:0+100 ");
}

PAUSE_TEST(what_is_written_before_the_start_comes_once)
{
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	client_open_stream(&p->t, 3);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STOPPED, 0);
	fake_data(p->t.sock, 1, 3, 0, 500);
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	claim_again(p, XENAV_PLAYBACK);
	client_open_stream(&p->t, 3);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STOPPED, 0);
	fake_data(p->t.sock, 1, 3, 0, 600);
	pause_told(p, 1);
	client_expect_log(&p->t, "state:0@0 data:500+100 ");
}

PAUSE_TEST(a_stop_meanwhile_loses_nothing)
{
	struct pause *p = *state;

	play_and_come_back(p);
	client_open_stream(&p->t, 3);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STOPPED, 1000);
	pause_told(p, 1);
	client_expect_log(&p->t, "state:0@1000 ");
	fake_data(p->t.sock, 1, 3, 1000, 100);
	client_expect_log(&p->t, "data:1000+100 ");
}

PAUSE_TEST(reports_in_a_pause_are_taken_and_dropped)
{
	struct pause *p = *state;

	play(p);
	pause_hang_up(p);
	assert_int_equal(xenav_stream_position(p->t.s, 100, 0), 0);
	assert_int_equal(xenav_stream_position(p->t.s, 1000000, 0), 0);
	claim_again(p, XENAV_PLAYBACK);
	client_expect_silence(&p->t);
	client_open_stream(&p->t, 3);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STARTED, 50);
	pause_told(p, 1);
	client_expect_log(&p->t, "state:1@50 ");
	assert_int_equal(xenav_stream_position(p->t.s, 60, 0), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_STREAM_POSITION, 1);
	assert_int_equal(p->msg.stream_position.position_frames, 60);
}

PAUSE_TEST(limits_are_set_again_and_end_with_the_claim)
{
	const struct xenav_limits limits = {.size = sizeof limits, .rate_max_hz = 48000};
	struct pause *p = *state;

	client_claim_stream(&p->t, XENAV_PLAYBACK);
	assert_int_equal(xenav_stream_set_limits(p->t.s, &limits), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_STREAM_LIMITS, 1);
	pause_hang_up(p);
	claim_again(p, XENAV_PLAYBACK);
	client_dispatch(&p->t);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_STREAM_LIMITS, 1);
	assert_int_equal(p->msg.stream_limits.rate_max_hz, 48000);
	pause_told(p, 1);
	client_dispatch(&p->t);
	assert_int_equal(xenav_stream_release(p->t.s), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_RELEASE, 1);
	assert_int_equal(xenav_stream_claim(p->t.s), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 1);
	fake_claimed(p->t.sock, 1);
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	pause_hang_up(p);
	claim_again(p, XENAV_PLAYBACK);
	client_dispatch(&p->t);
	client_expect_silence(&p->t);
}

PAUSE_TEST(what_is_written_ahead_for_a_guest_that_records_is_in_the_new_ring)
{
	struct pause *p = *state;
	unsigned char *ring;
	int fd = fake_memfd(1000);

	client_claim_stream(&p->t, XENAV_CAPTURE);
	fake_opened(p->t.sock, 1, 3, XENAV_FORMAT_U8, 1, 8000, 1000, 250, fd);
	close(fd);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STARTED, 0);
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	assert_int_equal(xenav_stream_write(p->t.s, "0123456789", 10), 10);
	pause_hang_up(p);
	assert_int_equal(xenav_stream_write(p->t.s, "ab", 2), 2);
	assert_int_equal(xenav_stream_write_live(p->t.s, "nobody", 6), 0);
	assert_int_equal(xenav_stream_get_written(p->t.s), 12);
	claim_again(p, XENAV_CAPTURE);
	fd = fake_memfd(1000);
	fake_opened(p->t.sock, 1, 3, XENAV_FORMAT_U8, 1, 8000, 1000, 250, fd);
	fake_state(p->t.sock, 1, 3, XENAV_STREAM_STARTED, 4);
	pause_told(p, 1);
	client_expect_log(&p->t, "state:1@4 ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_STREAM_FILLED, 1);
	assert_int_equal(p->msg.stream_filled.filled_frames, 12);
	ring = mmap(NULL, 1000, PROT_READ, MAP_SHARED, fd, 0);
	assert_memory_equal(ring, "0123456789ab", 12);
	munmap(ring, 1000);
	close(fd);
}
