/* SPDX-License-Identifier: MIT */
/*
 * A real consumer, through libxenav and the real socket, beside a scripted guest: what the guest
 * plays and shows is what the consumer gets, sample by sample and pixel by pixel; and a consumer
 * that goes, or says nothing, takes nothing from the guest.
 */
#include <config.h>

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rig.h"
#include "xen/sndif.h"
#include "xenav.h"

#define FRAMES (RIG_BUFFER_FRAMES + 9600) /* once round the buffer, and on */

/* A consumer on a thread of its own; what it has got is read when it has been stopped. */
struct consumer {
	pthread_t thread;
	struct xenav *x;
	bool silent; /* a consumer that claims and never reports */
	bool waits;  /* for its turn */
	int stop;
	int claimed;
	int announced;
	struct xenav_stream *playing;
	uint64_t started_ns;
	uint64_t base_frames;
	uint32_t samples[FRAMES + 4096];
	uint64_t end_frames;
	unsigned gaps;
	uint32_t pixels[64 * 48];
	uint32_t newest; /* its first pixel, once all of it is there */
};

static struct consumer *consumer;
static struct rig_guest rg;

static void on_announced(void *data)
{
	struct consumer *c = data;

	__atomic_add_fetch(&c->announced, 1, __ATOMIC_SEQ_CST);
}

static void on_stream_added(void *data, struct xenav_stream *s)
{
	const struct consumer *c = data;

	if (xenav_stream_get_info(s)->direction == XENAV_CAPTURE)
		return;
	if (c->waits)
		xenav_stream_claim_wait(s);
	else
		xenav_stream_claim(s);
}

static void on_claimed(void *data, struct xenav_stream *)
{
	struct consumer *c = data;

	__atomic_add_fetch(&c->claimed, 1, __ATOMIC_SEQ_CST);
}

static void on_state(void *data, struct xenav_stream *s, int state, uint64_t position_frames)
{
	struct consumer *c = data;

	c->playing = state == XENAV_STREAM_STARTED ? s : NULL;
	c->started_ns = now_ns();
	c->base_frames = position_frames;
}

static void on_closed(void *data, struct xenav_stream *)
{
	struct consumer *c = data;

	c->playing = NULL;
}

static void on_data(void *data, struct xenav_stream *, uint64_t position_frames,
		    const void *samples, uint32_t frames)
{
	struct consumer *c = data;

	if (position_frames != c->end_frames)
		c->gaps++;
	if (position_frames + frames <= sizeof c->samples / sizeof c->samples[0])
		memcpy(c->samples + position_frames, samples, (size_t)frames * 4);
	c->end_frames = position_frames + frames;
}

static void on_connector_added(void *data, struct xenav_connector *con)
{
	const struct consumer *c = data;

	if (c->waits)
		xenav_connector_claim_wait(con);
	else
		xenav_connector_claim(con);
}

static void on_connector_claimed(void *data, struct xenav_connector *)
{
	struct consumer *c = data;

	__atomic_add_fetch(&c->claimed, 1, __ATOMIC_SEQ_CST);
}

static void on_frame(void *data, struct xenav_connector *con, const struct xenav_frame *frame)
{
	struct consumer *c = data;

	for (uint32_t y = 0; y < frame->height_px && y < 48; y++)
		memcpy(c->pixels + (size_t)y * 64,
		       (const uint8_t *)frame->pixels + (size_t)y * frame->stride_bytes,
		       (size_t)(frame->width_px < 64 ? frame->width_px : 64) * 4);
	__atomic_store_n(&c->newest, c->pixels[0], __ATOMIC_SEQ_CST);
	if (!c->silent)
		xenav_frame_done(con);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_stream_added,
	.stream_claimed = on_claimed,
	.stream_state = on_state,
	.stream_data = on_data,
	.stream_closed = on_closed,
	.connector_added = on_connector_added,
	.connector_claimed = on_connector_claimed,
	.frame = on_frame,
	.announced = on_announced,
};

static void *run(void *arg)
{
	struct consumer *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_SEQ_CST)) {
		struct pollfd pfd = {.fd = xenav_get_fd(c->x), .events = POLLIN};
		uint64_t now;

		poll(&pfd, 1, 2);
		if (xenav_dispatch(c->x) < 0)
			break;
		now = now_ns();
		if (c->playing && !c->silent)
			xenav_stream_position(
				c->playing,
				c->base_frames + (now - c->started_ns) * 48000 / NS_PER_SEC, now);
	}
	xenav_close(c->x);
	return NULL;
}

static bool has_claimed_all(void *)
{
	/* One stream, two connectors. */
	return __atomic_load_n(&consumer->claimed, __ATOMIC_SEQ_CST) == 3;
}

static bool has_heard_all(void *)
{
	return __atomic_load_n(&consumer->announced, __ATOMIC_SEQ_CST) == 1;
}

static void begin_consumer(bool silent, bool waits)
{
	consumer = calloc(1, sizeof *consumer);
	consumer->silent = silent;
	consumer->waits = waits;
	assert_int_equal(xenav_open(&consumer->x, lab.socket, "test", &listener, consumer), 0);
	assert_int_equal(pthread_create(&consumer->thread, NULL, run, consumer), 0);
	assert_true(guest_run_until(&rg.guest, has_heard_all, NULL, WAIT_MS));
}

static void start_consumer(bool silent)
{
	begin_consumer(silent, false);
	assert_true(guest_run_until(&rg.guest, has_claimed_all, NULL, WAIT_MS));
}

static void end_consumer(struct consumer *c)
{
	__atomic_store_n(&c->stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(c->thread, NULL);
}

static void stop_consumer(void)
{
	end_consumer(consumer);
}

static uint32_t sample(uint32_t i)
{
	return i * 2654435761u;
}

static void play_all(void)
{
	uint32_t *samples = calloc(FRAMES, sizeof *samples);
	struct pcm *pcm = PLAY(&rg);

	for (uint32_t i = 0; i < FRAMES; i++)
		samples[i] = sample(i);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, FRAMES), 0);
	assert_int_equal(pcm_drain(pcm), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	free(samples);
}

TEST(a_consumer_gets_every_sample_once_and_in_order)
{
	rig_start(&rg, 90);
	start_consumer(false);
	play_all();
	stop_consumer();
	assert_int_equal(consumer->gaps, 0);
	assert_int_equal(consumer->end_frames, FRAMES);
	for (uint32_t i = 0; i < FRAMES; i++)
		assert_int_equal(consumer->samples[i], sample(i));
	free(consumer);
	rig_stop(&rg);
}

TEST(a_claim_waits_until_the_driver_has_left)
{
	struct consumer *driver;

	rig_start(&rg, 94);
	start_consumer(false);
	driver = consumer;
	begin_consumer(false, true);
	guest_run(&rg.guest, 20);
	assert_int_equal(__atomic_load_n(&consumer->claimed, __ATOMIC_SEQ_CST), 0);
	end_consumer(driver);
	free(driver);
	assert_true(guest_run_until(&rg.guest, has_claimed_all, NULL, WAIT_MS));
	play_all();
	stop_consumer();
	assert_int_equal(consumer->end_frames, FRAMES);
	for (uint32_t i = 0; i < FRAMES; i++)
		assert_int_equal(consumer->samples[i], sample(i));
	free(consumer);
	rig_stop(&rg);
}

static bool has_last_frame(void *)
{
	return __atomic_load_n(&consumer->newest, __ATOMIC_SEQ_CST) == sample(9 * 64 * 48);
}

TEST(a_consumer_gets_every_pixel_of_the_frame)
{
	struct dbuf dbuf;

	rig_start(&rg, 91);
	start_consumer(false);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	for (uint32_t n = 0; n < 10; n++) {
		uint32_t *pixels = (uint32_t *)(void *)dbuf.buffer.pages.data;

		for (uint32_t i = 0; i < 64 * 48; i++)
			pixels[i] = sample(i + n * 64 * 48);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	}
	assert_true(guest_run_until(&rg.guest, has_last_frame, NULL, WAIT_MS));
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	stop_consumer();
	for (uint32_t i = 0; i < 64 * 48; i++)
		assert_int_equal(consumer->pixels[i], sample(i + 9 * 64 * 48));
	free(consumer);
	rig_stop(&rg);
}

TEST(a_consumer_that_says_nothing_does_not_stop_the_guest)
{
	struct dbuf dbuf;

	rig_start(&rg, 92);
	start_consumer(true);
	play_all();
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	stop_consumer();
	free(consumer);
	rig_stop(&rg);
}

TEST(a_consumer_that_leaves_in_the_middle_leaves_the_guest_playing)
{
	uint8_t samples[960 * 4] = {0};
	struct pcm *pcm;

	rig_start(&rg, 93);
	start_consumer(false);
	pcm = PLAY(&rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	for (unsigned i = 0; i < 30; i++) {
		assert_int_equal(pcm_write(pcm, samples, 960), 0);
		if (i == 13)
			stop_consumer();
	}
	assert_int_equal(pcm_drain(pcm), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	free(consumer);
	rig_stop(&rg);
}
