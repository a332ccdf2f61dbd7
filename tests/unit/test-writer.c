/* SPDX-License-Identifier: MIT */
/*
 * The real-time side of recorders, in virtual time: a microphone with a clock of its own hands over
 * blocks, and a guest reads up to the position that it is told.
 */
#include <config.h>

#include <string.h>

#include "client/writer.h"
#include "test.h"
#include "xenav-proto.h"

#define RATE   48000u
#define BUFFER 4096u
#define MS     1000000ull
#define SECOND 1000000000ull

static struct {
	uint32_t ring[BUFFER];
	struct xenav_map map;
	struct opening opening;
	union orders orders;
	struct writer writer;
	uint64_t now_ns;
	uint32_t counter; /* the next sample of the microphone */
	uint64_t told;    /* the position the guest knows */
	uint64_t read;    /* the guest has read all before it */
} rig;

static int setup(void **)
{
	memset(&rig, 0, sizeof rig);
	rig.map.addr = rig.ring;
	rig.now_ns = 1000 * SECOND;
	rig.counter = 1;
	rig.opening.map = &rig.map;
	rig.opening.generation = 1;
	rig.opening.pcm = (struct xenav_pcm){RATE, XENAV_FORMAT_S32_LE, 1, 4, BUFFER, 480};
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

static void tell(void)
{
	rig.orders.edge_frames = rig.read;
	mailbox_write(&rig.opening.orders, rig.orders.words);
}

static void start(uint64_t position)
{
	rig.orders.state = XENAV_STREAM_STARTED;
	rig.orders.change++;
	rig.orders.base_frames = position;
	rig.told = position;
	rig.read = position;
	tell();
}

static void record(uint32_t frames, uint32_t delay)
{
	uint32_t src[BUFFER];

	for (uint32_t i = 0; i < frames; i++)
		src[i] = rig.counter++;
	assert_int_equal(writer_write(&rig.writer, &rig.opening, src, frames, delay, rig.now_ns),
			 frames);
}

static uint64_t position(void)
{
	const uint64_t at = captured_position(&rig.writer.captured, RATE, rig.now_ns);

	assert_true(at <= rig.writer.captured.end_frames);
	if (at > rig.told)
		rig.told = at;
	return rig.told;
}

/* The guest reads all that it may; the samples count from first at position 0 on. */
static void read_all(uint32_t first)
{
	for (; rig.read < rig.told; rig.read++)
		assert_int_equal(rig.ring[rig.read % BUFFER], first + (uint32_t)rig.read);
	tell();
}

static void run(int ppm, uint32_t block, uint64_t length_ns)
{
	const uint64_t start_ns = rig.now_ns;
	uint64_t blocks = 1, before = 0, most = 0;

	while (rig.now_ns - start_ns < length_ns) {
		const double seconds = (double)(rig.now_ns - start_ns) * 1e-9;
		const uint64_t captured = (uint64_t)(seconds * RATE * (1 + ppm * 1e-6));

		if (captured >= blocks * block) {
			record(block, (uint32_t)(captured - blocks * block));
			blocks++;
		}
		position();
		if (blocks > 2 && rig.told - before > most)
			most = rig.told - before;
		before = rig.told;
		read_all(1);
		rig.now_ns += MS / 2;
	}
	/* Positions do not jump with the blocks. */
	assert_in_range(most, 1, 2 * RATE / 2000 + 2);
	assert_in_range(rig.read, (blocks - 3) * block, (blocks - 1) * block);
}

TEST(ten_minutes_of_a_drifting_microphone_lose_and_repeat_nothing)
{
	static const int ppm[] = {500, -500, 0};

	for (unsigned i = 0; i < 3; i++) {
		setup(NULL);
		start(0);
		run(ppm[i], i == 2 ? 1024 : 480, 600 * SECOND);
		assert_int_equal(rig.writer.captured.late_frames, 0);
		assert_int_equal(rig.writer.captured.skipped_frames, 0);
	}
}

TEST(positions_move_with_time_and_end_with_what_is_written)
{
	start(0);
	record(480, 0);
	assert_int_equal(position(), 0);
	rig.now_ns += 5 * MS;
	assert_int_equal(position(), 240);
	rig.now_ns += SECOND;
	assert_int_equal(position(), 480);
	/* A block that comes late has a delay, and no jump. */
	record(480, 0);
	assert_int_equal(position(), 480);
	rig.now_ns += 12 * MS;
	assert_int_equal(position(), 960);
	record(480, 96);
	assert_int_equal(position(), 960);
}

TEST(after_a_takeover_the_gap_is_silence)
{
	start(0);
	record(1000, 0);
	memset(rig.ring + 1000, 0x55, (BUFFER - 1000) * sizeof rig.ring[0]);
	rig.orders.change++;
	rig.orders.base_frames = 1500;
	rig.orders.clock_ns = rig.now_ns;
	tell();
	rig.now_ns += 10 * MS;
	record(480, 0);
	assert_int_equal(rig.writer.captured.end_frames, 1980 + 480);
	assert_int_equal(rig.writer.captured.skipped_frames, 980);
	assert_int_equal(rig.ring[999], 1000);
	for (uint32_t i = 1000; i < 1980; i++)
		assert_int_equal(rig.ring[i], 0);
	assert_int_equal(rig.ring[1980], 1001);
	/* However long it was. */
	rig.orders.change++;
	rig.orders.base_frames = 3600ull * RATE;
	rig.orders.clock_ns = rig.now_ns;
	tell();
	record(10, 0);
	assert_int_equal(rig.writer.captured.end_frames, 3600ull * RATE + 10);
	for (uint32_t i = 10; i < BUFFER; i++)
		assert_int_equal(rig.ring[(3600ull * RATE + i) % BUFFER], 0);
}

TEST(a_start_begins_at_its_position)
{
	start(0);
	record(1000, 0);
	rig.orders.state = XENAV_STREAM_STOPPED;
	rig.orders.change++;
	rig.orders.stops++;
	rig.orders.base_frames = BUFFER;
	rig.read = BUFFER;
	tell();
	assert_int_equal(writer_write(&rig.writer, &rig.opening, "abc", 1, 0, rig.now_ns), 0);
	start(BUFFER);
	rig.counter = 7;
	record(10, 0);
	assert_int_equal(rig.ring[0], 7);
	assert_int_equal(rig.writer.captured.end_frames, BUFFER + 10);
	assert_int_equal(rig.writer.captured.skipped_frames, 0);
}
