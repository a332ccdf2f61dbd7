/* SPDX-License-Identifier: MIT */
/*
 * xenstored fails: it is killed, it hangs, it comes back without what it knew.  What is connected
 * goes on for as long as nobody knows better, and the daemon can be stopped at any time.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "rig.h"

static void __attribute__((constructor)) impatient(void)
{
	rig_as_impatient_as_linux = true;
}

static struct rig_guest rg;
static uint16_t next_domid = 80;

/* The guest, whose store has gone, is killed; all of it has to go. */
static void bury_guest(void)
{
	machine_domain_destroy(rg.guest.domid);
	guest_forget(&rg.guest);
	toolstack_close(&rg.ts);
	assert_int_equal(machine_mapped_of(rg.guest.domid), 0);
}

static void assert_serves_a_new_guest(void)
{
	rig_start(&rg, next_domid++);
	assert_fine(rig_play(&rg, 240));
	rig_stop(&rg);
}

TEST(a_daemon_that_is_stopped_without_xenstored_unmaps_and_leaves)
{
	rig_start(&rg, next_domid++);
	lab_kill_xenstored(&lab);
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	assert_true(lab_log_has(&lab, "disconnected 2 frontends without telling them"));
	assert_false(lab_log_has(&lab, "Could not stop"));
	bury_guest();
	assert_int_equal(lab_restart_xenstored(&lab), 0);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_serves_a_new_guest();
}

TEST(a_daemon_that_is_stopped_while_xenstored_hangs_leaves)
{
	rig_start(&rg, next_domid++);
	assert_int_equal(lab_freeze(lab.xenstored), 0);
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	assert_true(lab_log_has(&lab, "disconnected 2 frontends without telling them"));
	kill(lab.xenstored, SIGCONT);
	/* The guest has heard nothing; the next daemon starts over with it. */
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&rg.sound.front, 3, WAIT_MS));
	assert_fine(rig_connect(&rg));
	rig_stop(&rg);
}

/* Not xenstored's fault, but the same promise. */
TEST(a_daemon_that_is_stopped_while_a_mapping_hangs_leaves)
{
	rig_start(&rg, next_domid++);
	rg.guest.wait_ms = 20;
	machine_order(CALL_MAP, rg.guest.domid, 0, 1, 0, 60000000);
	pcm_open(PLAY(&rg));
	assert_int_equal(pcm_hw_params(PLAY(&rg), &rig_params), 0);
	assert_int_equal(pcm_prepare(PLAY(&rg)), -ETIMEDOUT);
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	assert_true(lab_log_has(&lab, "leaving the rest to the kernel"));
	assert_fine(rig_destroy(&rg));
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_serves_a_new_guest();
}

TEST(sound_and_flips_go_on_without_xenstored)
{
	struct dbuf dbuf;

	rig_start(&rg, next_domid++);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	lab_kill_xenstored(&lab);
	for (unsigned i = 0; i < WAIT_MS && !lab_log_has(&lab, "Lost xenstored"); i++)
		guest_run(&rg.guest, 1);
	assert_true(lab_log_has(&lab, "Lost xenstored"));
	assert_fine(rig_play(&rg, 4800));
	assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	/* One that is back and knows nothing of a domain cannot tell us when it dies. */
	assert_int_equal(lab_restart_xenstored(&lab), 0);
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	assert_true(lab_log_has(&lab, "does not know the domains of 2 devices"));
	bury_guest();
	assert_serves_a_new_guest();
}
