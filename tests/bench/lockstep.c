/* SPDX-License-Identifier: MIT */
/* See lockstep.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "lockstep.h"
#include "store-count.h"

#define STEPS_MAX 1000
#define WARM_UP   5
/* The budget of a guest is never used up. */
#define PAUSE_US 3000
/* Each instruction takes microseconds. */
#define STEPPED_TIMES 4u

const char *const lock_count_names[LOCK_COUNTS] = {
	"system calls",   "allocations",  "hypercalls",
	"store requests", "copied bytes", "instructions",
};

const char lock_untraced[] = "no process may be traced here";

static bool stepped;
static double steps[LOCK_COUNTS][STEPS_MAX];

struct tally {
	uint64_t counts[LOCK_COUNTS];
};

static struct tally tally_now(void)
{
	struct tally tally = {0};

	/* Each of these two is a system call on Xen; what the fake does instead is futex() and
	 * write(). */
	tally.counts[LOCK_CALLS] = calls_count() + machine_calls(CALL_NOTIFY) +
				   machine_calls(CALL_UNMASK) - machine->unmask_events;
	tally.counts[LOCK_ALLOCS] = side_allocs();
	tally.counts[LOCK_HYPERCALLS] =
		machine_calls(CALL_MAP) + machine_calls(CALL_UNMAP) + machine_calls(CALL_COPY);
	tally.counts[LOCK_STORE] = store_count_all();
	tally.counts[LOCK_INSTRUCTIONS] = calls_instructions();
	return tally;
}

const char *lock_quiet(void)
{
	return side_wait_quiet() ? NULL : "the daemon never comes to rest";
}

const char *lock_begin_display(struct rig_guest *rg, uint16_t domid)
{
	const char *problem = rig_create(rg, domid);

	if (problem)
		return problem;
	if (toolstack_add_device(&rg->ts, "vdispl", domid, 0, rig_display_nodes) < 0 ||
	    toolstack_wait_connection(&rg->ts, "vdispl", domid, 0) < 0)
		return "a display is not offered";
	if (display_load(&rg->display, &rg->guest, 0) < 0 ||
	    !front_wait(&rg->display.front, 4, WAIT_MS))
		return "a display does not connect";
	return NULL;
}

static unsigned times_of(const struct lockstep *work)
{
	return stepped && work->n > STEPPED_TIMES ? STEPPED_TIMES : work->n;
}

/* -------- doing it -------- */

static const char *do_once(const struct lockstep *work, unsigned i)
{
	const char *problem;

	usleep(PAUSE_US);
	problem = lock_quiet();
	if (!problem)
		problem = work->once(i);
	return problem ? problem : lock_quiet();
}

static const char *warm_up(const struct lockstep *work)
{
	const char *problem = lock_quiet();

	for (unsigned i = 0; i < WARM_UP && !problem; i++)
		problem = do_once(work, i);
	return problem;
}

static long long copied_bytes(void)
{
	return lab_status(&lab, "device=0 connector=0", "copied_bytes");
}

static const char *do_all(const struct lockstep *work)
{
	const char *problem = NULL;

	for (unsigned i = 0; i < times_of(work) && !problem; i++) {
		struct tally before, after;

		usleep(PAUSE_US);
		problem = lock_quiet();
		before = tally_now();
		if (!problem)
			problem = work->once(i + WARM_UP);
		if (!problem)
			problem = lock_quiet();
		after = tally_now();
		for (unsigned c = 0; c < LOCK_COUNTS; c++)
			steps[c][i] = (double)(after.counts[c] - before.counts[c]);
	}
	return problem;
}

static const char *count_all(const struct lockstep *work, struct lock_result *result)
{
	const bool copies = work->counts & LOCK_BIT(LOCK_COPIED);
	const long long before = copies ? copied_bytes() : 0;
	const char *problem;
	int rc;

	rc = calls_start(lab.xenavd, stepped);
	if (rc < 0)
		return rc == -EPERM ? lock_untraced : "the daemon cannot be traced";
	problem = do_all(work);
	calls_stop();
	if (getenv("XENAV_BENCH_CALLS"))
		calls_print();
	if (copies && !problem)
		result->counts[LOCK_COPIED] =
			(double)(copied_bytes() - before) / times_of(work) / work->parts;
	return problem;
}

/* -------- the result -------- */

/*
 * Whatever happens beside only adds: the kernel delays a thread, so that a timer is over that else
 * would have served the next, or two events are seen one after the other that else come together.
 * So the least is what one costs, however busy the machine is.
 */
static void find_least(const struct lockstep *work, struct lock_result *result)
{
	for (unsigned c = 0; c < LOCK_COUNTS; c++) {
		double least = steps[c][0];

		if (c == LOCK_COPIED)
			continue;
		for (unsigned i = 1; i < times_of(work); i++)
			least = steps[c][i] < least ? steps[c][i] : least;
		result->counts[c] = least / work->parts;
	}
}

const char *lock_run(const struct side *side, const struct lockstep *work,
		     struct lock_result *result)
{
	const char *problem =
		side_start(side, side_config(work->direct), SIDE_COUNTS_STORE | SIDE_COUNTS_ALLOCS);
	const char *end;

	memset(result, 0, sizeof *result);
	if (!problem) {
		problem = work->begin();
		if (!problem)
			problem = warm_up(work);
		if (!problem)
			problem = count_all(work, result);
		end = work->end();
		problem = problem ? problem : end;
	}
	end = side_stop();
	find_least(work, result);
	return problem ? problem : end;
}

const char *lock_run_stepped(const struct side *side, const struct lockstep *work,
			     struct lock_result *result)
{
	const char *problem;

	stepped = true;
	problem = lock_run(side, work, result);
	stepped = false;
	return problem;
}
