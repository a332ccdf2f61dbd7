/* SPDX-License-Identifier: MIT */
/*
 * bench-load [-s SECONDS] [-n NICE] [-d DIR] [-j] [LOAD...]: run the loads that are named, or all
 * of them, each with an xenavd of its own, and print what they cost and how long guests wait.
 *
 *   -s SECONDS  that each is measured
 *   -n NICE     of xenavd and of the guests, -10 as a rule, as the unit has it
 *   -d DIR      write the distributions of all times there, for plotters of HdrHistogram
 *   -j          print JSON
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"
#include "rows.h"

const char *load_distributions;

static const struct load *const tables[] = {load_flows, load_idle, load_neighbours, load_growth};
static unsigned seconds;
static bool json;
static char config[512];

/* -------- times -------- */

static void write_distribution(const char *id, const char *what, const struct hist *hist)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s-%s.hgrm", load_distributions, id, what);
	for (char *c = path + strlen(load_distributions) + 1; *c; c++)
		if (*c == ' ' || *c == '/')
			*c = '-';
	file = fopen(path, "we");
	if (!file) {
		fprintf(stderr, "bench-load: %s: %s\n", path, strerror(errno));
		return;
	}
	hist_print(hist, file);
	fclose(file);
}

static void add_percentile(const char *id, const char *what, const struct hist *hist,
			   double percent, double goal)
{
	struct row row = {.id = id, .unit = "us", .has_goal = goal > 0, .goal = goal};

	row.value = (double)hist_percentile_ns(hist, percent) / 1000;
	if (percent < 100)
		rows_add(row, "%s, p%g", what, percent);
	else
		rows_add(row, "%s, the longest of %llu", what, (unsigned long long)hist->n);
}

void load_add_times(const char *id, const char *what, const struct hist *hist, double goal_p50,
		    double goal_p99, double goal_p999)
{
	add_percentile(id, what, hist, 50, goal_p50);
	add_percentile(id, what, hist, 90, 0);
	add_percentile(id, what, hist, 99, goal_p99);
	add_percentile(id, what, hist, 99.9, goal_p999);
	add_percentile(id, what, hist, 100, 0);
	if (load_distributions)
		write_distribution(id, what, hist);
}

/* -------- running -------- */

static bool is_wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static int run(const struct load *load)
{
	const char *problem;

	fprintf(stderr, "# %s: %s\n", load->name, load->what);
	if (lab_start_xenavd(&lab) < 0)
		return 1;
	problem = load->run(load, seconds ? seconds : load->seconds);
	if (problem)
		fprintf(stderr, "bench-load: %s: %s\n", load->name, problem);
	return lab_stop_xenavd(&lab, SIGTERM) != 0 || problem ? 1 : 0;
}

static int run_all(char **names)
{
	int rc = 0;

	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct load *load = tables[t]; load->name; load++)
			if (is_wanted(load->name, names))
				rc |= run(load);
	return rc;
}

static bool read_options(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "s:n:d:j")) != -1) {
		if (opt == 's')
			seconds = (unsigned)atoi(optarg);
		else if (opt == 'n')
			load_favour = atoi(optarg);
		else if (opt == 'd')
			load_distributions = optarg;
		else if (opt == 'j')
			json = true;
		else
			return false;
	}
	return true;
}

/* Everything is allowed, and nothing is refused because there are so many of all. */
static void write_config(void)
{
	snprintf(config, sizeof config,
		 "[daemon]\nheld-mib = 1024\nall-held-mib = 1024\n"
		 "[guest *]\nbe-alloc = yes\nmapped-mib = 256\nsupplied-mib = 128\n"
		 "[consumer user %u]\ndisplay = claim\nplayback = claim\ncapture = claim\n"
		 "direct = yes\n",
		 (unsigned)geteuid());
	lab.config = config;
	lab.nice = load_favour;
}

int main(int argc, char **argv)
{
	const char *missing;
	int rc;

	if (!read_options(argc, argv))
		return 2;
	missing = lab_missing();
	if (missing) {
		fprintf(stderr, "bench-load: %s\n", missing);
		return 77;
	}
	if (load_favour < 0 && setpriority(PRIO_PROCESS, 0, load_favour) < 0)
		fprintf(stderr, "bench-load: cannot set a nice value of %d: %s\n", load_favour,
			strerror(errno));
	setpriority(PRIO_PROCESS, 0, 0);
	if (lab_start(&lab) < 0)
		return 1;
	machine->alloc_limit = MACHINE_GRANTS;
	write_config();
	rc = run_all(argv + optind);
	lab_stop(&lab);
	if (json)
		rows_print_json("load");
	else
		rows_print_text();
	return rc;
}
