/* SPDX-License-Identifier: MIT */
/*
 * Flips of one guest while another creates and destroys buffers of 4K without end: P8.  Quiet times
 * and attacks take turns.
 */
#include <config.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "load.h"
#include "rows.h"
#include "xen/displif.h"
#include "xenav.h"

#define ATTACKER  80 /* the first of them */
#define ATTACKERS 8
#define WIDTH_PX  3840u
#define HEIGHT_PX 2160u
#define SLICE_MS  1000
#define PAUSE_MS  100 /* between a slice and the next */

static const struct load_spec unseen = {
	.guests = 1,
	.width_px = 640,
	.height_px = 480,
	.refresh_ns = NS_PER_SEC / 60,
	.rest_ms = 20,
};

static const struct load_spec copied = {
	.guests = 1,
	.width_px = 1920,
	.height_px = 1080,
	.refresh_ns = NS_PER_SEC / 60,
	.rest_ms = 20,
	.consumers = true,
	.ways = XENAV_WAY_COPY,
};

static const struct load_spec direct = {
	.guests = 1,
	.width_px = 1920,
	.height_px = 1080,
	.supplied = true,
	.refresh_ns = NS_PER_SEC / 60,
	.rest_ms = 20,
	.consumers = true,
	.ways = XENAV_WAY_DIRECT,
};

/* -------- the attackers -------- */

static struct attacker {
	struct rig_guest rg;
	struct guest_buffer buffer;
	pthread_t thread;
	bool runs;
	uint64_t strikes;
} attackers[ATTACKERS];

static unsigned n_attackers;
static atomic_bool striking;

static const char *come(struct attacker *bad, uint16_t domid)
{
	static const struct toolstack_node nodes[] = {
		{"be-alloc", "0", true},
		{"0/resolution", "3840x2160", true},
		{"0/unique-id", "bad", true},
		{0},
	};
	const char *problem = rig_create(&bad->rg, domid);

	rig_display = nodes;
	if (!problem)
		problem = rig_attach(&bad->rg);
	rig_display = rig_display_nodes;
	if (!problem)
		problem = rig_load(&bad->rg);
	if (!problem)
		problem = rig_connect(&bad->rg);
	if (!problem &&
	    guest_buffer_alloc(&bad->rg.guest, &bad->buffer, WIDTH_PX * HEIGHT_PX * 4) < 0)
		problem = "no memory for a buffer";
	return problem;
}

/* Always the same memory: what the fake machine needs to find some is not to be measured. */
static bool strike(struct attacker *bad)
{
	struct channel *ch = &CRTC(&bad->rg, 0)->channel;
	struct xendispl_req req = {.operation = XENDISPL_OP_DBUF_CREATE};
	uint8_t image[SLOT_BYTES];

	req.op.dbuf_create.dbuf_cookie = 7;
	req.op.dbuf_create.width = WIDTH_PX;
	req.op.dbuf_create.height = HEIGHT_PX;
	req.op.dbuf_create.bpp = 32;
	req.op.dbuf_create.buffer_sz = bad->buffer.size_bytes;
	req.op.dbuf_create.gref_directory = guest_buffer_directory(&bad->buffer);
	memcpy(image, &req, sizeof image);
	if (channel_request(ch, image) != 0)
		return false;
	memset(&req, 0, sizeof req);
	req.operation = XENDISPL_OP_DBUF_DESTROY;
	req.op.dbuf_destroy.dbuf_cookie = 7;
	memcpy(image, &req, sizeof image);
	return channel_request(ch, image) == 0;
}

static void *attack(void *arg)
{
	struct attacker *bad = arg;

	while (striking && strike(bad))
		bad->strikes++;
	return NULL;
}

static void begin_attack(void)
{
	striking = true;
	for (unsigned i = 0; i < n_attackers; i++)
		attackers[i].runs =
			pthread_create(&attackers[i].thread, NULL, attack, &attackers[i]) == 0;
}

static void end_attack(void)
{
	striking = false;
	for (unsigned i = 0; i < n_attackers; i++)
		if (attackers[i].runs)
			pthread_join(attackers[i].thread, NULL);
}

/* -------- taking turns -------- */

static void be_quiet(void)
{
	usleep(PAUSE_MS * 1000);
	load_measuring = LOAD_QUIET;
	usleep(SLICE_MS * 1000);
	load_measuring = LOAD_NOTHING;
}

static void be_attacked(void)
{
	begin_attack();
	usleep(PAUSE_MS * 1000);
	load_measuring = LOAD_ATTACKED;
	usleep(SLICE_MS * 1000);
	load_measuring = LOAD_NOTHING;
	end_attack();
}

static void add(const char *id, const char *what, const struct load_guest *g, enum load_time kind)
{
	const struct hist *quiet = &g->times[LOAD_QUIET][kind];
	const struct hist *attacked = &g->times[LOAD_ATTACKED][kind];
	const double p99 = (double)hist_percentile_ns(quiet, 99);

	rows_add((struct row){.id = id, .unit = "us", .value = p99 / 1000},
		 "%s, quiet, p99 of %llu", what, (unsigned long long)quiet->n);
	rows_add((struct row){.id = id,
			      .unit = "us",
			      .value = (double)hist_percentile_ns(attacked, 99) / 1000,
			      AT_MOST(2 * p99 / 1000)},
		 "%s, beside the other, p99 of %llu", what, (unsigned long long)attacked->n);
	rows_add((struct row){.id = id,
			      .unit = "us",
			      .value = (double)hist_percentile_ns(quiet, 50) / 1000},
		 "%s, quiet, p50", what);
	rows_add((struct row){.id = id,
			      .unit = "us",
			      .value = (double)hist_percentile_ns(attacked, 50) / 1000},
		 "%s, beside the other, p50", what);
}

static const char *take_turns(const struct load_spec *spec, unsigned seconds)
{
	struct load_audience *a = NULL;
	const char *problem = load_flow_begin(spec, load_guests, &a);
	const char *end;

	for (unsigned i = 0; i < seconds * 1000 / (2 * SLICE_MS) && !problem; i++) {
		be_quiet();
		be_attacked();
	}
	end = load_flow_end(spec, load_guests, a);
	return problem ? problem : end;
}

static const char *run_with(const struct load *load, unsigned seconds, unsigned others)
{
	const char *problem = NULL;
	uint64_t strikes = 0;

	memset(attackers, 0, sizeof attackers);
	for (n_attackers = 0; n_attackers < others && !problem; n_attackers++)
		problem = come(&attackers[n_attackers], (uint16_t)(ATTACKER + n_attackers));
	if (!problem)
		problem = take_turns(load->spec, seconds);
	for (unsigned i = 0; i < n_attackers; i++) {
		strikes += attackers[i].strikes;
		rig_destroy(&attackers[i].rg);
	}
	if (problem)
		return problem;
	add(load->name, "PG_FLIP to answer", &load_guests[0], LOAD_FLIP_ANSWER);
	add(load->name, "PG_FLIP to event", &load_guests[0], LOAD_FLIP_EVENT);
	rows_add((struct row){.id = load->name,
			      .unit = "/s",
			      .value = (double)strikes / (seconds / 2.0)},
		 "buffers of 4K that %u others create and destroy", others);
	return NULL;
}

static const char *run_one(const struct load *load, unsigned seconds)
{
	return run_with(load, seconds, 1);
}

static const char *run_many(const struct load *load, unsigned seconds)
{
	return run_with(load, seconds, ATTACKERS);
}

const struct load load_neighbours[] = {
	{"P8", "flips of a guest, while another creates and destroys 4K buffers", 60, 0, run_one,
	 &unseen},
	{"P8c", "the same, of 1080p copied for a consumer", 60, 0, run_one, &copied},
	{"P8d", "the same, of 1080p in the direct way", 60, 0, run_one, &direct},
	{"P8m", "flips of 1080p copied for a consumer, while eight others do", 60, 0, run_many,
	 &copied},
	{0},
};
