/* SPDX-License-Identifier: MIT */
/*
 * xenav-record --watch: sound and pictures are recorded without reports to the guest.  A claim of
 * the next object shows that all messages before it are handled.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sndfile.h>

#include "record-rig.h"
#include "wire/wire.h"

#define BUFFER_FRAMES 2048
#define BUFFER_BYTES  (BUFFER_FRAMES * 4)

struct guest {
	unsigned char *ring; /* 16 bit stereo, and the edge behind it */
	uint64_t written;    /* frames */
	int fd;              /* the same memory */
	uint32_t next_id;    /* of objects that are announced only to be claimed */
};

static void mark(struct guest *g, uint64_t frames)
{
	memcpy(g->ring + BUFFER_BYTES, &frames, sizeof frames);
}

static void expect_watch(struct run *t, uint32_t id)
{
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, id);
	assert_int_equal(t->msg.claim.mode, XENAV_MODE_WATCH);
}

static void guest_begin(struct run *t, struct guest *g)
{
	int fd = fake_memfd(BUFFER_BYTES + XENAV_RING_TAIL_ALIGN);

	*g = (struct guest){.fd = fd, .next_id = 100};
	g->ring = mmap(NULL, BUFFER_BYTES + XENAV_RING_TAIL_ALIGN, PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);
	assert_true(g->ring != MAP_FAILED);
	mark(g, 0);
	run_greet(t);
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "front");
	/* Capture streams cannot be watched. */
	fake_stream_added(t->sock, 2, XENAV_CAPTURE, "mic");
	expect_watch(t, 1);
	fake_watched(t->sock, 1);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_S16_LE, 2, 48000, BUFFER_BYTES, 512 * 4, fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
}

static void guest_end(struct guest *g)
{
	munmap(g->ring, BUFFER_BYTES + XENAV_RING_TAIL_ALIGN);
	close(g->fd);
}

static int16_t sample(uint64_t i)
{
	return (int16_t)(i * 13 + 5);
}

static void guest_write(struct run *t, struct guest *g, uint32_t frames)
{
	int16_t *ring = (int16_t *)(void *)g->ring;

	mark(g, g->written + frames);
	for (uint64_t i = g->written * 2; i < (g->written + frames) * 2; i++)
		ring[i % (BUFFER_FRAMES * 2)] = sample(i);
	fake_data(t->sock, 1, 1, g->written, frames);
	g->written += frames;
}

/* Expect the next message to be about a new object: all messages before are handled, without a
 * report. */
static void wait_for(struct run *t, struct guest *g)
{
	fake_stream_added(t->sock, g->next_id, XENAV_PLAYBACK, "other");
	expect_watch(t, g->next_id++);
}

/* Compare the file with the guest's frames, from the first one in it. */
static void expect_wav(struct run *t, uint64_t first, size_t frames)
{
	SF_INFO info = {0};
	char path[256];
	SNDFILE *f;
	int16_t *s = malloc((frames + 1) * 4);

	snprintf(path, sizeof path, "%s/sound+guest+front.wav", t->out);
	f = sf_open(path, SFM_READ, &info);
	assert_non_null(f);
	assert_int_equal(sf_readf_short(f, s, (sf_count_t)frames + 1), frames);
	for (size_t i = 0; i < frames * 2; i++)
		assert_int_equal(s[i], sample(first * 2 + i));
	sf_close(f);
	free(s);
}

RUN_TEST(playback_is_kept_without_a_report)
{
	struct run *t = *state;
	struct guest g;

	run_start(t, "--watch", NULL, NULL, NULL);
	guest_begin(t, &g);
	guest_write(t, &g, BUFFER_FRAMES);
	for (unsigned i = 0; i < 8; i++) {
		wait_for(t, &g);
		guest_write(t, &g, 1000);
	}
	wait_for(t, &g);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STOPPED, 5 * BUFFER_FRAMES);
	fake_closed(t->sock, 1, 1);
	wait_for(t, &g);
	run_stop(t);
	expect_wav(t, 0, BUFFER_FRAMES + 8000);
	assert_true(run_said(t, "sound+guest+front: watched\n"));
	assert_true(run_said(t, "closed frames=10048 file=sound+guest+front.wav\n"));
	assert_false(run_said(t, "lost"));
	guest_end(&g);
}

/* Like Linux, the guest goes on at the next buffer. */
static void guest_stop(struct run *t, uint64_t stood_frames)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_STATE, 1);
	msg.stream_state.generation = 1;
	msg.stream_state.state = XENAV_STREAM_STOPPED;
	msg.stream_state.stood_frames = stood_frames;
	msg.stream_state.position_frames =
		(stood_frames + BUFFER_FRAMES - 1) / BUFFER_FRAMES * BUFFER_FRAMES;
	fake_send(t->sock, &msg, -1);
}

RUN_TEST(samples_beyond_a_stop_are_removed_to_the_frame)
{
	struct run *t = *state;
	struct guest g;

	run_start(t, "--watch", NULL, NULL, NULL);
	guest_begin(t, &g);
	guest_write(t, &g, BUFFER_FRAMES);
	wait_for(t, &g);
	guest_write(t, &g, 1000);
	guest_stop(t, BUFFER_FRAMES + 123);
	wait_for(t, &g);
	run_stop(t);
	expect_wav(t, 0, BUFFER_FRAMES + 123);
	guest_end(&g);
}

RUN_TEST(losses_of_an_opening_are_counted_and_said_in_one_line)
{
	struct run *t = *state;
	struct guest g;

	run_start(t, "--watch", NULL, NULL, NULL);
	guest_begin(t, &g);
	for (unsigned i = 0; i < 10; i++) {
		mark(&g, i * 100 + BUFFER_FRAMES + 7);
		fake_data(t->sock, 1, 1, (uint64_t)i * 100, 100);
		wait_for(t, &g);
	}
	assert_false(run_said(t, "lost"));
	fake_closed(t->sock, 1, 1);
	wait_for(t, &g);
	run_stop(t);
	assert_true(run_said(t, "xenav-record: sound+guest+front: 70 frames are lost: "
				"they were read too late\n"));
	assert_true(run_said(t, "closed frames=930 "));
	guest_end(&g);
}

RUN_TEST(an_opening_that_is_told_anew_goes_on_in_the_same_file)
{
	struct run *t = *state;
	struct guest g;

	run_start(t, "--watch", NULL, NULL, NULL);
	guest_begin(t, &g);
	guest_write(t, &g, 500);
	for (unsigned i = 0; i < 20; i++) {
		fake_opened(t->sock, 1, 1, XENAV_FORMAT_S16_LE, 2, 48000, BUFFER_BYTES, 512 * 4,
			    g.fd);
		fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, g.written);
		guest_write(t, &g, 50);
		wait_for(t, &g);
	}
	fake_closed(t->sock, 1, 1);
	wait_for(t, &g);
	run_stop(t);
	expect_wav(t, 0, 1500);
	assert_true(run_said(t, "closed frames=1500 file=sound+guest+front.wav\n"));
	assert_true(run_said(t, "an unknown number of frames is lost: they were read too late\n"));
	guest_end(&g);
}

RUN_TEST(exactly_the_overwritten_samples_are_lost)
{
	struct run *t = *state;
	struct guest g;

	run_start(t, "--watch", NULL, NULL, NULL);
	guest_begin(t, &g);
	guest_write(t, &g, 500);
	wait_for(t, &g);
	/* The first 300 of the next 1000 frames are overwritten before their message. */
	mark(&g, 500 + BUFFER_FRAMES + 300);
	for (uint64_t i = 500 * 2; i < 1500 * 2; i++)
		((int16_t *)(void *)g.ring)[i] = sample(i);
	fake_data(t->sock, 1, 1, 500, 1000);
	fake_closed(t->sock, 1, 1);
	wait_for(t, &g);
	run_stop(t);
	assert_true(run_said(t, "sound+guest+front: 300 frames are lost"));
	assert_true(run_said(t, "closed frames=1200 "));
	guest_end(&g);
}

RUN_TEST(a_picture_is_taken_beside_the_monitor)
{
	struct run *t = *state;
	int fd = fake_memfd(4096);
	char path[256];

	run_begin(t, "--watch", "--no-sound", NULL, NULL);
	fake_connector_added(t->sock, 3, "screen");
	expect_watch(t, 3);
	/* -EUSERS may pass, so the claim is tried again. */
	fake_error(t->sock, 3, XENAV_OP_CLAIM, -EUSERS);
	expect_watch(t, 3);
	fake_watched(t->sock, 3);
	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 3);
	fake_buffer(t->sock, 3, 0, 4096, fd);
	close(fd);
	fake_frame(t->sock, 3, 1, 0, 16, 16, 64, "XR24");
	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_DONE, 3);
	run_stop(t);
	assert_true(run_said(t, "display+guest+screen: watched resolution=800x600\n"));
	snprintf(path, sizeof path, "%s/display+guest+screen.png", t->out);
	assert_int_equal(access(path, R_OK), 0);
}

RUN_TEST(feed_and_watch_exclude_each_other)
{
	struct run *t = *state;

	run_start(t, "--watch", "--feed", "/dev/null", NULL);
	run_expect_exit(t, 2);
	assert_true(run_said(t, "--feed and --watch exclude each other"));
}
