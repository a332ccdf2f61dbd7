/* SPDX-License-Identifier: MIT */
/* A capture stream: the guest reads the samples that the consumer fed, or silence. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, rig_teardown)

enum { START = XENSND_OP_TRIGGER_START, STOP = XENSND_OP_TRIGGER_STOP };

static int setup(void **state)
{
	rig_setup(state);
	stream_kill(&rig.stream, NULL, NULL);
	rig_init(XENAV_CAPTURE);
	memset(rig.guest, 0x5a, sizeof rig.guest);
	return 0;
}

static void claim(void)
{
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_FEED, &rig_listener, &rig), 0);
	stream_resync(&rig.stream, &rig);
}

/* The consumer fills its ring up to a position, and reports it. */
static uint64_t fed;

static void feed(uint64_t end_bytes)
{
	for (; fed < end_bytes; fed++)
		rig.ring[fed % RIG_BUFFER] = rig_pattern(fed);
	stream_report(&rig.stream, rig.opening.generation, end_bytes / RIG_FRAME, rig.now_ns, 0);
}

static int read_at(uint64_t position, uint32_t length)
{
	return rig_transfer(XENSND_OP_READ, (uint32_t)(position % RIG_BUFFER), length);
}

static void assert_recorded(uint64_t position, uint32_t length)
{
	for (uint64_t at = position; at < position + length; at++)
		if (rig.guest[at % RIG_BUFFER] != rig_pattern(at))
			fail_msg("position %llu", (unsigned long long)at);
}

static void assert_silent(uint64_t position, uint32_t length, uint8_t silence)
{
	for (uint64_t at = position; at < position + length; at++)
		if (rig.guest[at % RIG_BUFFER] != silence)
			fail_msg("position %llu", (unsigned long long)at);
}

TEST(with_nobody_to_feed_it_the_guest_records_silence_in_time)
{
	static const struct {
		uint8_t format, channels, silence;
	} as[] = {{XENSND_PCM_FORMAT_S16_LE, 2, 0}, {XENSND_PCM_FORMAT_U8, 1, 0x80}};

	for (int i = 0; i < 2; i++) {
		uint64_t read = 0;

		memset(rig.guest, 0x5a, sizeof rig.guest);
		assert_int_equal(rig_open_as(as[i].format, as[i].channels, RIG_BUFFER, 1200), 0);
		assert_int_equal(rig_trigger(START), 0);
		for (int ms = 0; ms < 2000; ms++) {
			rig_run_ms(1);
			if (rig.position < read + 1200)
				continue;
			assert_int_equal(read_at(read, 1200), 0);
			assert_silent(read, 1200, as[i].silence);
			read += 1200;
		}
		assert_in_range(read, (uint64_t)1900 * 48 * rig.stream.frame_bytes,
				(uint64_t)2000 * 48 * rig.stream.frame_bytes);
		assert_int_equal(rig_trigger(STOP), 0);
		rig_close();
	}
}

/* arecord: a period at a time, as soon as its event tells that there is one. */
TEST(the_guest_records_exactly_what_was_fed)
{
	uint64_t read = 0;

	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	for (unsigned ms = 10; ms < 1000; ms += 10) {
		rig_run_ms(10);
		feed((uint64_t)ms * 48 * RIG_FRAME);
		while (rig.position >= read + RIG_PERIOD) {
			assert_int_equal(read_at(read, RIG_PERIOD), 0);
			assert_recorded(read, RIG_PERIOD);
			assert_int_equal(rig.data[rig.n_data - 1].position_bytes, read);
			assert_int_equal(rig.data[rig.n_data - 1].bytes, RIG_PERIOD);
			read += RIG_PERIOD;
		}
	}
	assert_true(read > (uint64_t)900 * 48 * RIG_FRAME);
}

TEST(odd_reads_are_as_exact)
{
	uint64_t read = 0;
	uint32_t dice = 7;

	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	for (unsigned ms = 10; ms < 1000; ms += 10) {
		uint32_t most;

		rig_run_ms(10);
		feed((uint64_t)ms * 48 * RIG_FRAME);
		rig.n_data = 0;
		for (int i = 0; i < 20 && read < fed; i++) {
			dice = dice * 1664525 + 1013904223;
			most = (uint32_t)(fed - read);
			if (most > RIG_BUFFER - read % RIG_BUFFER)
				most = (uint32_t)(RIG_BUFFER - read % RIG_BUFFER);
			most = (dice >> 8) % (most / 4 + 1) * 4;
			assert_int_equal(read_at(read, most), 0);
			assert_recorded(read, most);
			read += most;
		}
	}
	assert_true(read > RIG_BUFFER);
}

TEST(what_was_not_captured_yet_is_silence)
{
	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(10);
	feed(1000);
	memset(rig.ring + 1000, 0xcc, RIG_BUFFER - 1000); /* not reported */
	assert_int_equal(read_at(0, 4000), 0);
	assert_recorded(0, 1000);
	assert_silent(1000, 3000, 0);
}

TEST(what_is_filled_ahead_is_there_when_its_time_comes)
{
	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	for (; fed < 9600; fed++)
		rig.ring[fed] = rig_pattern(fed);
	stream_filled(&rig.stream, rig.opening.generation, 9600 / RIG_FRAME);
	stream_filled(&rig.stream, rig.opening.generation + 1, 4800);
	/* The consumer falls silent, and the clock goes on. */
	rig_run_ms(120);
	assert_true(rig.position > 9600 + 960);
	assert_int_equal(read_at(0, 9600 + 960), 0);
	assert_recorded(0, 9600);
	assert_silent(9600, 960, 0);
}

TEST(a_consumer_that_comes_late_feeds_from_then_on)
{
	uint64_t start;

	assert_int_equal(rig_open_as(XENSND_PCM_FORMAT_U8, 2, RIG_BUFFER, 1200), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(50);
	claim();
	start = rig.states[0].position_frames;
	assert_int_equal(start, 50 * 48);
	rig_run_ms(10);
	for (uint64_t at = start * 2; at < (start + 480) * 2; at++)
		rig.ring[at % RIG_BUFFER] = rig_pattern(at);
	stream_report(&rig.stream, rig.opening.generation, start + 480, rig.now_ns, 0);
	assert_int_equal(read_at(0, (uint32_t)(start + 480) * 2), 0);
	assert_silent(0, (uint32_t)start * 2, 0x80);
	assert_recorded(start * 2, 960);
}

TEST(when_the_consumer_falls_silent_so_does_the_recording)
{
	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(10);
	feed(1920);
	assert_int_equal(read_at(0, 1920), 0);
	rig_run_ms(1050);
	assert_true(rig.position > 1920 + RIG_PERIOD);
	assert_int_equal(read_at(1920, RIG_PERIOD), 0);
	assert_silent(1920, RIG_PERIOD, 0);
}

TEST(a_consumer_that_leaves_leaves_nothing_behind)
{
	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(20);
	feed(3840);
	stream_release(&rig.stream, &rig);
	assert_int_equal(read_at(0, 3840), 0);
	assert_silent(0, 3840, 0);
}

TEST(after_an_overrun_the_guest_records_what_is_fed_from_there)
{
	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(30);
	feed(30 * 48 * RIG_FRAME);
	assert_int_equal(rig_trigger(STOP), 0);
	assert_int_equal(rig.states[rig.n_states - 1].position_frames, 4800);
	assert_int_equal(rig.hw_ptr, 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(10);
	fed = RIG_BUFFER;
	feed(RIG_BUFFER + 1920);
	assert_int_equal(read_at(RIG_BUFFER, 1920), 0);
	assert_recorded(RIG_BUFFER, 1920);
}

static void punch(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, st.st_size),
			 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_blocks, 0);
}

/* A setting of one end counts for both; the seals and the mode stay as they are. */
static void play_with(int fd)
{
	lseek(fd, 12345, SEEK_SET);
	fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME);
	fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK});
	flock(fd, LOCK_EX | LOCK_NB);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(fallocate(fd, 0, 0, 1 << 24), -1);
	assert_int_equal(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
}

/* The guest reads silence, which costs the daemon no memory. */
TEST(a_consumer_may_punch_holes_into_its_ring)
{
	struct stat st;

	fed = 0;
	claim();
	assert_int_equal(rig_open(), 0);
	assert_int_equal(rig_trigger(START), 0);
	rig_run_ms(40);
	feed(40 * 48 * RIG_FRAME);
	punch(rig.stream.rings[0].copy.mem.fd);
	assert_int_equal(read_at(0, 40 * 48 * RIG_FRAME), 0);
	assert_silent(0, 40 * 48 * RIG_FRAME, 0);
	assert_int_equal(fstat(rig.stream.rings[0].copy.mem.fd, &st), 0);
	assert_int_equal(st.st_blocks, 0);
	/* The stream goes on. */
	rig_run_ms(10);
	feed(50 * 48 * RIG_FRAME);
	assert_int_equal(read_at(40 * 48 * RIG_FRAME, 1920), 0);
	assert_recorded(40 * 48 * RIG_FRAME, 1920);
	/* The same through the consumer's mapping, and with everything else it may do to a shared
	 * file. */
	assert_int_equal(madvise(rig.ring, RIG_BUFFER, MADV_REMOVE), 0);
	play_with(rig.stream.rings[0].copy.mem.fd);
	assert_int_equal(read_at(40 * 48 * RIG_FRAME, 1920), 0);
	assert_silent(40 * 48 * RIG_FRAME, 1920, 0);
	rig_run_ms(10);
	feed(60 * 48 * RIG_FRAME);
	assert_int_equal(read_at(50 * 48 * RIG_FRAME % RIG_BUFFER, 1920), 0);
	assert_recorded(50 * 48 * RIG_FRAME, 1920);
}
