/* SPDX-License-Identifier: MIT */
/* What is said of a load that has run: see load.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "load.h"
#include "rows.h"
#include "xenav.h"

#define COPIES 21

static struct hist times[LOAD_TIMES];

/* -------- memory over time -------- */

static double mean_kib(const unsigned *kib, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += kib[i];
	return n ? sum / n : 0;
}

/* The last quarter beside the first. */
static double drift_kib(const struct load_window *w)
{
	const unsigned n = w->n_memory / 4;

	return mean_kib(w->memory_kib + w->n_memory - n, n) - mean_kib(w->memory_kib, n);
}

static void add_memory(const char *id, const struct load_window *w)
{
	rows_add((struct row){.id = id, .unit = "KiB", .value = w->memory_kib[0]},
		 "memory of xenavd when the load has begun");
	rows_add((struct row){.id = id, .unit = "KiB", .value = drift_kib(w), AT_MOST(1024)},
		 "growth of it, from the first quarter of the time to the last");
	rows_add((struct row){.id = id, .unit = "", .value = w->use.threads, AT_MOST(4)},
		 "threads of xenavd");
	rows_add((struct row){.id = id, .unit = "", .value = w->use.fds}, "descriptors of xenavd");
}

/* -------- counts -------- */

static void add_rate(const char *id, const char *what, uint64_t n, double seconds)
{
	if (n > 0)
		rows_add((struct row){.id = id, .unit = "/s", .value = (double)n / seconds}, "%s",
			 what);
}

static void add_count(const char *id, const char *what, uint64_t n)
{
	rows_add((struct row){.id = id, .unit = "", .value = (double)n, AT_MOST(0)}, "%s", what);
}

static void add_counts(const char *id, const struct load_window *w)
{
	const struct load_counts *from = &w->before, *to = &w->after;
	const double seconds = (double)(w->to.at_ns - w->from.at_ns) / 1e9;

	add_rate(id, "flips", to->flips - from->flips, seconds);
	add_rate(id, "periods written", to->periods - from->periods, seconds);
	add_rate(id, "positions told", to->positions - from->positions, seconds);
	add_rate(id, "pictures shown by consumers", to->frames - from->frames, seconds);
	add_rate(id, "frames of sound heard by consumers", to->heard - from->heard, seconds);
	add_count(id, "lost: answers, events, frames of sound",
		  to->heard_lost - from->heard_lost + w->lost);
	add_count(id, "reordered: events, positions, pictures, frames of sound",
		  to->reordered - from->reordered);
	add_count(id, "underruns of guests", to->xruns - from->xruns);
}

/* -------- processor time -------- */

static uint64_t requests_of(const struct load_window *w)
{
	return w->after.flips - w->before.flips + w->after.periods - w->before.periods;
}

static void add_cpu(const char *id, const struct load_window *w, double goal)
{
	const struct load_usage *from = &w->from, *to = &w->to;
	const double ns = (double)(to->xenavd_ns - from->xenavd_ns);
	const double requests = (double)requests_of(w);
	struct row row = {.id = id, .unit = "% CPU"};

	row.value = load_percent(to->xenavd_ns - from->xenavd_ns, from, to);
	row.has_goal = goal > 0;
	row.goal = goal;
	rows_add(row, "xenavd");
	row.has_goal = false;
	row.value = load_percent(to->consumers_ns - from->consumers_ns, from, to);
	if (row.value > 0)
		rows_add(row, "consumers");
	row.value = load_percent(to->guests_ns - from->guests_ns, from, to);
	rows_add(row, "guests, as the fake machine plays them");
	row.unit = "us";
	row.value = ns / 1000 / requests;
	rows_add(row, "processor time of xenavd for a flip or a period");
	row.unit = "";
	row.value = (double)(to->switches - from->switches) / requests;
	rows_add(row, "context switches of xenavd for a flip or a period");
}

/* -------- L4 beside memcpy() -------- */

static int compare(const void *a, const void *b)
{
	const uint64_t one = *(const uint64_t *)a;
	const uint64_t other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

/* Memory of that kind, of 4 KiB pages, which is there; or the bench ends. */
static uint8_t *get_memory(size_t bytes)
{
	uint8_t *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	memset(memory, 1, bytes);
	return memory;
}

double load_copy_floor_ns(unsigned guests, unsigned width_px, unsigned height_px)
{
	const size_t bytes = (size_t)width_px * height_px * 4;
	const size_t n = 2 * (size_t)guests;
	uint8_t *from = get_memory(n * bytes);
	uint8_t *to = get_memory(n * bytes);
	uint64_t ns[COPIES];

	for (unsigned i = 0; i < COPIES; i++) {
		const uint64_t begin = now_ns();

		memcpy(to + i % n * bytes, from + i % n * bytes, bytes);
		__asm__ volatile("" : : "r"(to) : "memory");
		ns[i] = now_ns() - begin;
	}
	munmap(from, n * bytes);
	munmap(to, n * bytes);
	qsort(ns, COPIES, sizeof ns[0], compare);
	return (double)ns[COPIES / 2];
}

static void add_copies(const char *id, const struct load_spec *spec, const struct load_window *w)
{
	const double frames = (double)(w->after.frames - w->before.frames);
	const double bytes = (double)(w->after.frame_bytes - w->before.frame_bytes);
	const double ns = (double)(w->to.xenavd_ns - w->from.xenavd_ns);
	const double floor_us =
		load_copy_floor_ns(spec->guests, spec->width_px, spec->height_px) / 1000;

	if (spec->supplied) {
		rows_add((struct row){.id = id,
				      .unit = "bytes",
				      .value = (double)w->copied_bytes,
				      AT_MOST(0)},
			 "pixels copied by xenavd");
		return;
	}
	/* A picture may be under way when the time ends. */
	rows_add((struct row){.id = id,
			      .unit = "",
			      .value = (double)w->copied_bytes / bytes,
			      AT_MOST(1.01)},
		 "bytes copied for a byte of the pictures shown");
	rows_add((struct row){.id = id,
			      .unit = "us",
			      .value = ns / 1000 / frames,
			      .floor = floor_us,
			      AT_MOST(1.1 * floor_us)},
		 "processor time of xenavd for a picture, beside memcpy()");
}

/* -------- times -------- */

static const char *const names[LOAD_TIMES] = {
	"PG_FLIP to answer",
	"PG_FLIP to event",
	"flips apart from their refresh period",
	"WRITE to answer",
	"position after the end of its period",
};

static void add_times(const char *id, const struct load_spec *spec, const struct load_guest *guests)
{
	for (unsigned t = 0; t < LOAD_TIMES; t++)
		hist_init(&times[t]);
	for (unsigned i = 0; i < spec->guests; i++)
		for (unsigned t = 0; t < LOAD_TIMES; t++)
			hist_add(&times[t], &guests[i].times[LOAD_QUIET][t]);
	for (unsigned t = 0; t < LOAD_TIMES; t++) {
		const bool answer = t == LOAD_FLIP_ANSWER;

		if (times[t].n > 0)
			load_add_times(id, names[t], &times[t], answer ? 50 : 0,
				       answer || t == LOAD_FLIP_OFF || t == LOAD_POSITION ? 1000
											  : 0,
				       answer ? 3000 : 0);
	}
}

void load_report(const struct load *load, const struct load_window *w,
		 const struct load_guest *guests)
{
	const struct load_spec *spec = load->spec;

	add_times(load->name, spec, guests);
	add_counts(load->name, w);
	add_cpu(load->name, w, load->cpu_percent);
	if (spec->consumers && spec->width_px > 0)
		add_copies(load->name, spec, w);
	add_memory(load->name, w);
}
