/* SPDX-License-Identifier: MIT */
/*
 * xenav-record's WAV files: recordings, and files that are fed to capture.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#include <sndfile.h>

#include "record/feed.h"
#include "record/wav.h"

#include "fake-daemon.h"

#define BASE "sound+g+a"

struct place {
	struct leaks leaks;
	char path[64];
	int fd;
	struct folder folder;
	struct account *account;
};

static int setup(void **state)
{
	const struct folder_limits limits = {.mode = 0600};
	struct place *f = calloc(1, sizeof *f);

	assert_non_null(f);
	leaks_before(&f->leaks);
	strcpy(f->path, "/tmp/test-record-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	assert_int_equal(folder_open(&f->folder, f->path, &limits), 0);
	f->account = folder_account(&f->folder, "g");
	assert_non_null(f->account);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {BASE ".wav", BASE "+2.wav", BASE "+3.wav", "in.wav"};
	struct place *f = *state;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlinkat(f->fd, names[i], 0);
	close(f->fd);
	folder_close(&f->folder);
	assert_int_equal(rmdir(f->path), 0);
	leaks_after(&f->leaks);
	free(f);
	return 0;
}

static struct xenav_pcm make_pcm(uint8_t format, uint8_t channels)
{
	return (struct xenav_pcm){
		.rate_hz = 48000,
		.format = format,
		.channels = channels,
		.frame_bytes = xenav_format_bytes(format) * channels,
		.buffer_frames = 4096,
		.period_frames = 1024,
	};
}

/* Read a file as 16-bit samples.  @return the number of frames. */
static sf_count_t read_short(struct place *f, const char *name, short *samples, sf_count_t max)
{
	SF_INFO info = {0};
	int fd = openat(f->fd, name, O_RDONLY | O_CLOEXEC);
	SNDFILE *file = sf_open_fd(fd, SFM_READ, &info, SF_TRUE);
	sf_count_t n;

	assert_non_null(file);
	n = sf_readf_short(file, samples, max);
	assert_int_equal(info.frames, n);
	assert_int_equal(info.samplerate, 48000);
	sf_close(file);
	return n;
}

#define FOLDER_TEST(f) TEST_WITH(f, setup, teardown)

FOLDER_TEST(every_format_is_kept_and_fed_bit_for_bit)
{
	struct place *f = *state;
	unsigned char in[8 * 2 * 999], back[sizeof in];
	char path[128];

	for (uint8_t format = 0; format < 25; format++) {
		const struct xenav_pcm pcm = make_pcm(format, 2);
		struct pcm_map map;
		struct feed *feed;
		struct wav w;

		if (pcm_map_init(&map, format) < 0) {
			assert_int_equal(wav_open(&w, &f->folder, f->account, BASE, &pcm),
					 -EOPNOTSUPP);
			continue;
		}
		/* Numbers that every encoding can hold. */
		for (size_t i = 0; i < sizeof in; i++)
			in[i] = (unsigned char)(i * 7 % 64 + 32);
		if (pcm.frame_bytes == 8 && map.bytes != map.wav_bytes)
			for (size_t i = 0; i < sizeof in; i += 4)
				in[map.big_endian ? i : i + 3] = 0;
		assert_int_equal(wav_open(&w, &f->folder, f->account, BASE, &pcm), 0);
		assert_int_equal(wav_write(&w, 77, in, 500), 0);
		assert_int_equal(wav_write(&w, 577, in + 500 * pcm.frame_bytes, 499), 0);
		wav_close(&w);
		snprintf(path, sizeof path, "%.60s/%.60s", f->path, w.name);
		assert_int_equal(w.total, 999);
		assert_int_equal(feed_open(&feed, path, &pcm), 0);
		feed_read(feed, 0, back, 700);
		feed_read(feed, 700, back + 700 * pcm.frame_bytes, 299);
		assert_memory_equal(back, in, 999 * pcm.frame_bytes);
		feed_close(feed);
		unlink(path);
	}
}

FOLDER_TEST(the_file_is_whole_before_it_is_finished)
{
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 1);
	struct place *f = *state;
	short in[300], back[400];
	struct wav w;

	for (short i = 0; i < 300; i++)
		in[i] = (short)(i * 100);
	assert_int_equal(wav_open(&w, &f->folder, f->account, BASE, &pcm), 0);
	assert_int_equal(read_short(f, BASE ".wav", back, 400), 0);
	for (unsigned int n = 100; n <= 300; n += 100) {
		assert_int_equal(wav_write(&w, n - 100, in + n - 100, 100), 0);
		assert_int_equal(read_short(f, BASE ".wav", back, 400), n);
		assert_memory_equal(back, in, n * sizeof in[0]);
	}
	wav_close(&w);
	assert_int_equal(read_short(f, BASE ".wav", back, 400), 300);
}

static void write_value(struct wav *w, uint64_t position, uint32_t frames, short value)
{
	short samples[100];

	for (size_t i = 0; i < 100; i++)
		samples[i] = value;
	assert_int_equal(wav_write(w, position, samples, frames), 0);
}

static void expect_values(const short *samples, unsigned int from, unsigned int to, short value)
{
	for (unsigned int i = from; i < to; i++)
		assert_int_equal(samples[i], value);
}

FOLDER_TEST(samples_written_again_replace_the_earlier_ones)
{
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 1);
	struct place *f = *state;
	short back[1000];
	struct wav w;

	assert_int_equal(wav_open(&w, &f->folder, f->account, BASE, &pcm), 0);
	write_value(&w, 1000, 100, 1);
	write_value(&w, 1100, 50, 2);
	write_value(&w, 1050, 80, 3); /* over both */
	write_value(&w, 1150, 10, 4); /* and on */
	write_value(&w, 1155, 20, 5); /* beyond the end */
	wav_close(&w);
	assert_int_equal(w.total, 175);
	assert_int_equal(read_short(f, BASE ".wav", back, 1000), 175);
	expect_values(back, 0, 50, 1);
	expect_values(back, 50, 130, 3);
	expect_values(back, 130, 150, 2);
	expect_values(back, 150, 155, 4);
	expect_values(back, 155, 175, 5);
}

FOLDER_TEST(nothing_is_inserted_where_positions_jump)
{
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 1);
	struct place *f = *state;
	short back[1000];
	struct wav w;

	assert_int_equal(wav_open(&w, &f->folder, f->account, BASE, &pcm), 0);
	write_value(&w, 0, 100, 1);
	write_value(&w, 4096, 100, 2);
	/* After a stop the same position means another time. */
	wav_cut(&w, 4196);
	write_value(&w, 4096, 100, 3);
	/* A position before all others is appended. */
	write_value(&w, 50, 10, 4);
	wav_close(&w);
	assert_int_equal(read_short(f, BASE ".wav", back, 1000), 310);
	expect_values(back, 0, 100, 1);
	expect_values(back, 100, 200, 2);
	expect_values(back, 200, 300, 3);
	expect_values(back, 300, 310, 4);
}

FOLDER_TEST(samples_beyond_a_stop_are_removed)
{
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 1);
	struct place *f = *state;
	short back[1000];
	struct wav w;

	assert_int_equal(wav_open(&w, &f->folder, f->account, BASE, &pcm), 0);
	write_value(&w, 0, 100, 1);
	wav_cut(&w, 60);
	/* No position touches samples of an earlier run. */
	wav_cut(&w, 0);
	write_value(&w, 4096, 100, 2);
	wav_cut(&w, 100);
	write_value(&w, 8192, 10, 3);
	wav_cut(&w, 9000);
	wav_close(&w);
	assert_int_equal(w.total, 70);
	assert_int_equal(read_short(f, BASE ".wav", back, 1000), 70);
	expect_values(back, 0, 60, 1);
	expect_values(back, 60, 70, 3);
}

FOLDER_TEST(no_file_is_overwritten)
{
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 1);
	struct place *f = *state;
	struct stat st;
	struct wav w;

	assert_int_equal(symlinkat("/nowhere", f->fd, BASE "+2.wav"), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(wav_open(&w, &f->folder, f->account, BASE, &pcm), 0);
		assert_string_equal(w.name, i ? BASE "+3.wav" : BASE ".wav");
		write_value(&w, 0, 10, 1);
		wav_close(&w);
	}
	assert_int_equal(fstatat(f->fd, BASE ".wav", &st, 0), 0);
	assert_int_equal(st.st_size, 44 + 20);
}

static void write_source(struct place *f, int format, int channels, char path[128])
{
	SF_INFO info = {.samplerate = 48000, .channels = channels, .format = format};
	SNDFILE *file;

	snprintf(path, 128, "%s/in.wav", f->path);
	unlink(path);
	file = sf_open(path, SFM_WRITE, &info);
	assert_non_null(file);
	for (int i = 0; i < 3000; i++) {
		const int frame[2] = {i << 16, -i * 65536};

		assert_int_equal(sf_writef_int(file, frame, 1), 1);
	}
	sf_close(file);
}

FOLDER_TEST(a_file_is_fed_from_anywhere_and_then_silence)
{
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 2);
	struct place *f = *state;
	struct feed *feed;
	char path[128];
	int16_t s[2 * 5000];

	write_source(f, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, path);
	assert_int_equal(feed_open(&feed, path, &pcm), 0);
	feed_read(feed, 0, s, 5000);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(s[2 * i], i < 3000 ? i : 0);
		assert_int_equal(s[2 * i + 1], i < 3000 ? -i : 0);
	}
	feed_read(feed, 2999, s, 2);
	assert_int_equal(s[0], 2999);
	assert_int_equal(s[2], 0);
	feed_read(feed, 17, s, 100);
	assert_int_equal(s[0], 17);
	assert_int_equal(s[198], 116);
	feed_read(feed, UINT64_MAX - 10, s, 100);
	assert_int_equal(s[0], 0);
	feed_read(feed, 117, s, 1);
	assert_int_equal(s[0], 117);
	feed_close(feed);
}

FOLDER_TEST(a_file_of_another_encoding_is_converted)
{
	struct place *f = *state;
	struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S32_BE, 2);
	struct feed *feed;
	unsigned char b[8];
	char path[128];
	float real[2];

	write_source(f, SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2, path);
	assert_int_equal(feed_open(&feed, path, &pcm), 0);
	feed_read(feed, 0x123, b, 1);
	assert_memory_equal(b, "\x01\x23\0\0\xfe\xdd\0\0", 8);
	feed_close(feed);
	pcm = make_pcm(XENAV_FORMAT_U16_BE, 2);
	assert_int_equal(feed_open(&feed, path, &pcm), 0);
	feed_read(feed, 0x123, b, 1);
	assert_memory_equal(b, "\x81\x23\x7e\xdd", 4);
	feed_close(feed);
	pcm = make_pcm(XENAV_FORMAT_FLOAT_LE, 2);
	assert_int_equal(feed_open(&feed, path, &pcm), 0);
	feed_read(feed, 2048, real, 1);
	assert_true(real[0] == 0.0625f && real[1] == -0.0625f);
	feed_close(feed);
}

FOLDER_TEST(reals_are_as_loud_as_in_their_file)
{
	static const float reals[2 * 4] = {0.25f, -0.25f, 0.5f, -1.0f, 0, 0, 1.5f, -1.5f};
	static const int16_t expected[2 * 4] = {0x2000, -0x2000, 0x4000, -0x8000,
						0,      0,       0x7fff, -0x8000};
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 2);
	struct place *f = *state;
	SF_INFO info = {
		.samplerate = 48000, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
	struct feed *feed;
	int16_t s[2 * 4];
	char path[128];
	SNDFILE *file;

	snprintf(path, sizeof path, "%s/in.wav", f->path);
	file = sf_open(path, SFM_WRITE, &info);
	assert_non_null(file);
	assert_int_equal(sf_writef_float(file, reals, 4), 4);
	sf_close(file);
	assert_int_equal(feed_open(&feed, path, &pcm), 0);
	feed_read(feed, 0, s, 4);
	assert_memory_equal(s, expected, sizeof s);
	feed_close(feed);
}

/* The bytes that this process has read from files so far. */
static long long bytes_read(void)
{
	FILE *io = fopen("/proc/self/io", "r");
	long long n;

	assert_non_null(io);
	assert_int_equal(fscanf(io, "rchar: %lld", &n), 1);
	fclose(io);
	return n;
}

/* The guest has started by then, and records silence until the first samples are there. */
FOLDER_TEST(a_long_file_is_not_read_before_it_is_needed)
{
	const int formats[] = {SF_FORMAT_PCM_16, SF_FORMAT_FLOAT};
	const struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 2);
	struct place *f = *state;
	char path[128];

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		static const short silence[2 * 48000];
		SF_INFO info = {
			.samplerate = 48000, .channels = 2, .format = SF_FORMAT_WAV | formats[i]};
		struct feed *feed;
		long long before;
		int16_t s[2 * 10];
		SNDFILE *file;

		snprintf(path, sizeof path, "%s/in.wav", f->path);
		file = sf_open(path, SFM_WRITE, &info);
		assert_non_null(file);
		for (int second = 0; second < 20; second++)
			assert_int_equal(sf_writef_short(file, silence, 48000), 48000);
		sf_close(file);
		before = bytes_read();
		assert_int_equal(feed_open(&feed, path, &pcm), 0);
		feed_read(feed, 0, s, 10);
		assert_in_range(bytes_read() - before, 1, 100000);
		feed_close(feed);
		unlink(path);
	}
}

FOLDER_TEST(a_file_that_does_not_fit_is_refused)
{
	struct place *f = *state;
	struct xenav_pcm pcm = make_pcm(XENAV_FORMAT_S16_LE, 1);
	struct feed *feed;
	char path[128];

	write_source(f, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, path);
	assert_int_equal(feed_open(&feed, path, &pcm), -EMEDIUMTYPE);
	pcm = make_pcm(XENAV_FORMAT_S16_LE, 2);
	pcm.rate_hz = 44100;
	assert_int_equal(feed_open(&feed, path, &pcm), -EMEDIUMTYPE);
	pcm = make_pcm(XENAV_FORMAT_MPEG, 2);
	assert_int_equal(feed_open(&feed, path, &pcm), -EOPNOTSUPP);
	pcm = make_pcm(XENAV_FORMAT_S16_LE, 2);
	assert_int_equal(truncate(path, 10), 0);
	assert_true(feed_open(&feed, path, &pcm) < 0);
	unlink(path);
	assert_int_equal(feed_open(&feed, path, &pcm), -ENOENT);
}
