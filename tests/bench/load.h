/* SPDX-License-Identifier: MIT */
/*
 * Loads as real hosts have them: so many guests on the fake machine that flip and play, consumers
 * in a process of their own, and the real xenavd between them.  What a guest measures is in
 * histograms, what consumers have seen in memory that they share with the bench.
 */
#ifndef XENAVD_BENCH_LOAD_H
#define XENAVD_BENCH_LOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/rig.h"
#include "hist.h"

#define LOAD_GUESTS  32
#define LOAD_STREAMS 2
#define LOAD_DOMID   100  /* of the first guest */
#define LOAD_SECONDS 1000 /* that are measured, at most */

/* What every guest of a load does, and who looks. */
struct load_spec {
	unsigned guests;
	unsigned width_px; /* of a display with one connector; 0: none */
	unsigned height_px;
	bool supplied;       /* its buffers are of dom0 (be-alloc) */
	uint32_t refresh_ns; /* time of a flip; other times than 60 Hz are the consumer's to ask for
			      */
	unsigned rest_ms; /* between an event and the next flip, so that none waits for refresh */
	unsigned streams;
	uint32_t period_frames; /* at 48 kHz */
	uint32_t buffer_frames;
	bool consumers; /* one connection shows all connectors and watches all streams */
	uint32_t ways;  /* that it takes pictures in, XENAV_WAY_... */
};

/* -------- guests (load-guest.c) -------- */

enum load_time {
	LOAD_FLIP_ANSWER, /* PG_FLIP to its answer */
	LOAD_FLIP_EVENT,  /* PG_FLIP to its event */
	LOAD_FLIP_OFF,    /* from one event to the next, apart from the refresh period */
	LOAD_WRITE,       /* WRITE of a period to its answer */
	LOAD_POSITION,    /* CUR_POS, after the end of the period it tells of */
	LOAD_TIMES,
};

/* Times are kept apart for two states of the machine, where a load compares them. */
enum load_set { LOAD_QUIET, LOAD_ATTACKED, LOAD_SETS, LOAD_NOTHING = LOAD_SETS };

struct load_guest {
	const struct load_spec *spec;
	uint16_t domid;
	struct hist times[LOAD_SETS][LOAD_TIMES]; /* those of load_measuring */

	/* To be read at any time. */
	atomic_bool up; /* it flips and plays, or there is a problem */
	_Atomic uint64_t flips, periods, positions;
	_Atomic uint64_t xruns;     /* of the guest's streams */
	_Atomic uint64_t reordered; /* events of another flip, positions that go back */

	/* To be read after load_guest_stop(). */
	const char *problem;
	uint64_t lost; /* answers and events that did not come, or were out of step */

	/* Its own. */
	pthread_t thread;
	atomic_bool stop;
	struct rig_guest rg;
	struct dbuf dbufs[2];
	unsigned front;
	void (*on_event)(struct channel *ch, const uint8_t image[SLOT_BYTES]); /* the driver's */
	uint64_t asked_ns; /* of the flip that waits for its event */
	uint64_t event_ns; /* of the one before */
	struct load_stream {
		uint32_t next;     /* number of the next frame */
		uint64_t begin_ns; /* when frame 0 was heard, as the earliest position says */
		uint64_t at_bytes; /* the newest position */
		uint64_t periods;  /* that it is behind */
	} streams[LOAD_STREAMS];
};

/* The set that guests add their times to. */
extern _Atomic enum load_set load_measuring;

/* The nice value of guests' threads, where we may: a guest of Xen has processors of its own. */
extern int load_favour;

/* Choose what devices the guests of a load have; before the first of them starts. */
void load_guest_devices(const struct load_spec *spec);

/* @return 0 or -errno. */
int load_guest_start(struct load_guest *g, uint16_t domid, const struct load_spec *spec);
void load_guest_stop(struct load_guest *g);

/* -------- consumers (load-audience.c) -------- */

/* In memory that is shared with the process of the consumer. */
struct load_audience {
	pid_t pid;
	_Atomic uint64_t claimed;     /* connectors and streams */
	_Atomic uint64_t frames;      /* pictures */
	_Atomic uint64_t frame_bytes; /* of them all */
	_Atomic uint64_t older;       /* pictures that were older than one before */
	_Atomic uint64_t heard;       /* frames of sound */
	_Atomic uint64_t lost;        /* of sound, that should have come between others */
	_Atomic uint64_t reordered;   /* of sound, that came again or too late */
	_Atomic uint64_t failed;      /* -errno of the connection */
};

/* @return it, or NULL. */
struct load_audience *load_audience_start(const struct load_spec *spec);
void load_audience_stop(struct load_audience *a);

/* -------- what processes use (load-usage.c) -------- */

struct load_usage {
	uint64_t at_ns;
	uint64_t xenavd_ns; /* of processor time */
	uint64_t xenstored_ns;
	uint64_t consumers_ns;
	uint64_t guests_ns; /* of the bench, which plays them */
	uint64_t switches;  /* of xenavd's threads */
};

struct load_usage load_usage(const struct load_audience *a);
double load_percent(uint64_t ns, const struct load_usage *from, const struct load_usage *to);

/* Memory of xenavd's own, in KiB. */
unsigned load_memory_kib(void);

/* -------- loads (load-*.c) -------- */

struct load {
	const char *name;
	const char *what;
	unsigned seconds;   /* as a rule */
	double cpu_percent; /* the most that xenavd should take, or 0 */
	/* With xenavd started.  @return NULL or what went wrong. */
	const char *(*run)(const struct load *load, unsigned seconds);
	const struct load_spec *spec;
};

/* Each ends with an entry without a name. */
extern const struct load load_flows[], load_idle[], load_neighbours[], load_growth[];

/* -------- what is said of a load (load-report.c) -------- */

struct load_counts {
	uint64_t flips, periods, positions, xruns, reordered;
	uint64_t frames, frame_bytes, heard, heard_lost;
};

/* The time in which a load was measured. */
struct load_window {
	struct load_usage from, to;
	struct load_counts before, after;
	uint64_t copied_bytes; /* by xenavd */
	uint64_t lost;         /* by guests, up to their end */
	struct lab_use use;
	unsigned memory_kib[LOAD_SECONDS]; /* second by second */
	unsigned n_memory;
};

/* Let guests and consumers live, measure them for so long, and let them go. @return NULL or what
 * went wrong. */
const char *load_flow(const struct load_spec *spec, unsigned seconds, struct load_window *w,
		      struct load_guest *guests);

/* Let them come, and go; with the consumer, or NULL. */
const char *load_flow_begin(const struct load_spec *spec, struct load_guest *guests,
			    struct load_audience **a);
const char *load_flow_end(const struct load_spec *spec, struct load_guest *guests,
			  struct load_audience *a);

/* The time of one memcpy() of a picture, the median, where as many guests have two pictures each
 * and as many copies of them. */
double load_copy_floor_ns(unsigned guests, unsigned width_px, unsigned height_px);

/* Guests of whatever load: only one load runs at a time. */
extern struct load_guest load_guests[LOAD_GUESTS];

void load_report(const struct load *load, const struct load_window *w,
		 const struct load_guest *guests);

/* Where the distributions of times are written to, or NULL. */
extern const char *load_distributions;

/* Rows of percentiles, in microseconds; goals of 0 are none. */
void load_add_times(const char *id, const char *what, const struct hist *hist, double goal_p50,
		    double goal_p99, double goal_p999);

#endif
