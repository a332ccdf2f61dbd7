/* SPDX-License-Identifier: MIT */
/*
 * Reasons why a buffer cannot be supplied: the kernel's limit, the grant table, the maptrack, a
 * module that is not there.  It is an error of the guest that asks, the log names the limit and how
 * to raise it, and the guest beside it notices nothing.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "rig.h"
#include "xen/displif.h"

static const char config[] = "[guest *]\n"
			     "be-alloc = yes\n";

static struct rig_guest victim, bystander;
static struct dbuf shown;
static uint16_t next_domid = 140;

static void start_both(void)
{
	rig_start(&bystander, next_domid++);
	assert_fine(rig_show(&bystander, &shown, 0, 7));
	rig_start(&victim, next_domid++);
}

/* Buffers that are supplied already go on working. */
static void stop_both(void)
{
	assert_int_equal(crtc_flip(CRTC(&bystander, 0), 7), 0);
	assert_fine(rig_hide(&bystander, &shown, 0, 7));
	assert_int_equal(bystander.display.front.connects, 1);
	assert_int_equal(victim.display.front.connects, 1);
	rig_stop(&victim);
	rig_stop(&bystander);
}

static void assert_refused(int status, const char *what)
{
	struct lab_use use = lab_use(&lab);
	struct dbuf dbuf;

	assert_int_equal(dbuf_create(&victim.display, &dbuf, 9, 64, 48, 32), status);
	/* Linux destroys what it could not create. */
	assert_int_equal(dbuf_destroy(&victim.display, &dbuf), -ENOENT);
	assert_true(lab_settles(&lab, &use, WAIT_MS));
	if (!lab_log_has(&lab, what))
		fail_msg("the log does not say \"%s\"", what);
}

static void assert_supplied(void)
{
	struct dbuf dbuf;

	assert_int_equal(dbuf_create(&victim.display, &dbuf, 9, 64, 48, 32), 0);
	assert_int_equal(dbuf_destroy(&victim.display, &dbuf), 0);
}

TEST(a_limit_of_gntalloc_that_is_too_low_is_named)
{
	start_both();
	machine->alloc_limit = machine_allocated() + 2;
	assert_refused(-ENOSPC, "the kernel's limit of 5 pages is reached");
	assert_true(lab_log_has(&lab, "options xen-gntalloc limit="));
	/* The limit may be raised at any time. */
	machine->alloc_limit = 1024;
	assert_supplied();
	/* Buffers from the pool need no allocation. */
	machine->alloc_limit = 0;
	assert_supplied();
	machine->alloc_limit = 1024;
	stop_both();
}

TEST(a_gntalloc_that_is_missing_is_named)
{
	start_both();
	machine->alloc_absent = true;
	assert_refused(-ENOENT, "/dev/xen/gntalloc is missing; \"modprobe xen-gntalloc\"");
	machine->alloc_absent = false;
	assert_supplied();
	stop_both();
}

TEST(a_grant_table_that_is_full_is_named)
{
	start_both();
	machine->grant_limit = machine->domains[0].n_grants + 2;
	assert_refused(-ENOSPC, "gnttab_max_frames= on Xen's command line");
	machine->grant_limit = MACHINE_GRANTS;
	assert_supplied();
	stop_both();
}

TEST(a_maptrack_that_is_full_is_named)
{
	start_both();
	machine->maptrack_limit = machine->n_tracked;
	assert_refused(-EFAULT, "gnttab_max_maptrack_frames= on Xen's command line");
	machine->maptrack_limit = MACHINE_MAPTRACK;
	assert_supplied();
	stop_both();
}

TEST(whatever_the_kernel_says_is_passed_on)
{
	static const int errors[] = {ENOMEM, EPERM, EIO};

	start_both();
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		machine_order(CALL_ALLOC, victim.guest.domid, 0, 1, errors[i], 0);
		assert_refused(-errors[i], "DBUF_CREATE of 0x9");
	}
	machine_order(CALL_MAP, victim.guest.domid, 0, 1, ENOMEM, 0);
	assert_refused(-ENOMEM, "its pages cannot be supplied");
	assert_supplied();
	/* A buffer of the pool is not lost when it cannot be handed over again. */
	machine_order(CALL_MAP, victim.guest.domid, 0, 1, ENOMEM, 0);
	assert_refused(-ENOMEM, "its pages cannot be supplied");
	assert_supplied();
	assert_int_equal(machine_allocated(), 3 + 3);
	stop_both();
}

TEST(a_slow_kernel_delays_no_ring_but_that_of_who_asks)
{
	struct dbuf dbuf;
	int rc;

	start_both();
	victim.guest.wait_ms = 20;
	/* Before the directory is mapped, so that Linux can take it back. */
	machine_order(CALL_COPY, victim.guest.domid, 0, 1, 0, 500000);
	rc = dbuf_create(&victim.display, &dbuf, 9, 64, 48, 32);
	assert_int_equal(crtc_flip(CRTC(&bystander, 0), 7), 0);
	victim.guest.wait_ms = WAIT_MS;
	/* Linux takes a time-out for a failure, takes its directory back at once and destroys the
	 * buffer; the answer that comes late is nobody's.  If this process is slower still, there
	 * was no time-out. */
	assert_true(rc == -ETIMEDOUT || rc == 0);
	rc = dbuf_destroy(&victim.display, &dbuf);
	assert_true(rc == -ENOENT || rc == 0);
	victim.guest.late = 0;
	stop_both();
}

/* -------- what is said at the start -------- */

TEST(a_limit_below_one_frame_is_said_once_at_the_start)
{
	unsigned lines;

	machine->alloc_limit = 2025;
	rig_restart(config);
	lines = lab_log_lines(&lab);
	machine->alloc_limit = 1024;
	rig_restart(config);
	assert_true(lab_log_has(&lab, "limit of pages for be_alloc is 1024"));
	assert_int_equal(lab_log_lines(&lab), lines + 1);
	machine->alloc_absent = true;
	rig_restart(config);
	assert_true(lab_log_has(&lab, "xen-gntalloc is not loaded"));
	assert_int_equal(lab_log_lines(&lab), lines + 1);
	machine->alloc_absent = false;
	machine->alloc_limit = 2025;
	rig_restart(config);
	assert_int_equal(lab_log_lines(&lab), lines);
}

TEST(nothing_is_said_where_nobody_may_be_supplied)
{
	machine->alloc_limit = 1024;
	rig_restart("");
	assert_false(lab_log_has(&lab, "be_alloc"));
	rig_restart("[guest guest1]\nbe-alloc = no\n");
	assert_false(lab_log_has(&lab, "be_alloc"));
	rig_restart(config);
}

int main(void)
{
	rig_config = config;
	rig_display = rig_be_alloc_nodes;
	return rig_main();
}
