/* SPDX-License-Identifier: MIT */
/*
 * Two hundred guests, twenty at a time, that connect, play, flip and disconnect ten times each; and
 * what xenavd uses afterwards.  Most of the time is xenstored's.  XENAV_SOAK_ROUNDS says how often
 * otherwise; what is lost once a round shows in ten as well as in fifty.
 */
#include <config.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "xen/sndif.h"

#define AT_ONCE       20
#define GUESTS        200
#define MAX_GROWN_KIB 1024

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define ROUNDS 3 /* several times as slow */
#else
#define ROUNDS 10
#endif

/* The loop, the store, the worker, the first closer, libxenstore's own reader. */
#ifdef __SANITIZE_THREAD__
#define MAX_THREADS 7 /* with the sanitizer's */
#else
#define MAX_THREADS 6
#endif

static unsigned rounds = ROUNDS;
static unsigned max_threads;

static const struct toolstack_node small_card[] = {
	{"0/0/unique-id", "p", false},
	{"0/0/type", "p", false},
	{0},
};

static const struct toolstack_node small_display[] = {
	{"be-alloc", "0", true},
	{"0/resolution", "64x48", true},
	{"0/unique-id", "d", true},
	{0},
};

static const char *attach(struct rig_guest *rg)
{
	uint16_t domid = rg->guest.domid;

	if (toolstack_add_device(&rg->ts, "vsnd", domid, 0, small_card) < 0 ||
	    toolstack_add_device(&rg->ts, "vdispl", domid, 0, small_display) < 0)
		return "libxl cannot write a device";
	if (toolstack_wait_connection(&rg->ts, "vsnd", domid, 0) < 0 ||
	    toolstack_wait_connection(&rg->ts, "vdispl", domid, 0) < 0)
		return "libxl waited for 2 in vain";
	return NULL;
}

/* One write, a start and a stop: not the time it takes to play. */
static const char *play(struct rig_guest *rg)
{
	static const struct pcm_params params = {
		.format = XENSND_PCM_FORMAT_S16_LE,
		.channels = 2,
		.frame_bytes = 4,
		.rate_hz = 48000,
		.buffer_frames = 2048,
		.period_frames = 512,
	};
	struct pcm *pcm = PLAY(rg);
	uint8_t samples[512 * 4] = {0};
	const char *problem = NULL;
	int rc;

	pcm_open(pcm);
	if (pcm_hw_params(pcm, &params) < 0 || pcm_prepare(pcm) < 0 ||
	    pcm_write(pcm, samples, 512) < 0 || pcm_trigger(pcm, XENSND_OP_TRIGGER_START) < 0 ||
	    pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP) < 0)
		problem = "playing failed";
	rc = pcm_hw_free(pcm);
	if (rc < 0) {
		fprintf(stderr, "# domain %u: CLOSE: %s\n", rg->guest.domid, strerror(-rc));
		problem = "hw_free failed";
	}
	pcm_close(pcm);
	return problem;
}

static const char *flip(struct rig_guest *rg)
{
	struct dbuf dbuf;
	const char *problem = rig_show(rg, &dbuf, 0, 7);

	if (!problem && crtc_flip(CRTC(rg, 0), 7) != 0)
		problem = "a flip failed";
	if (!problem)
		problem = rig_hide(rg, &dbuf, 0, 7);
	return problem;
}

static const char *round_of(struct rig_guest *rg)
{
	const char *problem = attach(rg);

	if (!problem)
		problem = rig_load(rg);
	if (!problem)
		problem = rig_connect(rg);
	if (!problem)
		problem = play(rg);
	if (!problem)
		problem = flip(rg);
	if (!problem)
		problem = rig_detach(rg);
	if (!problem && rg->guest.oopses > 0)
		problem = rg->guest.oops;
	if (!problem && rg->guest.late > 0)
		problem = "an answer fitted no request";
	return problem;
}

static const char *live(uint16_t domid)
{
	struct rig_guest *rg = calloc(1, sizeof *rg);
	const char *problem = rig_create(rg, domid);

	for (unsigned i = 0; i < rounds && !problem; i++)
		problem = round_of(rg);
	rig_destroy(rg);
	free(rg);
	return problem;
}

struct thread {
	pthread_t thread;
	uint16_t first;
	unsigned guests;
	const char *problem;
};

static void *run(void *arg)
{
	struct thread *t = arg;

	for (unsigned i = 0; i < t->guests && !t->problem; i++)
		t->problem = live((uint16_t)(t->first + i));
	return NULL;
}

static void run_guests(uint16_t first, unsigned guests_each)
{
	struct thread threads[AT_ONCE] = {0};

	for (unsigned i = 0; i < AT_ONCE; i++) {
		threads[i].first = (uint16_t)(first + i * guests_each);
		threads[i].guests = guests_each;
		pthread_create(&threads[i].thread, NULL, run, &threads[i]);
	}
	for (unsigned i = 0; i < AT_ONCE; i++) {
		unsigned n = lab_use(&lab).threads;

		if (n > max_threads)
			max_threads = n;
		pthread_join(threads[i].thread, NULL);
	}
	for (unsigned i = 0; i < AT_ONCE; i++)
		assert_fine(threads[i].problem);
}

TEST(two_hundred_guests_come_and_go_and_leave_nothing_behind)
{
	const char *text = getenv("XENAV_SOAK_ROUNDS");
	struct lab_use before, after;

	/* Once to warm up what is kept for the next ones: caches of malloc and of libevent. */
	rounds = 2;
	run_guests(1, 1);
	assert_true(lab_settles(&lab, &rig_at_rest, 15000));
	before = lab_use(&lab);
	rounds = text ? (unsigned)atoi(text) : ROUNDS;
	run_guests(100, GUESTS / AT_ONCE);
	assert_true(lab_settles(&lab, &before, 15000));
	after = lab_use(&lab);
	print_message("# %u rounds; memory of its own: %u KiB before, %u KiB after; threads: %u\n",
		      GUESTS * rounds, before.kib, after.kib, max_threads);
	assert_true(max_threads <= MAX_THREADS);
	assert_true(lab_grew_less(&lab, &before, MAX_GROWN_KIB));
}
