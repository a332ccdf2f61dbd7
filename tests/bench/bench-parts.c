/* SPDX-License-Identifier: MIT */
/*
 * bench-parts [-n REPETITIONS] [-j FILE]: two parts of xenavd by themselves, each beside its floor:
 * P1, a page directory is read and accepted, beside pread() of as many pages; P5, an event is
 * placed and notified, beside the notification alone.
 */
#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenevtchn.h>

#include "base/clock.h"
#include "table.h"
#include "unit/channel-rig.h"
#include "unit/machine-rig.h"
#include "unit/pgdir-rig.h"
#include "unit/test.h"
#include "xen/displif.h"

#define OURS            1u
#define REPETITIONS_MAX 64
#define ROUNDS          2000
#define EVENTS          40 /* fit into the page */
#define EVENT_ROUNDS    50

static unsigned repetitions = 10;
static const char *json_path;

/* -------- P1 -------- */

static const uint32_t sizes_pages[] = {1, 2025, 8100, 16384};
static const struct metric walks[] = {
	{"P1", "a directory of 1 page is read and accepted", "us", 1.5, 0},
	{"P1", "a directory of 2025 pages is read and accepted", "us", 1.5, 0},
	{"P1", "a directory of 8100 pages is read and accepted", "us", 1.5, 0},
	{"P1", "a directory of 16384 pages is read and accepted", "us", 1.5, 0},
};

static double us_each(uint64_t start, unsigned n)
{
	return (double)(now_ns() - start) / n / 1e3;
}

/* The directory in a file: pread() stands for the grant copy, by which a page of it is read. */
static int put_into_file(const struct dir *dir)
{
	const size_t bytes = dir->n_dir * sizeof dir->pages[0];
	const int fd = memfd_create("directory", MFD_CLOEXEC);

	assert_int_equal(pwrite(fd, dir->pages, bytes, 0), bytes);
	return fd;
}

static bool get_page(int fd, uint32_t number, struct pgdir_page *copy)
{
	return pread(fd, copy, sizeof *copy, (off_t)(number * sizeof *copy)) == sizeof *copy;
}

static double walk_us(const struct dir *dir, int fd, uint32_t *dirs, uint32_t *grefs)
{
	const uint64_t start = now_ns();

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct pgdir_page copy;
		struct pgdir_walk walk;
		uint32_t page = 0;

		pgdir_walk_start(&walk, dir->n_pages, dir->dirs[0], dirs, grefs);
		do
			if (!get_page(fd, page++, &copy))
				return 0;
		while (pgdir_walk_take(&walk, &copy) > 0);
	}
	return us_each(start, ROUNDS);
}

static double pread_us(const struct dir *dir, int fd)
{
	const uint64_t start = now_ns();

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct pgdir_page copy;

		for (uint32_t page = 0; page < dir->n_dir; page++)
			if (!get_page(fd, page, &copy))
				return 0;
	}
	return us_each(start, ROUNDS);
}

static void walk_one(unsigned s)
{
	uint32_t *grefs = calloc(sizes_pages[s], sizeof *grefs);
	struct dir dir;
	uint32_t *dirs;
	int fd;

	dir_init(&dir, sizes_pages[s]);
	dirs = calloc(dir.n_dir, sizeof *dirs);
	fd = put_into_file(&dir);
	table_add(&walks[s], OURS, walk_us(&dir, fd, dirs, grefs));
	table_add(&walks[s], TABLE_FLOOR, pread_us(&dir, fd));
	close(fd);
	free(dirs);
	free(grefs);
	dir_finish(&dir);
}

TEST_ALONE(page_directories)
{
	table_declare(walks, N_ELEMENTS(walks));
	for (unsigned i = 0; i < repetitions; i++)
		for (unsigned s = 0; s < N_ELEMENTS(sizes_pages); s++)
			walk_one(s);
}

/* -------- P5 -------- */

static const struct metric event_out[] = {
	{"P5", "an event is placed and notified, beside one notification", "us", 1.2, 0.45},
};

/* The guest has read all. */
static void empty_page(void)
{
	uint32_t *page = event_page(0);

	__atomic_store_n(&page[0], page[1], __ATOMIC_SEQ_CST);
}

static double event_us(void)
{
	uint64_t sum_ns = 0;

	for (unsigned i = 0; i < EVENT_ROUNDS; i++) {
		uint64_t start;

		empty_page();
		start = now_ns();
		for (unsigned k = 0; k < EVENTS; k++) {
			uint8_t event[RING_SLOT_BYTES] = {[2] = XENDISPL_EVT_PG_FLIP};

			channel_event(&channels[0], event);
		}
		sum_ns += now_ns() - start;
	}
	return (double)sum_ns / EVENT_ROUNDS / EVENTS / 1e3;
}

static double notify_us(xenevtchn_handle *handle, evtchn_port_t port)
{
	const uint64_t start = now_ns();

	for (unsigned i = 0; i < EVENT_ROUNDS * EVENTS; i++)
		xenevtchn_notify(handle, port);
	return us_each(start, EVENT_ROUNDS * EVENTS);
}

TEST_WITH(events, setup, teardown)
{
	xenevtchn_handle *handle = xenevtchn_open(NULL, 0);
	const int port = xenevtchn_bind_interdomain(handle, GUEST, offer_port(GUEST));

	assert_true(port > 0);
	connect_set();
	table_declare(event_out, 1);
	for (unsigned i = 0; i < repetitions; i++) {
		table_add(&event_out[0], OURS, event_us());
		table_add(&event_out[0], TABLE_FLOOR, notify_us(handle, (evtchn_port_t)port));
	}
	disconnect_set();
	xenevtchn_close(handle);
}

/* -------- the command line -------- */

int main(int argc, char **argv)
{
	FILE *file;
	int opt;

	while ((opt = getopt(argc, argv, "n:j:")) != -1) {
		if (opt == 'j')
			json_path = optarg;
		else if (opt == 'n')
			repetitions = (unsigned)atoi(optarg);
		else
			return 2;
	}
	if (repetitions == 0 || repetitions > REPETITIONS_MAX)
		return 2;
	table_name_column(TABLE_FLOOR, "floor");
	table_name_column(OURS, "now");
	table_compare(OURS, 0);
	if (test_run(NULL, NULL) != 0)
		return 1;
	table_print(stdout);
	file = json_path ? fopen(json_path, "we") : NULL;
	if (file)
		table_print_json(file);
	return (json_path && !file) || (file && fclose(file) != 0);
}
