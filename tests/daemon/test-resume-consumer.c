/* SPDX-License-Identifier: MIT */
/*
 * Consumers across kills of xenavd, through libxenav: they keep what they had, and hear what the
 * guest plays, each sample once and in order.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "card-rig.h"
#include "fake/service.h"
#include "xen/sndif.h"

#define KILLS 4

struct consumer {
	bool tries; /* claim whenever that may be possible: it never gets what another drives */
	pthread_t thread;
	struct xenav *x;
	atomic_bool stop;
	_Atomic unsigned claims, failures, pauses, resumes, openings;
	_Atomic uint32_t n_heard;
	_Atomic uint64_t lost;
	uint32_t heard[CARD_HEARD];
	uint64_t paused_ns;
	struct xenav_stream *playing;
	uint64_t started_ns, base_frames;
};

static struct consumer driver, rival;
static struct card card;
static struct rig_guest rg;
static uint32_t next; /* the number that the guest says next */

static void __attribute__((constructor)) managed(void)
{
	rig_managed = true;
}

/* -------- the consumer -------- */

static void on_added(void *, struct xenav_stream *s)
{
	if (xenav_stream_get_info(s)->direction == XENAV_PLAYBACK)
		xenav_stream_claim(s);
}

static void on_claimed(void *data, struct xenav_stream *)
{
	((struct consumer *)data)->claims++;
}

static void on_claim_failed(void *data, struct xenav_stream *s, int error)
{
	struct consumer *c = data;

	c->failures++;
	if (c->tries && error == -EBUSY)
		xenav_stream_claim(s);
}

static void on_opened(void *data, struct xenav_stream *, const struct xenav_pcm *)
{
	((struct consumer *)data)->openings++;
}

static void on_state(void *data, struct xenav_stream *s, int state, uint64_t position_frames)
{
	struct consumer *c = data;

	c->playing = state == XENAV_STREAM_STARTED ? s : NULL;
	c->started_ns = now_ns();
	c->base_frames = position_frames;
}

static void on_data(void *data, struct xenav_stream *, uint64_t, const void *samples,
		    uint32_t frames)
{
	struct consumer *c = data;
	const uint32_t n = c->n_heard;

	assert_true(n + frames <= CARD_HEARD);
	memcpy(c->heard + n, samples, (size_t)frames * 4);
	c->n_heard = n + frames;
}

static void on_lost(void *data, struct xenav_stream *, uint64_t, uint32_t frames)
{
	((struct consumer *)data)->lost += frames;
}

static void on_paused(void *data)
{
	struct consumer *c = data;

	c->paused_ns = now_ns();
	c->pauses++;
}

static void on_resumed(void *data)
{
	struct consumer *c = data;

	if (!c->tries)
		printf("# away for %u ms\n", (unsigned)((now_ns() - c->paused_ns) / NS_PER_MS));
	c->resumes++;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_added,
	.stream_claimed = on_claimed,
	.stream_claim_failed = on_claim_failed,
	.stream_opened = on_opened,
	.stream_state = on_state,
	.stream_data = on_data,
	.stream_lost = on_lost,
	.paused = on_paused,
	.resumed = on_resumed,
};

static void *run(void *arg)
{
	struct consumer *c = arg;

	while (!c->stop) {
		struct pollfd pfd = {.fd = xenav_get_fd(c->x), .events = POLLIN};
		uint64_t now;

		poll(&pfd, 1, 5);
		assert_true(xenav_dispatch(c->x) >= 0);
		now = now_ns();
		if (c->playing)
			xenav_stream_position(c->playing,
					      c->base_frames + (now - c->started_ns) *
								       card_params.rate_hz /
								       NS_PER_SEC,
					      now);
	}
	xenav_close(c->x);
	return NULL;
}

static void start(struct consumer *c)
{
	assert_int_equal(xenav_open(&c->x, lab.socket, "test", &listener, c), 0);
	assert_int_equal(pthread_create(&c->thread, NULL, run, c), 0);
}

static void stop(struct consumer *c)
{
	c->stop = true;
	pthread_join(c->thread, NULL);
	memset(c, 0, sizeof *c);
}

/* -------- the guest -------- */

static void say(struct pcm *pcm, uint32_t frames)
{
	static uint32_t samples[CARD_HEARD];

	for (uint32_t i = 0; i < frames; i++)
		samples[i] = next + i;
	next += frames;
	assert_int_equal(pcm_write(pcm, samples, frames), 0);
}

static struct pcm *begin(uint16_t domid)
{
	rig_start(&rg, domid);
	next = 1;
	return PLAY(&rg);
}

static void open_pcm(struct pcm *pcm)
{
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &card_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
}

static void close_pcm(struct pcm *pcm)
{
	assert_int_equal(pcm_drain(pcm), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	assert_int_equal(rg.sound.front.connects, 1);
	assert_int_equal(rg.guest.oopses, 0);
}

static bool has_claim(void *)
{
	return driver.claims == 1;
}

static bool is_back(void *)
{
	return driver.resumes == driver.pauses && driver.pauses > 0;
}

static bool has_heard_all(void *)
{
	return driver.n_heard == next - 1;
}

static void await(bool (*condition)(void *), void *data)
{
	assert_true(guest_run_until(&rg.guest, condition, data, WAIT_MS));
}

TEST(every_sample_is_heard_once_and_in_order_across_kills)
{
	struct pcm *pcm = begin(1);

	start(&driver);
	await(has_claim, NULL);
	open_pcm(pcm);
	say(pcm, card_params.buffer_frames);
	for (unsigned i = 0; i < KILLS; i++) {
		say(pcm, 11000);
		rig_kill();
		await(is_back, NULL);
	}
	close_pcm(pcm);
	await(has_heard_all, NULL);
	assert_int_equal(driver.lost, 0);
	for (uint32_t i = 0; i < driver.n_heard; i++)
		assert_int_equal(driver.heard[i], i + 1);
	assert_int_equal(driver.openings, 1);
	assert_int_equal(driver.claims, 1);
	assert_int_equal(driver.failures, 0);
	stop(&driver);
	rig_stop(&rg);
}

/* Its claims are answered: "taken", or granted once nothing is reserved any more. */
static bool rival_is_answered(void *failures)
{
	return rival.failures > *(unsigned *)failures || rival.claims > 0;
}

static void await_rival(void)
{
	unsigned failures = rival.failures;

	await(rival_is_answered, &failures);
}

/* Did xenavd, which has ended or is looked at last, end the reservation?  It does so on a machine
 * that is so busy that the driver does not come back in time. */
static bool reservation_ended(void)
{
	return lab_log_has(&lab, "have not come back");
}

static bool kill_under_rival(void)
{
	bool ended;

	lab_stop_xenavd(&lab, SIGKILL);
	ended = reservation_ended();
	assert_int_equal(lab_start_xenavd(&lab), 0);
	return ended;
}

TEST(nobody_takes_what_a_consumer_had)
{
	bool ended = false;

	begin(2);
	start(&driver);
	await(has_claim, NULL);
	rival.tries = true;
	start(&rival);
	for (unsigned i = 0; i < KILLS && !ended; i++) {
		await_rival();
		ended = kill_under_rival();
		while (rival.resumes <= i || driver.resumes <= i)
			guest_run(&rg.guest, 5);
	}
	await_rival();
	if (rival.claims > 0 || driver.failures > 0)
		assert_true(ended || reservation_ended());
	/* It is the rival's in the end. */
	stop(&driver);
	while (rival.claims == 0)
		guest_run(&rg.guest, 5);
	stop(&rival);
	rig_stop(&rg);
}

/* -------- a player with a thread of its own -------- */

/* @return the number that the card has heard last */
static uint32_t last_heard(void)
{
	const uint32_t n = card.n_heard;

	return n > 0 ? card.heard[n - 1] : 0;
}

/* A busy machine may keep the card from its clock for longer than xenavd waits for it. */
static bool card_is_through(void *)
{
	return last_heard() == next - 1 || card.rate_hz == 0;
}

/* Nor may the card be back before the guest's buffer has run out: the guest goes on until the card
 * hears what is said from now on. */
static void say_until_heard(struct pcm *pcm)
{
	const uint32_t said = next - 1;

	while (last_heard() <= said)
		say(pcm, 400);
}

TEST(a_player_goes_on_across_kills)
{
	struct pcm *pcm = begin(3);
	unsigned gaps = 0;

	card_init(&card, XENAV_PLAYBACK);
	card_start(&card, &rg);
	open_pcm(pcm);
	say(pcm, card_params.buffer_frames);
	for (unsigned i = 0; i < KILLS; i++) {
		say(pcm, 11000);
		rig_kill();
	}
	say_until_heard(pcm);
	close_pcm(pcm);
	await(card_is_through, NULL);
	card_stop(&card);
	assert_true(last_heard() == next - 1 || card.stats.takeovers > 0);
	assert_int_equal(card.openings, 1);
	/* What the guest plays before we are back is a gap; nothing is heard twice. */
	for (uint32_t i = 0; i < card.n_heard; i++) {
		const uint32_t before = i > 0 ? card.heard[i - 1] : 0;

		assert_true(card.heard[i] > before);
		gaps += card.heard[i] != before + 1;
	}
	assert_in_range(gaps, 0, KILLS + card.stats.takeovers);
	rig_stop(&rg);
}
