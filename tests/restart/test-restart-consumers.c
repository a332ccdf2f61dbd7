/* SPDX-License-Identifier: MIT */
/*
 * Programs that hear, show and type live through kills of xenavd as guests do: they hear every
 * sample once and in order, but for gaps that they are told of, see whole pictures only, and leave
 * no key down.
 */
#include <config.h>

#include <signal.h>
#include <unistd.h>

#include "audience.h"
#include "base/clock.h"
#include "restart-rig.h"

#define KILLS       5
#define GUESTS      4
#define BETWEEN_US  400000
#define PATIENCE_MS 60000

static struct audience audience;

static void wait_for(bool (*is_so)(void))
{
	const uint64_t until = now_ns() + PATIENCE_MS * NS_PER_MS;

	while (!is_so() && !witnesses_problem() && audience.failed == 0 && now_ns() < until)
		usleep(2000);
}

static bool knows_all(void)
{
	return audience.n_streams == n_witnesses && audience.n_connectors == n_witnesses &&
	       audience.n_inputs == n_witnesses;
}

static uint64_t heard_before;
static unsigned pictures_before, typed_before;

static bool goes_on(void)
{
	return audience.heard > heard_before + 48000 && audience.pictures > pictures_before + 10 &&
	       audience.typed > typed_before + 10;
}

/* It has what it had, and is told of the guests as before. */
static void wait_until_it_goes_on(void)
{
	heard_before = audience.heard;
	pictures_before = audience.pictures;
	typed_before = audience.typed;
	wait_for(goes_on);
	assert_true(goes_on());
}

/* What was typed before the last key has come, or never will. */
static bool all_rest(void)
{
	for (unsigned i = 0; i < n_witnesses; i++)
		if (!witnesses[i].last_down)
			return false;
	return true;
}

static unsigned count_keys_down(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_witnesses; i++)
		n += witnesses[i].keys_down;
	return n;
}

static void print_what_was_heard(unsigned kills)
{
	unsigned keys = 0, left_out = 0, twice = 0;

	for (unsigned i = 0; i < n_witnesses; i++) {
		keys += witnesses[i].keys;
		left_out += witnesses[i].keys_left_out;
		twice += witnesses[i].keys_twice;
	}
	print_message("# %u kills, %u pauses of the connection\n", kills, audience.pauses);
	print_message("# %llu frames heard, %u gaps of %llu frames, %u of them untold, "
		      "%u frames twice\n",
		      (unsigned long long)audience.heard, audience.gaps,
		      (unsigned long long)audience.lost, audience.untold, audience.twice);
	print_message("# %u pictures, %u torn, %u older than one before\n", audience.pictures,
		      audience.torn, audience.older);
	print_message("# %u presses, %u keys came, %u presses left out, %u twice\n", audience.typed,
		      keys, left_out, twice);
}

TEST(consumers_hear_see_and_type_across_kills_at_any_moment)
{
	const unsigned guests = number_of("XENAV_RESTART_GUESTS", GUESTS);
	const unsigned kills = number_of("XENAV_RESTART_KILLS", KILLS);
	unsigned keys_down;
	bool rest;

	witnesses_start(guests < MAX_WITNESSES ? guests : MAX_WITNESSES, WITNESS_ALL);
	audience_start(&audience);
	wait_for(knows_all);
	assert_true(knows_all());
	wait_until_it_goes_on();
	for (unsigned i = 0; i < kills && !witnesses_problem() && audience.failed == 0; i++) {
		usleep(random_below(BETWEEN_US));
		rig_kill();
		if (random_below(2) == 0)
			witnesses_go_on();
	}
	if (audience.failed == 0)
		wait_until_it_goes_on();
	audience_rest(&audience);
	wait_for(all_rest);
	print_what_was_heard(kills);
	rest = all_rest();
	keys_down = count_keys_down();
	witnesses_stop();
	audience_stop(&audience);
	assert_int_equal(audience.failed, 0);
	assert_true(rest);
	assert_int_equal(keys_down, 0);
	assert_int_equal(audience.strange, 0);
	assert_int_equal(audience.twice, 0);
	assert_int_equal(audience.untold, 0);
	assert_int_equal(audience.torn, 0);
	assert_int_equal(audience.older, 0);
	/* All are removed, and none of them came twice. */
	assert_int_equal(audience.n_streams, guests);
}
