/* SPDX-License-Identifier: MIT */
/*
 * Guests play, flip and are typed to while xenavd is killed at any moment, and the next one goes
 * on: no guest notices anything but a pause.  XENAV_RESTART_KILLS and XENAV_RESTART_GUESTS say how
 * often and under how many; `make check-restart` has 200 and 16.  The pauses are printed, and not
 * judged.
 */
#include <config.h>

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "restart-rig.h"

#define KILLS        5
#define GUESTS       4
#define BETWEEN_US   400000  /* at most, between a start and the kill */
#define BEGINNING_US 60000   /* of a start that is killed, too */
#define WATCHDOG_US  2000000 /* WatchdogSec of the unit */

/* After one kill, and after a kill and others in the middle of starts. */
static struct lengths pauses[2], flips[2];

/* What guests have had to wait since the last time. */
static void collect(bool again)
{
	for (unsigned i = 0; i < n_witnesses; i++) {
		lengths_add(&pauses[again], witness_pause_ns(&witnesses[i]));
		lengths_add(&flips[again], witness_flip_ns(&witnesses[i]));
	}
}

static void forget(void)
{
	for (unsigned i = 0; i < n_witnesses; i++) {
		witness_pause_ns(&witnesses[i]);
		witness_flip_ns(&witnesses[i]);
	}
}

static void print_lengths(const char *what, const char *when, struct lengths *l)
{
	print_message("# %s in ms, %s: p50 %.1f, p90 %.1f, p99 %.1f, longest %.1f (of %u)\n", what,
		      when, (double)lengths_percentile(l, 50) / NS_PER_MS,
		      (double)lengths_percentile(l, 90) / NS_PER_MS,
		      (double)lengths_percentile(l, 99) / NS_PER_MS,
		      (double)lengths_percentile(l, 100) / NS_PER_MS, l->n);
}

static void print_work(void)
{
	unsigned underruns = 0, openings = 0, n_flips = 0, swaps = 0;

	for (unsigned i = 0; i < n_witnesses; i++) {
		underruns += witnesses[i].underruns;
		openings += witnesses[i].openings;
		n_flips += witnesses[i].flips;
		swaps += witnesses[i].swaps;
	}
	print_message("# %u guests: %u openings, %u underruns, %u flips, %u buffers\n", n_witnesses,
		      openings, underruns, n_flips, swaps);
}

/* One in four is killed while it has hardly begun, and the one after that goes on. @return whether
 * that was so. */
static bool kill_and_start(void)
{
	bool again = false;

	lab_stop_xenavd(&lab, SIGKILL);
	while (random_below(4) == 0) {
		again = true;
		assert_int_equal(lab_begin_xenavd(&lab), 0);
		usleep(random_below(BEGINNING_US));
		lab_stop_xenavd(&lab, SIGKILL);
	}
	assert_int_equal(lab_start_xenavd(&lab), 0);
	return again;
}

static void kill_often(unsigned kills)
{
	for (unsigned i = 0; i < kills && !witnesses_problem(); i++) {
		bool again;

		usleep(random_below(BETWEEN_US));
		forget();
		again = kill_and_start();
		/* Some kills come before all guests have gone on. */
		if (random_below(3) > 0)
			witnesses_go_on();
		collect(again);
	}
}

static void kill_under(unsigned what)
{
	const unsigned guests = number_of("XENAV_RESTART_GUESTS", GUESTS);
	const unsigned kills = number_of("XENAV_RESTART_KILLS", KILLS);

	pauses[0].n = pauses[1].n = flips[0].n = flips[1].n = 0;
	witnesses_start(guests < MAX_WITNESSES ? guests : MAX_WITNESSES, what);
	kill_often(kills);
	print_work();
	for (unsigned again = 0; again < 2; again++) {
		const char *when = again ? "killed again while it starts" : "killed once";

		if (what & WITNESS_SOUND)
			print_lengths("pauses of sound", when, &pauses[again]);
		if (what & WITNESS_DISPLAY)
			print_lengths("longest flips", when, &flips[again]);
	}
	witnesses_stop();
}

TEST(sound_goes_on_after_a_kill_at_any_moment)
{
	kill_under(WITNESS_SOUND);
}

TEST(flips_go_on_after_a_kill_at_any_moment)
{
	kill_under(WITNESS_DISPLAY);
}

TEST(guests_notice_nothing_of_kills_at_any_moment)
{
	kill_under(WITNESS_ALL);
}

/* The event loop hangs, and the service manager notices. */
TEST(guests_notice_nothing_of_a_loop_that_hangs)
{
	struct lengths waits = {.n = 0};

	witnesses_start(GUESTS, WITNESS_ALL);
	forget();
	assert_int_equal(lab_freeze(lab.xenavd), 0);
	usleep(WATCHDOG_US);
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	witnesses_go_on();
	for (unsigned i = 0; i < n_witnesses; i++)
		lengths_add(&waits, witness_flip_ns(&witnesses[i]));
	print_lengths("longest flips", "the loop hung for 2 s", &waits);
	witnesses_stop();
}
