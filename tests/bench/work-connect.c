/* SPDX-License-Identifier: MIT */
/* P10, P11: a display that comes and goes, in time and in requests to xenstored, and many that stay
 * and do nothing. */
#include <config.h>

#include <unistd.h>

#include "base/clock.h"
#include "store-count.h"
#include "use.h"
#include "work.h"

#define CYCLES    5
#define IDLE      64
#define SETTLE_MS 1500
#define IDLE_MS   3000
#define DRIVER_US                                                                                  \
	150000 /* a driver is loaded some time after the toolstack has added its device            \
		*/

static struct rig_guest rg;
static struct rig_guest idlers[IDLE];

/* -------- one that comes and goes -------- */

static const struct {
	struct metric ms, cpu, threads;
} lives = {
	{"P10", "a display connects: 1 to 4, p50", "ms", 0, 1.0},
	{"P10", "a display comes and goes: the daemon's CPU", "ms", 0, 1.0},
	{"P10", "threads that a display adds", "", 0, 0},
};
static const struct metric life_store = {"P10", "a display comes and goes: store requests", "", 0,
					 0.5};

static const char *come(double *ms)
{
	uint64_t start;

	if (toolstack_add_device(&rg.ts, "vdispl", rg.guest.domid, 0, rig_display_nodes) < 0 ||
	    toolstack_wait_connection(&rg.ts, "vdispl", rg.guest.domid, 0) < 0)
		return "a display is not offered";
	usleep(DRIVER_US);
	start = now_ns();
	if (display_load(&rg.display, &rg.guest, 0) < 0 ||
	    !front_wait(&rg.display.front, 4, WAIT_MS))
		return "a display does not connect";
	*ms = (double)(now_ns() - start) / 1e6;
	return NULL;
}

static const char *go(void)
{
	const char *problem = NULL;

	if (toolstack_begin_removal(&rg.ts, "vdispl", rg.guest.domid, 0) < 0)
		problem = "libxl cannot begin to remove a display";
	else if (!front_wait(&rg.display.front, 1, WAIT_MS))
		problem = "a driver does not see its display go";
	else if (toolstack_end_removal(&rg.ts, "vdispl", rg.guest.domid, 0) < 0)
		problem = "libxl waited for 6 in vain";
	display_forget(&rg.display);
	return problem;
}

static const char *run_cycles(unsigned column, bool store)
{
	const char *problem = rig_create(&rg, work_domid());
	const unsigned threads = use_of(lab.xenavd).threads;
	double ms[CYCLES];
	struct use before;
	uint64_t requests;
	unsigned most = threads;

	usleep(DRIVER_US);
	before = use_of(lab.xenavd);
	requests = store_count_all();
	for (unsigned i = 0; i < CYCLES && !problem; i++) {
		problem = come(&ms[i]);
		if (!problem && use_of(lab.xenavd).threads > most)
			most = use_of(lab.xenavd).threads;
		if (!problem)
			problem = go();
	}
	usleep(DRIVER_US);
	if (!problem && store) {
		table_add(&life_store, column, (double)(store_count_all() - requests) / CYCLES);
	} else if (!problem) {
		table_add(&lives.ms, column, table_percentile(ms, CYCLES, 50));
		table_add(&lives.cpu, column,
			  (double)(use_of(lab.xenavd).cpu_ns - before.cpu_ns) / CYCLES / 1e6);
		table_add(&lives.threads, column, most - threads);
	}
	rig_destroy(&rg);
	return problem;
}

static const char *run_connect(const struct side *, unsigned column)
{
	return run_cycles(column, false);
}

const struct work connect_work = {
	.name = "connect", .metrics = &lives.ms, .n_metrics = 3, .run = run_connect};

static const char *run_store(const struct side *, unsigned column)
{
	return run_cycles(column, true);
}

const struct work store_work = {.name = "store",
				.metrics = &life_store,
				.n_metrics = 1,
				.counted = SIDE_COUNTS_STORE,
				.run = run_store};

/* -------- many that stay -------- */

/* Somebody else's daemon serves a display of each guest, xenavd a card of it, too. */
static const struct {
	struct metric threads, fds, all_kib, kib, cpu, store;
} idle = {
	{"P11", "64 idle guests: threads", "", 0, 0.05},
	{"P11", "64 idle guests: descriptors", "", 0, 0.05},
	{"P11", "64 idle guests: memory of the daemon", "KiB", 0, 1.0},
	{"P11", "64 idle guests: memory of each", "KiB", 0, 1.0},
	{"P11", "64 idle guests: processor", "%", 0, 0},
	{"P11", "64 idle guests: store requests a second", "", 0, 0},
};

static const char *measure_idle(unsigned column, unsigned kib_before)
{
	struct use before, after;
	uint64_t requests;
	double seconds;

	usleep(SETTLE_MS * 1000);
	before = use_of(lab.xenavd);
	requests = store_count_all();
	seconds = (double)now_ns() / 1e9;
	usleep(IDLE_MS * 1000);
	after = use_of(lab.xenavd);
	seconds = (double)now_ns() / 1e9 - seconds;
	table_add(&idle.threads, column, after.threads);
	table_add(&idle.fds, column, after.fds);
	table_add(&idle.all_kib, column, after.kib);
	table_add(&idle.kib, column, (double)(after.kib - kib_before) / IDLE);
	table_add(&idle.cpu, column, (double)(after.cpu_ns - before.cpu_ns) / 1e7 / seconds);
	table_add(&idle.store, column, (double)(store_count_all() - requests) / seconds);
	return NULL;
}

static const char *begin_idler(struct rig_guest *idler, bool card)
{
	const uint16_t domid = work_domid();
	const char *problem = work_guest_begin(idler, domid, 640, 480);

	if (problem || !card)
		return problem;
	if (toolstack_add_device(&idler->ts, "vsnd", domid, 0, rig_sound_nodes) < 0 ||
	    toolstack_wait_connection(&idler->ts, "vsnd", domid, 0) < 0)
		return "a card is not offered";
	if (sound_load(&idler->sound, &idler->guest, 0) < 0 ||
	    !front_wait(&idler->sound.front, 4, WAIT_MS))
		return "a card does not connect";
	return NULL;
}

static const char *run_idle(const struct side *side, unsigned column)
{
	const unsigned kib = use_of(lab.xenavd).kib;
	const char *problem = NULL;
	unsigned n = 0;

	while (n < IDLE && !problem) {
		problem = begin_idler(&idlers[n], !side->is_peer);
		n++;
	}
	if (!problem)
		problem = measure_idle(column, kib);
	while (n > 0)
		work_guest_end(&idlers[--n]);
	return problem;
}

const struct work idle_work = {.name = "idle",
			       .metrics = &idle.threads,
			       .n_metrics = METRICS_IN(idle),
			       .counted = SIDE_COUNTS_STORE,
			       .run = run_idle};
