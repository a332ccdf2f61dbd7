/* SPDX-License-Identifier: MIT */
/*
 * xenav-record itself: playback is recorded, and capture is fed.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sndfile.h>

#include "record-guest.h"

RUN_TEST(playback_is_kept_sample_by_sample)
{
	struct run *t = *state;
	struct guest g;

	run_begin(t, NULL, NULL, NULL, NULL);
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "front");
	/* Without --feed capture is not claimed. */
	fake_stream_added(t->sock, 2, XENAV_CAPTURE, "mic");
	run_claim(t, 1);
	for (uint32_t generation = 1; generation <= 2; generation++) {
		guest_open(t, &g, 1, generation);
		guest_play(t, &g);
		fake_state(t->sock, 1, generation, XENAV_STREAM_STOPPED, 10240);
		fake_closed(t->sock, 1, generation);
		if (generation == 2)
			run_stop(t);
		else
			guest_free(&g);
	}
	guest_expect_wav(t, "sound+guest+front+2.wav", &g, 10000);
	guest_free(&g);
	assert_true(run_said(t, "sound+guest+front: claimed\n"));
	assert_true(run_said(t, "sound+guest+front: opened rate=48000 format=s16_le channels=2 "));
	assert_true(
		run_said(t, "sound+guest+front: closed frames=10000 file=sound+guest+front.wav\n"));
}

RUN_TEST(volume_is_told_and_not_applied)
{
	struct run *t = *state;
	struct guest g;

	run_begin(t, NULL, NULL, NULL, NULL);
	run_add_front(t);
	guest_open(t, &g, 1, 1);
	fake_volume(t->sock, 1, 1, 0, -6020, false);
	fake_volume(t->sock, 1, 1, 1, XENAV_VOLUME_MIN_MDB, true);
	guest_write(t, &g, 1000);
	fake_volume(t->sock, 1, 1, 0, 5, true);
	fake_closed(t->sock, 1, 1);
	/* A claim of the next object shows that this one is handled. */
	fake_stream_added(t->sock, 3, XENAV_PLAYBACK, "next");
	run_claim(t, 3);
	run_stop(t);
	guest_expect_wav(t, "sound+guest+front.wav", &g, 1000);
	guest_free(&g);
	assert_true(run_said(t, "sound+guest+front: volume db=-6.020,0.000\n"));
	assert_true(run_said(t, "sound+guest+front: volume db=-6.020,-200.000 muted=1\n"));
	assert_true(run_said(t, "sound+guest+front: volume db=0.005,-200.000 muted=0,1\n"));
}

RUN_TEST(a_killed_recorder_leaves_its_files)
{
	struct run *t = *state;
	struct guest g;
	int status;

	run_begin(t, "--quiet", NULL, NULL, NULL);
	run_add_front(t);
	guest_open(t, &g, 1, 1);
	guest_write(t, &g, 1500);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	/* Samples sent before the start are handled before a report. */
	run_position(t, 1);
	kill(t->pid, SIGKILL);
	waitpid(t->pid, &status, 0);
	t->pid = 0;
	guest_expect_wav(t, "sound+guest+front.wav", &g, 1500);
	guest_free(&g);
}

RUN_TEST(positions_go_on_without_samples)
{
	struct run *t = *state;
	struct guest g;
	uint64_t at = 0;

	run_begin(t, NULL, NULL, NULL, NULL);
	run_add_front(t);
	guest_open(t, &g, 1, 1);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 5000);
	while (at < 5000 + 3 * GUEST_BUFFER_FRAMES) {
		const uint64_t next = run_position(t, 1);

		assert_true(next >= 5000 && next >= at);
		at = next;
	}
	guest_free(&g);
	run_stop(t);
}

RUN_TEST(names_of_a_hostile_guest_stay_in_the_folder)
{
	struct run *t = *state;
	struct guest g;

	run_begin(t, "--no-display", NULL, NULL, NULL);
	fake_connector_added(t->sock, 9, "c");
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "../../x\x1b[2J");
	run_claim(t, 1);
	guest_open(t, &g, 1, 1);
	guest_write(t, &g, 100);
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	/* Reports have ended; a claim of the next object shows that this one is handled. */
	fake_stream_added(t->sock, 3, XENAV_PLAYBACK, "next");
	run_claim(t, 3);
	run_stop(t);
	guest_expect_wav(t, "sound+guest+..%2F..%2Fx%1B%5B2J.wav", &g, 100);
	assert_false(run_said(t, "\x1b"));
	guest_free(&g);
}

RUN_TEST(a_format_without_wav_files_is_named_once)
{
	struct run *t = *state;
	int fd = fake_ring(4096);

	run_begin(t, NULL, NULL, NULL, NULL);
	run_add_front(t);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_GSM, 1, 8000, 4096, 1024, fd);
	close(fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 0, 1000);
	/* The guest does not notice. */
	while (run_position(t, 1) < 1000)
		;
	run_stop(t);
	assert_true(run_said(t, "a WAV file cannot hold gsm with 1 channels at 8000 Hz"));
}

/* -------- capture -------- */

RUN_TEST(a_file_is_fed_without_loss)
{
	enum { FRAMES = 9000, READ = 14000, BUFFER = 1000, PERIOD = 250 };
	SF_INFO info = {
		.samplerate = 16000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	struct run *t = *state;
	const uint32_t bytes = BUFFER * 2;
	int16_t *ring, heard[READ], expected[READ] = {0};
	char path[128];
	SNDFILE *f;
	uint64_t read = 0, origin;
	int fd = fake_ring(bytes);

	snprintf(path, sizeof path, "%s/feed.wav", t->path);
	f = sf_open(path, SFM_WRITE, &info);
	for (int i = 0; i < FRAMES; i++)
		expected[i] = (int16_t)(i * 3 + 1);
	assert_int_equal(sf_writef_short(f, expected, FRAMES), FRAMES);
	sf_close(f);

	run_begin(t, "--feed", path, "--unique-id", "mic");
	fake_stream_added(t->sock, 4, XENAV_PLAYBACK, "front");
	fake_stream_added(t->sock, 5, XENAV_CAPTURE, "mic");
	run_feed(t, 5);
	ring = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	fake_opened(t->sock, 5, 1, XENAV_FORMAT_S16_LE, 1, 16000, bytes, PERIOD * 2, fd);
	close(fd);
	fake_state(t->sock, 5, 1, XENAV_STREAM_STOPPED, 0);
	fake_state(t->sock, 5, 1, XENAV_STREAM_STARTED, 0);
	origin = 0;
	while (read < READ) {
		uint64_t at = run_position(t, 5) - origin;

		assert_true(at >= read && at - read <= BUFFER - PERIOD);
		/* A slow guest leaves some frames for the next time. */
		at -= (at - read) / 3;
		if (at > READ)
			at = READ;
		for (uint64_t i = read; i < at; i++)
			heard[i] = ring[(i + origin) % BUFFER];
		if (at == read)
			continue;
		fake_data(t->sock, 5, 1, read + origin, (uint32_t)(at - read));
		read = at;
		/* The guest stops once and goes on; the daemon rounds the position up. */
		if (read > 4000 && origin == 0) {
			const uint64_t again =
				5000 > t->msg.stream_position.position_frames ? 5000 : 6000;

			fake_state(t->sock, 5, 1, XENAV_STREAM_STOPPED, again);
			fake_state(t->sock, 5, 1, XENAV_STREAM_STARTED, again);
			origin = again - read;
			/* Wait for a report of the new position. */
			while (run_position(t, 5) < again)
				;
		}
	}
	assert_memory_equal(heard, expected, sizeof heard);
	munmap(ring, bytes);
	run_stop(t);
}

RUN_TEST(a_file_that_does_not_fit_means_silence)
{
	SF_INFO info = {
		.samplerate = 44100, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	struct run *t = *state;
	unsigned char *ring;
	char path[128];
	int fd = fake_ring(1000);

	snprintf(path, sizeof path, "%s/feed.wav", t->path);
	sf_close(sf_open(path, SFM_WRITE, &info));
	run_begin(t, "--feed", path, NULL, NULL);
	fake_stream_added(t->sock, 5, XENAV_CAPTURE, "mic");
	run_feed(t, 5);
	ring = mmap(NULL, 1000, PROT_READ, MAP_SHARED, fd, 0);
	fake_opened(t->sock, 5, 1, XENAV_FORMAT_U8, 1, 48000, 1000, 250, fd);
	close(fd);
	fake_state(t->sock, 5, 1, XENAV_STREAM_STARTED, 0);
	run_position(t, 5);
	for (size_t i = 0; i < 750; i++)
		assert_int_equal(ring[i], 0x80);
	munmap(ring, 1000);
	run_stop(t);
	assert_true(run_said(t, "does not have 1 channels at 48000 Hz, silence instead"));
}
