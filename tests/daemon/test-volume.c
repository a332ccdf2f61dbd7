/* SPDX-License-Identifier: MIT */
/*
 * SET_VOLUME, GET_VOLUME, MUTE and UNMUTE, which Linux never sends: the values lie in the stream's
 * buffer, a consumer is told of them, and the daemon remembers them with or without one.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "rig.h"
#include "xen/sndif.h"
#include "xenav.h"

#define CHANNELS 2

/* In pages of the buffer that no sample is in as long as nobody plays; the second one crosses
 * the border of two pages. */
#define HERE    64u
#define ACROSS  (4096u - 6u)
#define PATTERN 0x5a

/* Two pages and a half. */
static const struct pcm_params params = {
	.format = XENSND_PCM_FORMAT_S16_LE,
	.channels = CHANNELS,
	.frame_bytes = 4,
	.rate_hz = 48000,
	.buffer_frames = 2560,
	.period_frames = 640,
};

static struct rig_guest rg;

/* -------- a consumer, which runs while the guest waits for something -------- */

struct consumer {
	struct xenav *x;
	unsigned claimed;
	unsigned opened;
	unsigned told;
	int32_t mdb[2][CHANNELS]; /* of playback and of capture */
	bool muted[2][CHANNELS];
};

static struct consumer consumer;

static void on_stream_added(void *, struct xenav_stream *s)
{
	if (xenav_stream_claim_wait(s) == -EOPNOTSUPP)
		xenav_stream_feed(s);
}

/* xenavd has not noticed yet that the consumer before has left. */
static void on_claim_failed(void *, struct xenav_stream *s, int error)
{
	assert_int_equal(error, -EBUSY);
	xenav_stream_feed(s);
}

static void on_claimed(void *, struct xenav_stream *)
{
	consumer.claimed++;
}

static void on_opened(void *, struct xenav_stream *, const struct xenav_pcm *)
{
	consumer.opened++;
}

static void on_volume(void *, struct xenav_stream *s)
{
	const bool capture = xenav_stream_get_info(s)->direction == XENAV_CAPTURE;

	for (unsigned i = 0; i < CHANNELS; i++) {
		consumer.mdb[capture][i] = xenav_stream_get_volume(s, i);
		consumer.muted[capture][i] = xenav_stream_is_muted(s, i);
	}
	consumer.told++;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_stream_added,
	.stream_claimed = on_claimed,
	.stream_claim_failed = on_claim_failed,
	.stream_opened = on_opened,
	.stream_volume = on_volume,
};

static bool has_claimed_both(void *)
{
	xenav_dispatch(consumer.x);
	return consumer.claimed == 2;
}

static bool has_been_told(void *times)
{
	xenav_dispatch(consumer.x);
	return consumer.told >= *(unsigned *)times;
}

static void start_consumer(void)
{
	memset(&consumer, 0, sizeof consumer);
	assert_int_equal(xenav_open(&consumer.x, lab.socket, "test", &listener, NULL), 0);
	assert_true(guest_run_until(&rg.guest, has_claimed_both, NULL, WAIT_MS));
}

static void stop_consumer(void)
{
	xenav_close(consumer.x);
	consumer.x = NULL;
}

static void wait_told(unsigned times)
{
	assert_true(guest_run_until(&rg.guest, has_been_told, &times, WAIT_MS));
}

/* -------- a guest -------- */

static void open_pcm(struct pcm *pcm)
{
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
}

static void close_pcm(struct pcm *pcm)
{
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
}

static int set(struct pcm *pcm, uint32_t offset, int32_t left, int32_t right)
{
	return pcm_set_volume(pcm, offset, (const int32_t[]){left, right});
}

static int mute(struct pcm *pcm, bool muted, uint8_t left, uint8_t right)
{
	return pcm_mute(pcm, muted, HERE, (const uint8_t[]){left, right});
}

/* The volume is told, and nothing else changes. */
static void assert_volume(struct pcm *pcm, uint32_t offset, int32_t left, int32_t right)
{
	const uint8_t *data = pcm->buffer.pages.data;
	int32_t mdb[CHANNELS];

	memset(pcm->buffer.pages.data, PATTERN, pcm->buffer.size_bytes);
	assert_int_equal(pcm_get_volume(pcm, offset, mdb), 0);
	assert_int_equal(mdb[0], left);
	assert_int_equal(mdb[1], right);
	for (uint32_t i = 0; i < pcm->buffer.size_bytes; i++)
		if (i < offset || i >= offset + sizeof mdb)
			assert_int_equal(data[i], PATTERN);
}

static void assert_told(bool capture, int32_t left, int32_t right, bool left_muted,
			bool right_muted)
{
	assert_int_equal(consumer.mdb[capture][0], left);
	assert_int_equal(consumer.mdb[capture][1], right);
	assert_int_equal(consumer.muted[capture][0], left_muted);
	assert_int_equal(consumer.muted[capture][1], right_muted);
}

/* -------- tests -------- */

TEST(the_daemon_remembers_a_volume_without_any_consumer)
{
	rig_start(&rg, 110);
	for (unsigned i = 0; i < 2; i++) {
		struct pcm *pcm = i ? CAPTURE(&rg) : PLAY(&rg);

		open_pcm(pcm);
		assert_volume(pcm, HERE, 0, 0);
		assert_int_equal(set(pcm, HERE, -12345, 6000), 0);
		assert_volume(pcm, HERE, -12345, 6000);
		assert_volume(pcm, ACROSS, -12345, 6000);
		assert_int_equal(set(pcm, ACROSS, -1, 1), 0);
		assert_volume(pcm, 0, -1, 1);
		assert_volume(pcm, pcm->buffer.size_bytes - 8, -1, 1);
		/* Whether a channel is muted is not said anywhere, and is no volume. */
		assert_int_equal(mute(pcm, true, 1, 0), 0);
		assert_volume(pcm, HERE, -1, 1);
		/* The volume is the stream's, not the opening's. */
		close_pcm(pcm);
		open_pcm(pcm);
		assert_volume(pcm, HERE, -1, 1);
		close_pcm(pcm);
	}
	/* Each has its own. */
	open_pcm(PLAY(&rg));
	assert_int_equal(set(PLAY(&rg), HERE, -7, -8), 0);
	open_pcm(CAPTURE(&rg));
	assert_volume(CAPTURE(&rg), HERE, -1, 1);
	close_pcm(CAPTURE(&rg));
	close_pcm(PLAY(&rg));
	rig_stop(&rg);
}

TEST(another_connection_begins_at_0_db)
{
	rig_start(&rg, 111);
	open_pcm(PLAY(&rg));
	assert_int_equal(set(PLAY(&rg), HERE, -500, -600), 0);
	close_pcm(PLAY(&rg));
	assert_fine(rig_detach(&rg));
	assert_fine(rig_attach(&rg));
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
	open_pcm(PLAY(&rg));
	assert_volume(PLAY(&rg), HERE, 0, 0);
	close_pcm(PLAY(&rg));
	rig_stop(&rg);
}

TEST(a_consumer_is_told_what_the_guest_sets)
{
	rig_start(&rg, 112);
	start_consumer();
	for (unsigned i = 0; i < 2; i++) {
		struct pcm *pcm = i ? CAPTURE(&rg) : PLAY(&rg);

		consumer.told = 0;
		open_pcm(pcm);
		assert_int_equal(set(pcm, ACROSS, -3000, -4000), 0);
		wait_told(1);
		assert_told(i, -3000, -4000, false, false);
		assert_int_equal(mute(pcm, true, 0, 255), 0);
		wait_told(2);
		assert_told(i, -3000, -4000, false, true);
		/* Zero leaves a channel as it is. */
		assert_int_equal(mute(pcm, true, 1, 0), 0);
		wait_told(3);
		assert_told(i, -3000, -4000, true, true);
		assert_int_equal(mute(pcm, false, 1, 0), 0);
		wait_told(4);
		assert_told(i, -3000, -4000, false, true);
		close_pcm(pcm);
	}
	stop_consumer();
	rig_stop(&rg);
}

TEST(a_consumer_that_comes_later_is_told_what_there_is)
{
	rig_start(&rg, 113);
	open_pcm(PLAY(&rg));
	assert_int_equal(set(PLAY(&rg), HERE, -100, -200), 0);
	assert_int_equal(mute(PLAY(&rg), true, 1, 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		start_consumer();
		wait_told(1);
		assert_told(false, -100, -200, true, false);
		stop_consumer();
		/* The volume stays when the consumer goes. */
		assert_volume(PLAY(&rg), HERE, -100, -200);
	}
	close_pcm(PLAY(&rg));
	rig_stop(&rg);
}

TEST(a_volume_beyond_all_mixers_is_brought_inside)
{
	rig_start(&rg, 114);
	start_consumer();
	open_pcm(PLAY(&rg));
	assert_int_equal(set(PLAY(&rg), HERE, INT32_MIN, INT32_MAX), 0);
	wait_told(1);
	assert_told(false, XENAV_VOLUME_MIN_MDB, XENAV_VOLUME_MAX_MDB, false, false);
	assert_volume(PLAY(&rg), HERE, XENAV_VOLUME_MIN_MDB, XENAV_VOLUME_MAX_MDB);
	close_pcm(PLAY(&rg));
	stop_consumer();
	rig_stop(&rg);
}

TEST(a_volume_is_set_in_the_middle_of_playing)
{
	uint8_t samples[1280 * 4] = {0};
	struct pcm *pcm;
	int32_t mdb[CHANNELS];

	rig_start(&rg, 115);
	pcm = PLAY(&rg);
	open_pcm(pcm);
	assert_int_equal(pcm_write(pcm, samples, 1280), 0);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
	for (int32_t i = 1; i <= 20; i++) {
		/* In the half that is not written. */
		assert_int_equal(set(pcm, 6000, -i, i), 0);
		assert_int_equal(pcm_get_volume(pcm, 8000, mdb), 0);
		assert_int_equal(mdb[0], -i);
		assert_int_equal(mdb[1], i);
	}
	assert_int_equal(pcm_drain(pcm), 0);
	assert_true(pcm->positions > 0);
	close_pcm(pcm);
	/* rig_stop() fails if a position was anywhere but where it belongs. */
	rig_stop(&rg);
}

/* -------- bad will and bad luck -------- */

struct writer {
	pthread_t thread;
	uint32_t *words;
	bool stop;
};

/* Far below, far above and inside, in words that are read as bytes. */
static void *keep_writing(void *arg)
{
	static const uint32_t values[] = {0x80000000u, 0x7fffffffu, 0xfffffff0u, 0, 0x00010000u};
	struct writer *w = arg;

	for (unsigned n = 0; !__atomic_load_n(&w->stop, __ATOMIC_RELAXED); n++)
		for (unsigned i = 0; i < CHANNELS; i++)
			__atomic_store_n(&w->words[i], values[(n + i) % 5], __ATOMIC_RELAXED);
	return NULL;
}

TEST(values_that_change_all_the_time_are_one_value_in_range)
{
	struct writer w = {.stop = false};
	struct pcm *pcm;
	int32_t mdb[CHANNELS];

	rig_start(&rg, 116);
	start_consumer();
	pcm = PLAY(&rg);
	open_pcm(pcm);
	w.words = (uint32_t *)(void *)(pcm->buffer.pages.data + HERE);
	assert_int_equal(pthread_create(&w.thread, NULL, keep_writing, &w), 0);
	for (unsigned i = 0; i < 2000; i++) {
		assert_int_equal(pcm_volume(pcm, XENSND_OP_SET_VOLUME, HERE, sizeof mdb), 0);
		assert_int_equal(
			pcm_volume(pcm, i % 2 ? XENSND_OP_MUTE : XENSND_OP_UNMUTE, HERE, CHANNELS),
			0);
		/* Written over there, too. */
		if (i % 16 == 0)
			assert_int_equal(pcm_volume(pcm, XENSND_OP_GET_VOLUME, HERE, sizeof mdb),
					 0);
		xenav_dispatch(consumer.x);
	}
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	pthread_join(w.thread, NULL);
	/* The daemon tells both what it has taken, and the values make sense. */
	assert_int_equal(pcm_get_volume(pcm, HERE, mdb), 0);
	for (unsigned i = 0; i < CHANNELS; i++) {
		assert_in_range(mdb[i] - XENAV_VOLUME_MIN_MDB, 0,
				XENAV_VOLUME_MAX_MDB - XENAV_VOLUME_MIN_MDB);
	}
	/* One more, to know when it has heard of all. */
	consumer.told = 0;
	assert_int_equal(set(pcm, HERE, mdb[0] == -1 ? -2 : -1, mdb[1]), 0);
	while (consumer.mdb[0][0] != (mdb[0] == -1 ? -2 : -1))
		wait_told(consumer.told + 1);
	assert_int_equal(consumer.mdb[0][1], mdb[1]);
	close_pcm(pcm);
	stop_consumer();
	rig_stop(&rg);
}

TEST(an_answer_that_cannot_be_written_is_an_error_of_that_request)
{
	struct pcm *pcm;
	int32_t mdb[CHANNELS];

	rig_start(&rg, 117);
	pcm = PLAY(&rg);
	open_pcm(pcm);
	assert_int_equal(set(pcm, HERE, -11, -12), 0);
	/* A playback buffer is mapped for reading only: each answer maps its page. */
	machine_order(CALL_MAP, rg.guest.domid, 0, 1, EINVAL, 0);
	assert_true(pcm_get_volume(pcm, HERE, mdb) < 0);
	machine_order(CALL_MAP, rg.guest.domid, 1, 1, EINVAL, 0);
	assert_true(pcm_get_volume(pcm, ACROSS, mdb) < 0);
	machine_order_nothing();
	assert_volume(pcm, ACROSS, -11, -12);
	close_pcm(pcm);
	rig_stop(&rg);
}

TEST(a_guest_that_is_killed_while_it_asks_leaves_nothing)
{
	int32_t mdb[CHANNELS];
	int rc;

	rig_start(&rg, 118);
	open_pcm(PLAY(&rg));
	rg.guest.wait_ms = 20;
	machine_order(CALL_MAP, rg.guest.domid, 0, 1, 0, 200000);
	rc = pcm_get_volume(PLAY(&rg), HERE, mdb);
	/* If this process is slower than that, it has the answer. */
	assert_true(rc == -ETIMEDOUT || rc == 0);
	assert_fine(rig_destroy(&rg));
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	assert_int_equal(machine_mapped_of(118), 0);
}
