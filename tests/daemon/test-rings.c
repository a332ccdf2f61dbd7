/* SPDX-License-Identifier: MIT */
/*
 * A sound card's driver hears a second time of our 2, as Linux's does when it is bound between two
 * writes of ours: it takes its rings back and publishes others, at whatever moment that is.  No
 * other state of ours is needed to connect them.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "rig.h"
#include "xen/store.h"

static struct rig_guest rg;
static uint16_t next_domid = 60;

static const struct front_ops *real_ops;

/* Publish rings whose grants have ended. */
static int publish_dead(struct front *front, uint32_t tx)
{
	const int rc = real_ops->publish(front, tx);

	for (unsigned i = 0; i < rg.sound.n_pcms; i++) {
		machine_grant_end(rg.guest.domid, rg.sound.pcms[i].channel.ring.refs[0]);
		machine_grant_end(rg.guest.domid, rg.sound.pcms[i].channel.events.refs[0]);
	}
	return rc;
}

/* Whatever a rule for orders of mapping counts is of the card: there is no other driver yet. */
static void begin(bool dead)
{
	static struct front_ops dead_ops;

	assert_fine(rig_create(&rg, next_domid++));
	assert_fine(rig_attach(&rg));
	assert_int_equal(sound_load(&rg.sound, &rg.guest, 0), 0);
	real_ops = rg.sound.front.ops;
	dead_ops = *real_ops;
	dead_ops.publish = publish_dead;
	if (dead)
		rg.sound.front.ops = &dead_ops;
}

static void publish(void)
{
	assert_true(front_wait(&rg.sound.front, 3, WAIT_MS));
	rg.sound.front.ops = real_ops;
}

static void publish_again(void)
{
	real_ops->backend_changed(&rg.sound.front, XB_INIT_WAIT);
	assert_int_equal(rg.sound.front.state, XB_INITIALISED);
}

/* The card works, after so many publications: on a busy machine a driver may be too slow, and is
 * offered once more. */
static void finish(unsigned least, unsigned most)
{
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	assert_fine(rig_play(&rg, 240));
	assert_in_range(rg.sound.front.connects, least, most);
	assert_int_equal(display_load(&rg.display, &rg.guest, 0), 0);
	assert_fine(rig_connect(&rg));
	rig_stop(&rg);
}

static bool is_logged(void *text)
{
	return lab_log_has(&lab, text);
}

static void await_line(const char *what)
{
	static char line[96];

	snprintf(line, sizeof line, "vsnd %u/0: %s", rg.guest.domid, what);
	assert_true(guest_run_until(&rg.guest, is_logged, line, WAIT_MS));
}

static bool is_mapped(void *)
{
	return machine_mapped_of(rg.guest.domid) > 0;
}

TEST(rings_that_are_gone_when_we_map_them_give_way_to_others)
{
	begin(true);
	publish();
	await_line("Could not connect to the frontend at once");
	publish_again();
	finish(2, 9);
}

TEST(rings_that_go_while_we_map_them_give_way_to_others)
{
	begin(false);
	machine_order(CALL_MAP, rg.guest.domid, 1, 1, 0, 100000);
	publish();
	guest_run_until(&rg.guest, is_mapped, NULL, WAIT_MS);
	publish_again();
	finish(2, 9);
}

/* The guest stands still until we are in 4, and then we do. */
static void freeze_in_4(void)
{
	publish();
	assert_int_equal(
		toolstack_wait_backend(&rg.ts, "vsnd", rg.guest.domid, 0, XB_CONNECTED, WAIT_MS),
		0);
	machine_lock(); /* which xenavd must not hold meanwhile */
	assert_int_equal(lab_freeze(lab.xenavd), 0);
	machine_unlock();
}

static void thaw(void)
{
	assert_int_equal(kill(lab.xenavd, SIGCONT), 0);
}

/* The driver had read our 2 before we wrote 4. */
TEST(rings_that_go_behind_our_4_give_way_to_others_without_a_word)
{
	begin(false);
	freeze_in_4();
	publish_again();
	thaw();
	finish(2, 2);
}

TEST(rings_that_went_unseen_before_the_frontend_s_4_are_noticed)
{
	begin(false);
	freeze_in_4();
	publish_again();
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	thaw();
	finish(2, 2);
}

TEST(rings_that_are_refused_once_are_tried_again)
{
	begin(false);
	machine_order(CALL_MAP, rg.guest.domid, 0, 1, EINVAL, 0);
	publish();
	await_line("Could not connect to the frontend at once: Invalid argument");
	finish(1, 1);
}

TEST(a_frontend_whose_rings_are_refused_twice_is_told_6)
{
	begin(false);
	machine_order(CALL_MAP, rg.guest.domid, 0, 2, EINVAL, 0);
	publish();
	await_line("Could not connect to the frontend: Invalid argument");
	finish(2, 9);
}
