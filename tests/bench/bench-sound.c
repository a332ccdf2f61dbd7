/* SPDX-License-Identifier: MIT */
/*
 * bench-sound [-n SAMPLES]: a guest plays through xenavd and a player to a card, and is told of
 * positions by CUR_POS.  How far is such a position from where the card is when the guest gets it,
 * and how long after the one before?
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/spread.h"
#include "daemon/card-rig.h"
#include "xen/sndif.h"

#define DOMID     70
#define SETTLE_MS 300

/* 200 ms. */
#define BUFFER_FRAMES 9600

static const struct config {
	const char *name;
	uint32_t block_frames;
	uint32_t delay_frames;
	int ppm;
} configs[] = {
	{"block 256, delay 512", 256, 512, 0},
	{"block 1024, delay 2048", 1024, 2048, 0},
	{"block 256, delay 512, +500 ppm", 256, 512, 500},
	{"block 256, delay 512, -500 ppm", 256, 512, -500},
};

enum kind { APART, BETWEEN, KINDS };

static struct spread samples[KINDS];
static unsigned n_samples = 1000;
static struct rig_guest rg;
static struct card card;

static void add(enum kind kind, uint64_t ns)
{
	spread_add(&samples[kind], (double)ns / 1e6);
}

static double percentile_us(enum kind kind, unsigned percent)
{
	return spread_at(&samples[kind], percent) * 1e3;
}

static void show(const struct config *config)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		spread_sort(&samples[kind]);
	printf("%-32s %9.1f %9.1f %12.1f %9.1f %9llu\n", config->name, percentile_us(APART, 50),
	       percentile_us(APART, 99), percentile_us(BETWEEN, 50), percentile_us(BETWEEN, 99),
	       (unsigned long long)card.stats.late_frames + card.stats.skipped_frames);
}

/* Keep the buffer full; a frame is the number of its place. */
static bool fill(struct pcm *pcm)
{
	static uint32_t numbers[BUFFER_FRAMES];
	const uint64_t filled = pcm->appl_total - pcm->hw_total;
	const uint32_t n = (uint32_t)(pcm->params.buffer_frames - filled);

	if (n < 2400)
		return true;
	for (uint32_t i = 0; i < n; i++)
		numbers[i] = (uint32_t)pcm->appl_total + 1 + i;
	return pcm_write(pcm, numbers, n) == 0;
}

/* Wait for a position. @return when it came, 0 for none. */
static uint64_t next_position(const struct pcm *pcm)
{
	const unsigned before = pcm->positions;

	for (unsigned i = 0; i < 1000; i++) {
		uint32_t seen = machine_events(DOMID);
		uint64_t when;

		machine_wait_event(DOMID, seen, 10);
		when = now_ns();
		guest_run(&rg.guest, 0);
		if (pcm->positions != before)
			return when;
	}
	return 0;
}

/* The time when the card was at the guest's position. */
static uint64_t card_was_there_ns(const struct pcm *pcm)
{
	const double rate = pcm->params.rate_hz * (1 + card.ppm * 1e-6);

	return card.heard_ns + (uint64_t)((double)pcm->be_frame * 1e9 / rate);
}

static const char *measure(struct pcm *pcm)
{
	const uint64_t start = now_ns();
	uint64_t before = 0;

	samples[APART].n = samples[BETWEEN].n = 0;
	while (samples[APART].n < n_samples) {
		const uint64_t when = next_position(pcm);
		const uint64_t then = card_was_there_ns(pcm);

		if (!when)
			return "no position comes";
		if (before && when - start > SETTLE_MS * NS_PER_MS) {
			add(APART, when > then ? when - then : then - when);
			add(BETWEEN, when - before);
		}
		before = when;
		/* Positions that come during a WRITE are not looked at. */
		if (pcm->appl_total - pcm->hw_total < pcm->params.buffer_frames - 2400)
			before = 0;
		if (!fill(pcm))
			return "the guest cannot write";
	}
	return NULL;
}

static void count(struct card *c, const void *, uint32_t frames)
{
	c->n_heard += frames;
}

static const char *run_config(const struct config *config)
{
	struct pcm *pcm = PLAY(&rg);
	struct pcm_params params = rig_params;
	const char *problem = "the guest cannot play";

	card_init(&card, XENAV_PLAYBACK);
	card.block_frames = config->block_frames;
	card.delay_frames = config->delay_frames;
	card.ppm = config->ppm;
	card.on_read = count;
	card_start(&card, &rg);
	params.buffer_frames = BUFFER_FRAMES;
	pcm_open(pcm);
	if (pcm_hw_params(pcm, &params) == 0 && pcm_prepare(pcm) == 0 && fill(pcm) &&
	    pcm_trigger(pcm, XENSND_OP_TRIGGER_START) == 0)
		problem = measure(pcm);
	pcm_hw_free(pcm);
	pcm_close(pcm);
	card_stop(&card);
	if (!problem)
		show(config);
	return problem;
}

static const char *run(void)
{
	const char *problem = rig_bring_up(&rg, DOMID);

	printf("%-32s %9s %9s %12s %9s %9s   %u positions each\n", "48 kHz, period 5 ms",
	       "apart us", "p99", "between us", "p99", "lost", n_samples);
	for (unsigned i = 0; i < sizeof configs / sizeof configs[0] && !problem; i++)
		problem = run_config(&configs[i]);
	rig_destroy(&rg);
	return problem;
}

int main(int argc, char **argv)
{
	const char *missing = lab_missing();
	const char *problem = "xenavd does not start";
	int opt;

	while ((opt = getopt(argc, argv, "n:")) != -1) {
		if (opt != 'n')
			return 2;
		n_samples = (unsigned)atoi(optarg);
	}
	if (n_samples == 0 || n_samples > SPREAD_MAX)
		return 2;
	if (missing) {
		fprintf(stderr, "bench-sound: %s\n", missing);
		return 77;
	}
	if (lab_start(&lab) == 0 && lab_start_xenavd(&lab) == 0)
		problem = run();
	if (problem)
		fprintf(stderr, "bench-sound: %s\n", problem);
	if (lab_stop_xenavd(&lab, SIGTERM) != 0)
		problem = "xenavd does not end";
	lab_stop(&lab);
	return problem ? 1 : 0;
}
