/* SPDX-License-Identifier: MIT */
/* See pw-rig.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

/* Frames of the tune that are looked for. */
#define FIND_FRAMES 32

#define OPEN_TRIES 3

struct pw_lab pw_lab;
struct desk *desk;

const struct pcm_params pw_rig_params = {
	.format = XENSND_PCM_FORMAT_S16_LE,
	.channels = 2,
	.frame_bytes = 4,
	.rate_hz = PW_LAB_RATE_HZ,
	.buffer_frames = 96000, /* two seconds */
	.period_frames = 480,
};

int pw_rig_begin(void **state)
{
	int rc = rig_begin(state);

	pw_lab_forget(&pw_lab);
	for (unsigned i = 0; rc == 0 && !desk && i < 100; i++)
		if (desk_open(&desk) < 0)
			usleep(50000);
	return rc < 0 || !desk ? -1 : 0;
}

int pw_rig_end(void **state)
{
	int rc = 0;

	if (pw_lab.program > 0)
		rc = pw_lab_end(&pw_lab);
	desk_close(desk);
	desk = NULL;
	return rig_end(state) < 0 ? -1 : rc;
}

static int start_servers(void)
{
	const int rc = pw_lab_start(&pw_lab);

	if (rc < 0)
		pw_lab_stop(&pw_lab);
	return rc;
}

static void stop_servers(void)
{
	pw_lab_stop(&pw_lab);
}

const struct rig_around pw_rig_servers = {start_servers, stop_servers};

int pw_rig_main(void)
{
	const char *missing = pw_lab_missing();

	if (missing) {
		printf("1..0 # SKIP %s\n", missing);
		return 0;
	}
	rig_around = &pw_rig_servers;
	return rig_main();
}

void pw_rig_run(const char *const *args)
{
	assert_int_equal(pw_lab_run(&pw_lab, args), 0);
}

void pw_rig_restart_servers(void)
{
	desk_close(desk);
	desk = NULL;
	assert_int_equal(pw_lab_start_servers(&pw_lab), 0);
	assert_int_equal(desk_open(&desk), 0);
}

struct waiting {
	const char *text;
	unsigned times;
};

static bool has_said(void *data)
{
	const struct waiting *w = data;

	return pw_lab_said(&pw_lab, w->text) >= w->times;
}

void pw_rig_wait_said(struct guest *guest, const char *text, unsigned times)
{
	struct waiting w = {text, times};

	if (!guest_run_until(guest, has_said, &w, WAIT_MS))
		fail_msg("xenav-pipewire does not say '%s'", text);
}

static bool is_running(void *name)
{
	struct desk_node node;

	return desk_look(desk, name, &node) && node.running;
}

void pw_rig_wait_running(struct guest *guest, const char *node_name)
{
	struct desk_node node;

	if (guest_run_until(guest, is_running, (void *)(uintptr_t)node_name, WAIT_MS))
		return;
	pw_lab_tell(&pw_lab);
	fail_msg("the node %s %s", node_name,
		 desk_look(desk, node_name, &node) ? "does not run" : "is not there");
}

int16_t pw_rig_tune(uint64_t n)
{
	uint64_t x = n * UINT64_C(0x9e3779b97f4a7c15);

	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	/* Half of full scale, never 0, in eight bits, so that each format can hold it. */
	return (int16_t)(((int)(x >> 58) * 256 + 256) * (x & 1u << 31 ? -1 : 1));
}

static void open_once(struct pcm *pcm, const struct pcm_params *params)
{
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
}

void pw_rig_open(struct rig_guest *rg, struct pcm *pcm, const struct pcm_params *params,
		 const char *node_name)
{
	/* WirePlumber 0.4 tries a link only once, which fails if the node has just got its format
	 * ("item deactivated before format set"): another node it links again. */
	for (unsigned i = 0; i < OPEN_TRIES; i++) {
		open_once(pcm, params);
		if (guest_run_until(&rg->guest, is_running, (void *)(uintptr_t)node_name,
				    WAIT_MS / 3))
			return;
		pw_rig_shut(pcm);
	}
	open_once(pcm, params);
	pw_rig_wait_running(&rg->guest, node_name);
}

void pw_rig_shut(struct pcm *pcm)
{
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
}

static bool is_near(int heard, int played, double tolerance)
{
	return abs(heard - played) <= (int)(abs(played) * tolerance);
}

static size_t matching(const int16_t *samples, size_t frames, unsigned channel, double tolerance)
{
	size_t n = 0;

	while (n < frames && is_near(samples[2 * n + channel], pw_rig_tune(n), tolerance))
		n++;
	return n;
}

void pw_rig_hear_out(struct guest *guest)
{
	guest_run(guest, 3 * 1000 * PW_LAB_QUANTUM_FRAMES / PW_LAB_RATE_HZ);
}

size_t pw_rig_heard(struct ear *ear, unsigned channel, size_t frames, double tolerance)
{
	const int16_t *samples;
	const size_t heard = ear_heard(ear, &samples);
	size_t best = 0;

	for (size_t at = 0; at < heard && best < FIND_FRAMES; at++) {
		const size_t most = heard - at < frames ? heard - at : frames;
		const size_t n = matching(samples + 2 * at, most, channel, tolerance);

		best = n > best ? n : best;
	}
	return best;
}

size_t pw_rig_heard_since(struct ear *ear)
{
	const int16_t *samples;
	const size_t heard = ear_heard(ear, &samples);

	for (size_t at = 0; at + FIND_FRAMES <= heard; at++)
		if (matching(samples + 2 * at, FIND_FRAMES, 0, 0) == FIND_FRAMES)
			return heard - at;
	return 0;
}

struct ear *pw_rig_listen(struct guest *guest)
{
	struct ear *ear;

	assert_int_equal(ear_open(&ear, desk, PW_LAB_SINK), 0);
	pw_rig_wait_running(guest, "ear");
	return ear;
}
