/* SPDX-License-Identifier: MIT */
/* Devices that are connected and do nothing: L5. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "load.h"
#include "rows.h"

#define GUESTS     128 /* with a card and a display each */
#define DEVICES    (2 * GUESTS)
#define FIRST      1000
#define SETTLE_SEC 3

static struct rig_guest *guests;

static const char *come(void)
{
	const char *problem = NULL;

	for (unsigned i = 0; i < GUESTS && !problem; i++) {
		problem = rig_create(&guests[i], (uint16_t)(FIRST + i));
		if (!problem)
			problem = rig_attach(&guests[i]);
		if (!problem)
			problem = rig_load(&guests[i]);
		if (!problem)
			problem = rig_connect(&guests[i]);
	}
	return problem;
}

static void report(const char *id, const struct load_usage *from, const struct load_usage *to,
		   const struct lab_use *before, const struct lab_use *after)
{
	const double seconds = (double)(to->at_ns - from->at_ns) / 1e9;

	rows_add((struct row){.id = id,
			      .unit = "% CPU",
			      .value = load_percent(to->xenavd_ns - from->xenavd_ns, from, to),
			      AT_MOST(0.1)},
		 "xenavd with %u idle devices", DEVICES);
	rows_add((struct row){.id = id,
			      .unit = "% CPU",
			      .value = load_percent(to->xenstored_ns - from->xenstored_ns, from,
						    to)},
		 "xenstored meanwhile");
	rows_add((struct row){.id = id,
			      .unit = "/s",
			      .value = (double)(to->switches - from->switches) / seconds},
		 "context switches of xenavd");
	rows_add((struct row){.id = id, .unit = "", .value = after->threads, AT_MOST(4)},
		 "threads of xenavd");
	rows_add((struct row){.id = id, .unit = "", .value = after->fds, AT_MOST(64 + 3 * DEVICES)},
		 "descriptors of xenavd");
	rows_add((struct row){.id = id, .unit = "KiB", .value = before->kib, AT_MOST(16384)},
		 "memory of xenavd without devices");
	rows_add((struct row){.id = id,
			      .unit = "KiB",
			      .value = ((double)after->kib - before->kib) / DEVICES,
			      AT_MOST(64)},
		 "memory of xenavd for a device");
}

static const char *run(const struct load *load, unsigned seconds)
{
	const struct lab_use before = lab_use(&lab);
	struct load_usage from, to;
	struct lab_use after;
	const char *problem;

	guests = calloc(GUESTS, sizeof *guests);
	if (!guests)
		abort();
	problem = come();
	if (!problem) {
		sleep(SETTLE_SEC);
		from = load_usage(NULL);
		sleep(seconds);
		to = load_usage(NULL);
		after = lab_use(&lab);
		report(load->name, &from, &to, &before, &after);
	}
	for (unsigned i = 0; i < GUESTS; i++)
		if (guests[i].ts.xs)
			rig_destroy(&guests[i]);
	free(guests);
	return problem;
}

const struct load load_idle[] = {
	{"L5", "256 devices of 128 guests, connected and idle", 60, 0, run, NULL},
	{0},
};
