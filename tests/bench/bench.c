/* SPDX-License-Identifier: MIT */
/*
 * bench [-n REPETITIONS] [-j FILE] [-b XENAVD] [-l LIBRARIES] [-p PEER] [WORK...]: times and
 * processor time of xenavd on the fake machine, beside the floor of the same run.  -b is xenavd of
 * another build, whose shared libraries are in the folder of -l; -p is somebody else's daemon, see
 * tests/README.  All take turns, each repetition in another order.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "use.h"
#include "work.h"

#define REPETITIONS_MAX 64
#define FIRST_DOMID     70

static const struct work *const works[] = {
	&ring_work,    &pairs_work, &burst_work, &copy_work,  &direct_work, &buffer_work,
	&connect_work, &store_work, &idle_work,  &sound_work, &counts_work, &instructions_work,
};

static struct side sides[TABLE_COLUMNS]; /* by column; that of the floor has none */
static unsigned repetitions = 10;
static const char *json_path;
static bool failed;

static const struct toolstack_node *nodes_of(unsigned width_px, unsigned height_px)
{
	static char resolution[32];
	static const struct toolstack_node nodes[] = {
		{"be-alloc", "0", true},
		{"0/resolution", resolution, true},
		{"0/unique-id", "only", true},
		{0},
	};

	snprintf(resolution, sizeof resolution, "%ux%u", width_px, height_px);
	return nodes;
}

const char *work_guest_begin(struct rig_guest *rg, uint16_t domid, unsigned width_px,
			     unsigned height_px)
{
	const char *problem = rig_create(rg, domid);

	if (problem)
		return problem;
	if (toolstack_add_device(&rg->ts, "vdispl", domid, 0, nodes_of(width_px, height_px)) < 0 ||
	    toolstack_wait_connection(&rg->ts, "vdispl", domid, 0) < 0)
		return "a display is not offered";
	if (display_load(&rg->display, &rg->guest, 0) < 0 ||
	    !front_wait(&rg->display.front, 4, WAIT_MS))
		return "a display does not connect";
	return NULL;
}

void work_guest_end(struct rig_guest *rg)
{
	rig_destroy(rg);
}

uint16_t work_domid(void)
{
	static uint16_t last = FIRST_DOMID;

	return last++;
}

/* -------- turns -------- */

static void complain(const struct work *work, const char *who, const char *problem)
{
	fprintf(stderr, "bench: %s, %s: %s\n", work->name, who, problem);
	failed = true;
}

static void run_side(const struct work *work, unsigned column)
{
	const struct side *side = &sides[column];
	const char *problem;
	const char *end;

	if (!side->name || (work->ours_only && side->is_peer))
		return;
	if (work->once) {
		work->run(side, column);
		return;
	}
	problem = side_start(side, side_config(work->direct), work->counted);
	if (!problem)
		problem = work->run(side, column);
	end = side_stop();
	if (problem || end)
		complain(work, side->name, problem ? problem : end);
}

static void run_floor(const struct work *work)
{
	const char *problem = work->floor ? work->floor() : NULL;

	if (problem)
		complain(work, "floor", problem);
}

/* There and back, so that no side always comes after the same one. */
static void run_turn(const struct work *work, unsigned turn)
{
	for (unsigned i = 0; i < TABLE_COLUMNS; i++) {
		const unsigned column = turn % 2 ? TABLE_COLUMNS - 1 - i : i;

		if (column == TABLE_FLOOR)
			run_floor(work);
		else
			run_side(work, column);
	}
}

static bool is_wanted(const struct work *work, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, work->name) == 0)
			return true;
	return false;
}

static void run_work(const struct work *work)
{
	table_declare(work->metrics, work->n_metrics);
	for (unsigned turn = 0; turn < (work->once ? 1 : repetitions); turn++) {
		fprintf(stderr, "\r%-8s %3u of %u ", work->name, turn + 1, repetitions);
		run_turn(work, turn);
	}
}

static void run_all(char **names)
{
	for (unsigned w = 0; w < sizeof works / sizeof works[0]; w++)
		if (is_wanted(works[w], names))
			run_work(works[w]);
	fputs("\r                    \r", stderr);
}

/* -------- the command line -------- */

static int usage(void)
{
	fprintf(stderr, "usage: bench [-n REPETITIONS] [-j FILE] [-b XENAVD] [-l LIBRARIES] "
			"[-p PEER] [WORK...]\nworks:");
	for (unsigned w = 0; w < sizeof works / sizeof works[0]; w++)
		fprintf(stderr, " %s", works[w]->name);
	fputc('\n', stderr);
	return 2;
}

static bool read_options(int argc, char **argv)
{
	int opt;

	sides[1] = side_now;
	while ((opt = getopt(argc, argv, "n:j:b:l:p:")) != -1) {
		if (opt == 'n')
			repetitions = (unsigned)atoi(optarg);
		else if (opt == 'j')
			json_path = optarg;
		else if (opt == 'b')
			sides[2] = (struct side){"base", optarg, sides[2].libraries, false};
		else if (opt == 'l')
			sides[2].libraries = optarg;
		else if (opt == 'p')
			sides[3] = (struct side){"peer", optarg, NULL, true};
		else
			return false;
	}
	return repetitions > 0 && repetitions <= REPETITIONS_MAX;
}

static int write_json(void)
{
	FILE *file = fopen(json_path, "we");

	if (!file) {
		perror(json_path);
		return -1;
	}
	table_print_json(file);
	return fclose(file);
}

int main(int argc, char **argv)
{
	const char *missing = lab_missing();

	if (!read_options(argc, argv))
		return usage();
	if (missing) {
		fprintf(stderr, "bench: %s\n", missing);
		return 77;
	}
	table_name_column(TABLE_FLOOR, "floor");
	for (unsigned c = 1; c < TABLE_COLUMNS; c++)
		table_name_column(c, sides[c].name);
	table_compare(1, sides[3].name ? 3 : 0);
	run_all(argv + optind);
	table_print(stdout);
	if (json_path && write_json() < 0)
		return 1;
	return failed;
}
