/* SPDX-License-Identifier: MIT */
/*
 * bench-input [-n SAMPLES]: how long a key and a position take from a consumer's flush to the
 * guest's notification, beside one round trip over eventfds between two processes.  The three take
 * turns in one run, so that a busy machine is the same for all.
 */
#include <config.h>

#include <linux/input-event-codes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/spread.h"
#include "daemon/rig.h"
#include "typist.h"

#define DOMID 70
/* A guest is notified once in a millisecond at most: that is not what is measured. */
#define PAUSE_US 2000

enum kind { ROUND_TRIP, KEY, POSITION, KINDS };

static const char *const kind_names[KINDS] = {
	"eventfd there and back",
	"key: flush to notify",
	"position: flush to notify",
};

static struct spread samples[KINDS];
static unsigned n_samples = 2000;

/* -------- another process, which sends back what it gets -------- */

static int there = -1, back = -1;
static pid_t echo_pid = -1;

static void echo(void)
{
	uint64_t count;

	while (read(there, &count, sizeof count) == sizeof count)
		if (write(back, &count, sizeof count) < 0)
			break;
	_exit(0);
}

static const char *start_echo(void)
{
	there = eventfd(0, EFD_CLOEXEC);
	back = eventfd(0, EFD_CLOEXEC);
	if (there < 0 || back < 0)
		return "no eventfd";
	echo_pid = fork();
	if (echo_pid == 0)
		echo();
	return echo_pid < 0 ? "no process" : NULL;
}

static void stop_echo(void)
{
	if (echo_pid <= 0)
		return;
	kill(echo_pid, SIGKILL);
	waitpid(echo_pid, NULL, 0);
}

static bool round_trip(void)
{
	uint64_t count = 1;

	return write(there, &count, sizeof count) == sizeof count &&
	       read(back, &count, sizeof count) == sizeof count;
}

/* -------- the guest and the consumer -------- */

static struct rig_guest rg;
static struct typist typist;

static const char *start_guest(void)
{
	const char *problem = rig_bring_up(&rg, DOMID);

	return problem ? problem : typist_begin(&typist, &rg);
}

static void stop_guest(void)
{
	typist_end(&typist);
	rig_destroy(&rg);
}

/* -------- measuring -------- */

static bool say(enum kind kind, unsigned i)
{
	if (kind == KEY && xenav_input_key(typist.in, KEY_A, i % 2 == 0) < 0)
		return false;
	if (kind == POSITION && xenav_input_position(typist.in, NULL, (int)(i % 800), 7, 0) < 0)
		return false;
	return xenav_input_flush(typist.in) == 0;
}

static bool is_notified(uint32_t seen)
{
	const uint64_t until = now_ns() + WAIT_MS * NS_PER_MS;

	while (machine_wait_event(DOMID, seen, 100) == seen)
		if (now_ns() > until)
			return false;
	return true;
}

static bool measure_one(enum kind kind, unsigned i)
{
	const uint32_t seen = machine_events(DOMID);
	const uint64_t start = now_ns();

	if (kind == ROUND_TRIP ? !round_trip() : !(say(kind, i) && is_notified(seen)))
		return false;
	spread_add(&samples[kind], (double)(now_ns() - start) / 1e6);
	/* The guest reads, and says so. */
	guest_run(&rg.guest, 1);
	usleep(PAUSE_US);
	return xenav_dispatch(typist.x) >= 0;
}

static const char *measure(void)
{
	for (unsigned i = 0; i < n_samples; i++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			if (!measure_one(kind, i))
				return "nothing came";
	return NULL;
}

/* -------- the table -------- */

static double percentile_us(enum kind kind, unsigned percent)
{
	return spread_at(&samples[kind], percent) * 1e3;
}

static void show(void)
{
	printf("%-28s %9s %9s %9s   %u samples each\n", "", "p50 us", "p99 us", "p50 ratio",
	       n_samples);
	for (unsigned kind = 0; kind < KINDS; kind++)
		spread_sort(&samples[kind]);
	for (unsigned kind = 0; kind < KINDS; kind++)
		printf("%-28s %9.1f %9.1f %9.2f\n", kind_names[kind], percentile_us(kind, 50),
		       percentile_us(kind, 99),
		       percentile_us(kind, 50) / percentile_us(ROUND_TRIP, 50));
}

static int run(void)
{
	const char *problem;

	if (lab_start_xenavd(&lab) < 0)
		return 1;
	problem = start_guest();
	if (!problem)
		problem = measure();
	if (problem)
		fprintf(stderr, "bench-input: %s\n", problem);
	else
		show();
	stop_guest();
	return lab_stop_xenavd(&lab, SIGTERM) != 0 || problem ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *missing = lab_missing();
	const char *problem;
	int rc = 1;
	int opt;

	while ((opt = getopt(argc, argv, "n:")) != -1) {
		if (opt != 'n')
			return 2;
		n_samples = (unsigned)atoi(optarg);
	}
	if (n_samples == 0 || n_samples > SPREAD_MAX)
		return 2;
	if (missing) {
		fprintf(stderr, "bench-input: %s\n", missing);
		return 77;
	}
	problem = start_echo();
	if (problem)
		fprintf(stderr, "bench-input: %s\n", problem);
	else if (lab_start(&lab) == 0)
		rc = run();
	stop_echo();
	lab_stop(&lab);
	return rc;
}
