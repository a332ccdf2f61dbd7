/* SPDX-License-Identifier: MIT */
/* Loads of guests that flip and play: L1 to L4. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "load.h"
#include "xenav.h"

#define HZ_60     (NS_PER_SEC / 60)
#define SETTLE_MS 2000
#define UP_MS     60000

/* L1: 16 domains with a screen and two streams. */
static const struct load_spec l1 = {
	.guests = 16,
	.width_px = 640,
	.height_px = 480,
	.refresh_ns = HZ_60,
	.streams = 2,
	.period_frames = 480,
	.buffer_frames = 3840,
};

/* The same, shown without a copy and heard. */
static const struct load_spec l1_seen = {
	.guests = 16,
	.width_px = 640,
	.height_px = 480,
	.supplied = true,
	.refresh_ns = HZ_60,
	.streams = 2,
	.period_frames = 480,
	.buffer_frames = 3840,
	.consumers = true,
	.ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT,
};

static const struct load_spec l2 = {
	.guests = 32,
	.streams = 2,
	.period_frames = 240,
	.buffer_frames = 1920,
	.consumers = true,
};

static const struct load_spec l3 = {
	.guests = 1,
	.width_px = 3840,
	.height_px = 2160,
	.supplied = true,
	.refresh_ns = NS_PER_SEC / 240,
	.streams = 1,
	.period_frames = 64,
	.buffer_frames = 1024,
	.consumers = true,
	.ways = XENAV_WAY_DIRECT,
};

static const struct load_spec l4 = {
	.guests = 4,
	.width_px = 1920,
	.height_px = 1080,
	.refresh_ns = HZ_60,
	.consumers = true,
	.ways = XENAV_WAY_COPY,
};

/* -------- measuring -------- */

static struct load_counts count(const struct load_spec *spec, const struct load_guest *guests,
				const struct load_audience *a)
{
	struct load_counts c = {0};

	for (unsigned i = 0; i < spec->guests; i++) {
		c.flips += guests[i].flips;
		c.periods += guests[i].periods;
		c.positions += guests[i].positions;
		c.xruns += guests[i].xruns;
		c.reordered += guests[i].reordered;
	}
	if (!a)
		return c;
	c.reordered += a->older + a->reordered;
	c.frames = a->frames;
	c.frame_bytes = a->frame_bytes;
	c.heard = a->heard;
	c.heard_lost = a->lost;
	return c;
}

static uint64_t copied_bytes(const struct load_spec *spec)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < spec->guests; i++) {
		char text[64];

		snprintf(text, sizeof text, "connector domain=%u ", LOAD_DOMID + i);
		sum += (uint64_t)lab_status(&lab, text, "copied_bytes");
	}
	return sum;
}

static const char *problem_of(const struct load_spec *spec, const struct load_guest *guests,
			      const struct load_audience *a)
{
	for (unsigned i = 0; i < spec->guests; i++)
		if (guests[i].problem)
			return guests[i].problem;
	if (lab_xenavd_died(&lab))
		return "xenavd has died";
	return a && a->failed ? "a consumer was disconnected" : NULL;
}

static const char *wait_until_up(const struct load_spec *spec, const struct load_guest *guests,
				 const struct load_audience *a)
{
	const uint64_t until = now_ns() + UP_MS * NS_PER_MS;
	const unsigned objects = spec->guests * (spec->streams + (spec->width_px > 0));
	unsigned up;

	do {
		usleep(10000);
		up = 0;
		for (unsigned i = 0; i < spec->guests; i++)
			up += guests[i].up;
		if (up == spec->guests && (!a || a->claimed >= objects)) {
			usleep(SETTLE_MS * 1000);
			return problem_of(spec, guests, a);
		}
	} while (now_ns() < until);
	return "guests or consumers do not come";
}

const char *load_flow_begin(const struct load_spec *spec, struct load_guest *guests,
			    struct load_audience **a)
{
	const char *problem = NULL;

	*a = spec->consumers ? load_audience_start(spec) : NULL;
	load_guest_devices(spec);
	for (unsigned n = 0; n < spec->guests; n++)
		if (load_guest_start(&guests[n], (uint16_t)(LOAD_DOMID + n), spec) < 0)
			abort();
	if (spec->consumers && !*a)
		problem = "there is no process for consumers";
	return problem ? problem : wait_until_up(spec, guests, *a);
}

const char *load_flow_end(const struct load_spec *spec, struct load_guest *guests,
			  struct load_audience *a)
{
	const char *problem;

	for (unsigned n = 0; n < spec->guests; n++)
		load_guest_stop(&guests[n]);
	problem = problem_of(spec, guests, a);
	load_audience_stop(a);
	return problem;
}

static void measure(const struct load_spec *spec, const struct load_audience *a, unsigned seconds,
		    struct load_window *w, const struct load_guest *guests)
{
	memset(w, 0, sizeof *w);
	w->copied_bytes = spec->width_px ? copied_bytes(spec) : 0;
	w->before = count(spec, guests, a);
	w->from = load_usage(a);
	load_measuring = LOAD_QUIET;
	for (w->n_memory = 0; w->n_memory < seconds && w->n_memory < LOAD_SECONDS; w->n_memory++) {
		w->memory_kib[w->n_memory] = load_memory_kib();
		usleep(1000000);
	}
	load_measuring = LOAD_NOTHING;
	w->to = load_usage(a);
	w->after = count(spec, guests, a);
	w->copied_bytes = spec->width_px ? copied_bytes(spec) - w->copied_bytes : 0;
	w->use = lab_use(&lab);
}

const char *load_flow(const struct load_spec *spec, unsigned seconds, struct load_window *w,
		      struct load_guest *guests)
{
	struct load_audience *a;
	const char *problem = load_flow_begin(spec, guests, &a);
	const char *end;

	if (!problem)
		measure(spec, a, seconds, w, guests);
	end = load_flow_end(spec, guests, a);
	w->lost = 0;
	for (unsigned n = 0; n < spec->guests; n++)
		w->lost += guests[n].lost;
	return problem ? problem : end;
}

static const char *run(const struct load *load, unsigned seconds)
{
	static struct load_window window;
	const char *problem = load_flow(load->spec, seconds, &window, load_guests);

	if (!problem)
		load_report(load, &window, load_guests);
	return problem;
}

const struct load load_flows[] = {
	{"L1", "16 guests: 60 flips/s and two streams of 10 ms each, nobody looks", 60, 15, run,
	 &l1},
	{"L1c", "the same, shown in the direct way and heard by a consumer", 60, 15, run, &l1_seen},
	{"L2", "32 guests: two streams of 5 ms each, heard by a consumer", 60, 40, run, &l2},
	{"L3", "one guest: 4K at 240 flips/s in the direct way, a stream of 1.33 ms", 60, 0, run,
	 &l3},
	{"L4", "4 guests: 1080p at 60 flips/s, copied for a consumer", 60, 0, run, &l4},
	{0},
};
