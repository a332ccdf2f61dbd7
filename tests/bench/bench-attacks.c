/* SPDX-License-Identifier: MIT */
/*
 * bench-attacks [-r ROUNDS] [-m MS] [-n NICE] [NAME...]: what an innocent guest notices of an
 * attack.  For each attack, or each one named: rounds of so many milliseconds of quiet and of
 * attack take turns, and a table shows how long the innocent guest's requests took in both, and
 * what the processors had to do.  Everything is in one run, so that a busy machine is the same for
 * both.
 *
 * xenavd runs with the nice value that its unit gives it, and so does the innocent guest: a guest
 * of Xen has a virtual processor of its own and does not compete with the processes of dom0.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "attacks.h"
#include "base/clock.h"
#include "daemon/rig.h"
#include "probe.h"

#define PROBE_DOMID 70
#define SETTLE_MS   100
#define SETTLES     100 /* at most, from an attack to the next quiet time */

static const struct attack *const tables[] = {guest_attacks, consumer_attacks, input_attacks};

static unsigned rounds = 8;
static unsigned slice_ms = 500;
static int favour = -10; /* the nice value of xenavd and of the innocent guest */

/* -------- the attacker's thread -------- */

static const struct attack *running;
static bool striking;
static uint64_t struck;

/* An attacker sleeps in between, so that xenavd is measured and not the scheduler. */
static void *attacker(void *)
{
	/* The first finds what has been answered since the last round. */
	running->strike();
	while (__atomic_load_n(&striking, __ATOMIC_RELAXED))
		struck += running->strike();
	return NULL;
}

/* -------- measuring -------- */

struct measured {
	struct probe probe;
	uint64_t ns;
	uint64_t xenavd_ns; /* of processor time */
	uint64_t xenstored_ns;
};

static uint64_t cpu_ns(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Work that an attack leaves behind, e.g. in the rings, is not part of the quiet time. */
static void settle(void)
{
	for (unsigned i = 0; i < SETTLES; i++) {
		const uint64_t before = cpu_ns(lab.xenavd);

		usleep(SETTLE_MS * 1000);
		if (cpu_ns(lab.xenavd) - before < SETTLE_MS * NS_PER_MS / 100)
			return;
	}
}

static void measure(struct measured *m)
{
	const uint64_t start = now_ns();
	const uint64_t xenavd = cpu_ns(lab.xenavd);
	const uint64_t xenstored = cpu_ns(lab.xenstored);

	/* Of this thread alone. */
	setpriority(PRIO_PROCESS, 0, favour);
	probe_run(&m->probe, slice_ms);
	setpriority(PRIO_PROCESS, 0, 0);
	m->xenavd_ns += cpu_ns(lab.xenavd) - xenavd;
	m->xenstored_ns += cpu_ns(lab.xenstored) - xenstored;
	m->ns += now_ns() - start;
}

static const char *take_turns(struct measured *quiet, struct measured *attacked)
{
	for (unsigned i = 0; i < rounds; i++) {
		pthread_t thread;

		settle();
		measure(quiet);
		__atomic_store_n(&striking, true, __ATOMIC_RELAXED);
		if (pthread_create(&thread, NULL, attacker, NULL) != 0)
			return "there can be no thread";
		measure(attacked);
		__atomic_store_n(&striking, false, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
		if (lab_xenavd_died(&lab))
			return "xenavd has died";
	}
	return NULL;
}

/* -------- the table -------- */

static double ms_of(uint64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static void show(struct measured *quiet, struct measured *attacked)
{
	printf("%-10s %9llu strikes/s   xenavd %3.0f%% -> %3.0f%%   xenstored %3.0f%% -> %3.0f%% of a "
	       "processor%s\n",
	       running->name, (unsigned long long)(struck * NS_PER_SEC / attacked->ns),
	       100.0 * (double)quiet->xenavd_ns / (double)quiet->ns,
	       100.0 * (double)attacked->xenavd_ns / (double)attacked->ns,
	       100.0 * (double)quiet->xenstored_ns / (double)quiet->ns,
	       100.0 * (double)attacked->xenstored_ns / (double)attacked->ns,
	       quiet->probe.failures + attacked->probe.failures ? "   REQUESTS FAILED" : "");
	for (unsigned kind = 0; kind < PROBE_KINDS; kind++) {
		const uint64_t before = probe_percentile(&quiet->probe, kind, 99);
		const uint64_t after = probe_percentile(&attacked->probe, kind, 99);

		printf("  %-20s quiet p50 %7.2f p99 %7.2f ms (%5zu)   attacked p50 %7.2f p99 %7.2f "
		       "ms (%5zu)  %s\n",
		       probe_names[kind], ms_of(probe_percentile(&quiet->probe, kind, 50)),
		       ms_of(before), quiet->probe.n[kind],
		       ms_of(probe_percentile(&attacked->probe, kind, 50)), ms_of(after),
		       attacked->probe.n[kind], after <= 2 * before + NS_PER_MS ? "fine" : "HURT");
	}
	fflush(stdout);
}

static const char *measure_all(void)
{
	static struct measured quiet, attacked;
	const char *problem = probe_begin(PROBE_DOMID);

	memset(&quiet, 0, sizeof quiet);
	memset(&attacked, 0, sizeof attacked);
	struck = 0;
	if (problem)
		return problem;
	problem = running->begin();
	if (!problem)
		problem = take_turns(&quiet, &attacked);
	if (!problem)
		show(&quiet, &attacked);
	running->end();
	probe_end();
	return problem;
}

static int run(const struct attack *attack)
{
	const char *problem;

	running = attack;
	lab.config = attack->config;
	lab.nice = favour;
	if (lab_start_xenavd(&lab) < 0)
		return 1;
	problem = measure_all();
	if (problem)
		fprintf(stderr, "bench-attacks: %s: %s\n", attack->name, problem);
	return lab_stop_xenavd(&lab, SIGTERM) != 0 || problem ? 1 : 0;
}

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *missing = lab_missing();
	int rc = 0;
	int opt;

	while ((opt = getopt(argc, argv, "r:m:n:")) != -1) {
		if (opt == 'r')
			rounds = (unsigned)atoi(optarg);
		else if (opt == 'm')
			slice_ms = (unsigned)atoi(optarg);
		else if (opt == 'n')
			favour = atoi(optarg);
		else
			return 2;
	}
	if (missing) {
		fprintf(stderr, "bench-attacks: %s\n", missing);
		return 77;
	}
	/* Descriptors that kernels since Linux 6.16 refuse are an attack all the same. */
	setenv("XENAV_FAKE_OLD_SOCKETS", "1", 1);
	if (lab_start(&lab) < 0)
		return 1;
	if (favour < 0 && setpriority(PRIO_PROCESS, 0, favour) < 0)
		fprintf(stderr, "bench-attacks: cannot set a nice value of %d: %s\n", favour,
			strerror(errno));
	setpriority(PRIO_PROCESS, 0, 0);
	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct attack *attack = tables[t]; attack->name; attack++)
			if (wanted(attack->name, argv + optind))
				rc |= run(attack);
	lab_stop(&lab);
	return rc;
}
