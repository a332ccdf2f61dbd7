/* SPDX-License-Identifier: MIT */
/*
 * The real-time side of players, in virtual time: a card that plays in blocks, with a clock of its
 * own and a delay, reads what a guest writes that knows nothing but the positions it is told.  The
 * samples are the positions, so each has its place.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "client/reader.h"
#include "test.h"
#include "xenav-proto.h"

#define RATE   48000u
#define BUFFER 4096u
#define PERIOD 512u
#define MS     1000000ull
#define SECOND 1000000000ull

/* A guest, its ring and the card. */
static struct {
	uint32_t ring[BUFFER + 2 * XENAV_RING_TAIL_ALIGN / sizeof(uint32_t)];
	struct xenav_map map;
	struct opening opening;
	union orders orders;
	struct reader reader;
	uint64_t now_ns;
	uint64_t edge;   /* of the guest */
	uint64_t told;   /* the position the guest knows */
	uint64_t heard;  /* the next sample to be heard */
	uint64_t silent; /* frames of silence so far */
	uint64_t gaps;
} rig;

static int setup(void **)
{
	memset(&rig, 0, sizeof rig);
	rig.map.addr = rig.ring;
	rig.now_ns = 1000 * SECOND;
	rig.opening.map = &rig.map;
	rig.opening.generation = 1;
	rig.opening.pcm = (struct xenav_pcm){RATE, XENAV_FORMAT_S32_LE, 1, 4, BUFFER, PERIOD};
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

static void tell(void)
{
	rig.orders.edge_frames = rig.edge;
	mailbox_write(&rig.opening.orders, rig.orders.words);
}

static void trigger(int state, uint64_t position)
{
	rig.orders.state = (uint64_t)state;
	rig.orders.change++;
	rig.orders.stops += state == XENAV_STREAM_STOPPED;
	rig.orders.base_frames = position;
	rig.orders.clock_ns = 0;
	if (state == XENAV_STREAM_STOPPED)
		rig.edge = position;
	rig.told = position;
	tell();
}

/* xenavd's own clock has been at this position for so long. */
static void take_over(uint64_t position, uint64_t since_ns)
{
	rig.orders.change++;
	rig.orders.base_frames = position;
	rig.orders.clock_ns = rig.now_ns - since_ns;
	tell();
}

/* The guest writes up to here; sample 0 would be silence. */
static void write_to(uint64_t edge)
{
	struct xenav_ring_tail *tail = (void *)&rig.ring[BUFFER];

	assert_true(edge <= rig.told + BUFFER);
	if (edge > tail->edge_frames)
		tail->edge_frames = edge;
	for (; rig.edge < edge; rig.edge++)
		rig.ring[rig.edge % BUFFER] = (uint32_t)rig.edge + 1;
	tell();
}

/* The card wants frames: each sample is the one after the last, or silence. */
static uint32_t play(uint32_t frames, uint32_t delay)
{
	static uint32_t dst[BUFFER];
	uint32_t n;

	n = reader_read(&rig.reader, &rig.opening, dst, frames, delay, rig.now_ns);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(dst[i], (uint32_t)rig.heard + 1 + i);
	for (uint32_t i = n; i < frames; i++)
		assert_int_equal(dst[i], 0);
	rig.heard += n;
	rig.silent += frames - n;
	rig.gaps += n < frames;
	return n;
}

/* What a flush would report. */
static uint64_t position(void)
{
	const union played *played = &rig.reader.played;
	uint64_t at;
	uint64_t left;

	if (played->change != rig.orders.change)
		return rig.told;
	at = played_position(played, RATE, rig.now_ns, &left);
	assert_true(at == 0 || at + left <= played->end_frames);
	if (at > rig.told)
		rig.told = at;
	return rig.told;
}

/* -------- a card and a guest for as long as we like -------- */

struct run {
	int ppm;        /* of the card's clock */
	uint32_t block; /* frames of one read */
	uint32_t delay;
	uint32_t jitter_us; /* by which reads are late; the delay is then shorter */
	uint32_t fill;      /* the guest keeps so much written */
};

/* Frames of the card's clock by this time. */
static uint64_t card_frames(const struct run *run, uint64_t since_ns)
{
	return (uint64_t)((double)since_ns * 1e-9 * RATE * (1 + run->ppm * 1e-6));
}

/* The guest wakes up with a period. */
static void let_guest_write(const struct run *run)
{
	static uint64_t awake;

	if (rig.told < awake)
		awake = 0;
	if (rig.told - awake < PERIOD && awake != 0)
		return;
	awake = rig.told ? rig.told : 1;
	if (rig.edge < rig.told + run->fill)
		write_to(rig.told + run->fill);
}

static void run_for(const struct run *run, uint64_t length_ns)
{
	const uint64_t start_ns = rig.now_ns, before = rig.told;
	uint64_t block = 1;

	while (rig.now_ns - start_ns < length_ns) {
		const uint64_t played = card_frames(run, rig.now_ns - start_ns);

		if (played >= block * run->block + run->jitter_us * RATE / 1000000 % run->block) {
			const uint64_t late = played - block * run->block;

			play(run->block, run->delay > late ? run->delay - (uint32_t)late : 0);
			block++;
		}
		position();
		let_guest_write(run);
		rig.now_ns += MS / 2;
	}
	/* Time goes by for the guest as for the card, less what is not heard yet. */
	assert_in_range(rig.told - before + run->delay + 3 * run->block,
			card_frames(run, length_ns),
			card_frames(run, length_ns) + 4 * run->block + run->delay);
}

TEST(ten_minutes_of_a_drifting_card_lose_and_repeat_nothing)
{
	static const struct run runs[] = {
		{500, 256, 512, 0, BUFFER},   {-500, 256, 512, 0, BUFFER},
		{500, 1024, 1024, 0, BUFFER}, {-500, 480, 960, 1000, BUFFER},
		{0, 512, 0, 0, BUFFER},
	};

	for (unsigned i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		setup(NULL);
		write_to(BUFFER);
		trigger(XENAV_STREAM_STARTED, 0);
		run_for(&runs[i], 600 * SECOND);
		assert_int_equal(rig.silent, 0);
		assert_true(rig.heard > 599 * (uint64_t)RATE);
		assert_int_equal(rig.reader.played.late_frames, 0);
		assert_int_equal(rig.reader.played.skipped_frames, 0);
	}
}

TEST(a_guest_that_keeps_less_than_the_delay_has_one_gap_and_no_more)
{
	const struct run run = {100, 256, 900, 0, 900};

	write_to(900);
	trigger(XENAV_STREAM_STARTED, 0);
	run_for(&run, 60 * SECOND);
	assert_in_range(rig.silent, 1, 2 * PERIOD + 900);
	assert_in_range(rig.gaps, 1, 4);
	assert_int_equal(rig.reader.played.skipped_frames, 0);
	assert_int_equal(rig.reader.played.late_frames, rig.silent);
}

TEST(positions_are_the_delay_behind_and_go_on_between_reads)
{
	write_to(BUFFER);
	trigger(XENAV_STREAM_STARTED, 0);
	play(480, 960);
	assert_int_equal(position(), 0);
	rig.now_ns += 10 * MS;
	play(480, 960);
	assert_int_equal(position(), 0);
	rig.now_ns += 10 * MS;
	play(480, 960);
	assert_int_equal(position(), 0);
	rig.now_ns += 5 * MS;
	assert_int_equal(position(), 240);
	rig.now_ns += 5 * MS;
	play(480, 960);
	assert_int_equal(position(), 480);
	/* The card has nothing more to play: no position is beyond what was read. */
	rig.now_ns += SECOND;
	assert_int_equal(position(), 4 * 480 - 1);
}

TEST(a_delay_beyond_the_guests_buffer_is_cut)
{
	write_to(BUFFER);
	trigger(XENAV_STREAM_STARTED, 0);
	/* Half a buffer, less a read and 5 ms: before that, xenavd's clock would take over. */
	play(480, 100000);
	assert_int_equal(rig.reader.played.left_frames, 480 + BUFFER / 2 - 480 - 240);
	rig.opening.pcm.period_frames = BUFFER / 2;
	play(480, 100000);
	assert_int_equal(rig.reader.played.left_frames, 480);
}

TEST(the_position_of_a_silent_guest_goes_on)
{
	write_to(1000);
	trigger(XENAV_STREAM_STARTED, 0);
	for (unsigned i = 0; i < 100; i++) {
		play(480, 480);
		rig.now_ns += 10 * MS;
		position();
	}
	assert_int_equal(rig.heard, 1000);
	/* The last read is heard for another 10 ms. */
	assert_int_equal(position(), 99 * 480);
	/* It was the end of a tune, perhaps. */
	assert_int_equal(rig.reader.played.late_frames, 0);
	/* It goes on where it has to be now, and silence was late. */
	rig.heard = rig.edge = position();
	write_to(position() + 960);
	play(480, 480);
	assert_int_equal(rig.reader.played.late_frames, 100 * 480 - 1000);
}

TEST(frames_that_are_late_by_less_than_the_delay_are_heard)
{
	write_to(480);
	trigger(XENAV_STREAM_STARTED, 0);
	play(480, 960);
	rig.now_ns += 10 * MS;
	play(480, 960); /* nothing there */
	rig.now_ns += 10 * MS;
	write_to(1920);
	assert_int_equal(play(480, 960), 480);
	rig.now_ns += 10 * MS;
	assert_int_equal(play(480, 960), 480);
	assert_int_equal(rig.reader.played.late_frames, 480);
	assert_int_equal(rig.reader.played.skipped_frames, 0);
	/* Time has not stood still: the guest hears that 480 frames are played. */
	assert_int_equal(position(), 480);
	assert_int_equal(rig.reader.played.delay_frames, 480);
}

TEST(a_pause_stands_and_goes_on_without_a_loss)
{
	write_to(BUFFER);
	trigger(XENAV_STREAM_STARTED, 0);
	for (unsigned i = 0; i < 4; i++) {
		play(480, 480);
		rig.now_ns += 10 * MS;
	}
	trigger(XENAV_STREAM_PAUSED, position());
	rig.now_ns += SECOND;
	assert_int_equal(play(480, 480), 0);
	assert_int_equal(position(), 1440);
	trigger(XENAV_STREAM_STARTED, 1440);
	assert_int_equal(play(480, 480), 480);
	assert_int_equal(position(), 1440);
	rig.now_ns += 10 * MS;
	assert_int_equal(position(), 1920);
}

TEST(a_restart_begins_with_its_own_frames)
{
	write_to(BUFFER);
	trigger(XENAV_STREAM_STARTED, 0);
	play(480, 480);
	/* Both are told between two reads. */
	trigger(XENAV_STREAM_STOPPED, BUFFER);
	write_to(BUFFER + 1000);
	trigger(XENAV_STREAM_STARTED, BUFFER);
	rig.heard = BUFFER;
	assert_int_equal(play(480, 480), 480);
	assert_int_equal(position(), BUFFER);
}

TEST(after_a_takeover_the_next_frame_is_the_one_that_is_due)
{
	write_to(BUFFER);
	trigger(XENAV_STREAM_STARTED, 0);
	play(480, 480);
	position();
	/* The thread is away for 50 ms; the clock has taken over 10 ms ago. */
	rig.now_ns += 50 * MS;
	rig.told = 1920;
	write_to(BUFFER + 1000);
	take_over(1440, 10 * MS);
	rig.heard = 1920 + 480;
	assert_int_equal(play(480, 480), 480);
	assert_int_equal(position(), 1920);
	assert_int_equal(rig.reader.played.skipped_frames, 1920);
	assert_int_equal(rig.reader.played.delay_frames, 480);
	/* A guest with nothing so far ahead is not skipped beyond what it has. */
	rig.now_ns += 200 * MS;
	take_over(BUFFER + 700, 0);
	rig.heard = BUFFER + 1000;
	assert_int_equal(play(480, 480), 0);
	rig.now_ns += 10 * MS;
	rig.told = BUFFER + 1180;
	write_to(BUFFER + 1660);
	rig.heard = BUFFER + 1180;
	assert_int_equal(play(480, 480), 480);
}

TEST(another_opening_begins_anew)
{
	write_to(BUFFER);
	trigger(XENAV_STREAM_STARTED, 0);
	play(480, 480);
	rig.opening.generation = 2;
	rig.edge = 0;
	write_to(BUFFER);
	trigger(XENAV_STREAM_STARTED, 0);
	rig.heard = 0;
	assert_int_equal(play(480, 480), 480);
	assert_int_equal(rig.reader.played.end_frames, 480);
}

/* -------- watchers -------- */

/* The driver's card moves the guest, which keeps its buffer full; ours has another clock. */
static void watch_for(int ppm, uint64_t length_ns)
{
	static uint32_t dst[BUFFER];
	const uint64_t start_ns = rig.now_ns;
	uint64_t blocks = 0;
	uint32_t last = 0;

	while (rig.now_ns - start_ns < length_ns) {
		const double frames = (double)(rig.now_ns - start_ns) * 1e-9 * RATE;

		rig.told = (uint64_t)frames / 240 * 240;
		write_to(rig.told + BUFFER);
		if ((uint64_t)(frames * (1 + ppm * 1e-6)) / 480 > blocks) {
			const uint32_t n =
				reader_read(&rig.reader, &rig.opening, dst, 480, 480, rig.now_ns);

			blocks++;
			rig.heard += n;
			rig.gaps += n < 480 || (last && dst[0] != last + 1);
			for (uint32_t i = 1; i < n; i++)
				assert_int_equal(dst[i], dst[i - 1] + 1);
			last = n > 0 ? dst[n - 1] : last;
		}
		rig.now_ns += MS / 2;
	}
}

TEST(a_watchers_card_with_another_clock_has_few_gaps)
{
	static const int ppm[] = {500, -500, 0};

	for (unsigned i = 0; i < 3; i++) {
		setup(NULL);
		rig.orders.watched = 1;
		write_to(BUFFER);
		trigger(XENAV_STREAM_STARTED, 0);
		watch_for(ppm[i], 600 * SECOND);
		/* 14400 frames drift in ten minutes; a quarter of the buffer is 1024, and more
		 * than one read is silent until so much is in hand. */
		assert_in_range(rig.gaps, 0, 2 + (ppm[i] ? 3 * 14400 / 1000 : 0));
		assert_in_range(rig.heard, 590ull * RATE, 601ull * RATE);
	}
}
