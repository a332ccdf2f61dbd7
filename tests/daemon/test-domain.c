/* SPDX-License-Identifier: MIT */
/*
 * xenavd in a driver domain: xenstored knows it as an unprivileged domain, so that it is not told
 * which domains live, and may read what toolstacks let a backend read and no more.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "fake/keyboard.h"
#include "rig.h"
#include "xen/sndif.h"

#define OWN_DOMID 300

static const char config[] = "[guest *]\n"
			     "be-alloc = yes\n"
			     "supplied-mib = 1\n";

static struct rig_guest rg;

static void assert_all_unmapped(uint16_t domid)
{
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	assert_int_equal(machine_mapped_of(domid), 0);
}

TEST(a_guest_plays_and_flips_in_front_of_a_driver_domain)
{
	char path[96];
	struct dbuf dbuf;

	snprintf(path, sizeof path, "serves domain %u", OWN_DOMID);
	assert_true(lab_log_has(&lab, path));
	rig_start(&rg, 1);
	snprintf(path, sizeof path, "/local/domain/%u/backend/vsnd/1/0", OWN_DOMID);
	assert_string_equal(rg.sound.front.backend, path);
	assert_fine(rig_play(&rg, 4800));
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	rig_stop(&rg);
}

TEST(a_device_that_goes_does_not_take_the_other_with_it)
{
	rig_start(&rg, 2);
	assert_int_equal(toolstack_begin_removal(&rg.ts, "vdispl", 2, 0), 0);
	assert_true(front_wait(&rg.display.front, 1, WAIT_MS));
	assert_int_equal(toolstack_end_removal(&rg.ts, "vdispl", 2, 0), 0);
	display_forget(&rg.display);
	assert_fine(rig_play(&rg, 4800));
	assert_int_equal(toolstack_backend_state(&rg.ts, "vsnd", 2, 0), 4);
	assert_fine(rig_destroy(&rg));
	assert_all_unmapped(2);
}

/* First with its devices, as "xl destroy" does it, then without a word to us. */
TEST(a_guest_that_is_destroyed_is_let_go)
{
	for (uint16_t domid = 3; domid < 5; domid++) {
		char path[64];
		struct dbuf dbuf;

		rig_start(&rg, domid);
		assert_fine(rig_show(&rg, &dbuf, 0, 7));
		assert_true(machine_mapped_of(domid) > 0);
		snprintf(path, sizeof path, "/local/domain/%u", domid);
		if (domid == 4) {
			assert_true(xs_rm(rg.ts.xs, XBT_NULL, path));
			machine_domain_destroy(domid);
			assert_all_unmapped(domid);
		}
		assert_fine(rig_destroy(&rg));
		assert_all_unmapped(domid);
	}
}

TEST(a_daemon_in_a_driver_domain_is_followed_by_the_next)
{
	rig_start(&rg, 5);
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	assert_int_equal(toolstack_backend_state(&rg.ts, "vsnd", 5, 0), 2);
	assert_true(front_wait(&rg.sound.front, 3, WAIT_MS));
	assert_true(front_wait(&rg.display.front, 3, WAIT_MS));
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_fine(rig_connect(&rg));
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&rg.sound.front, 3, WAIT_MS));
	assert_fine(rig_connect(&rg));
	assert_fine(rig_play(&rg, 960));
	rig_stop(&rg);
}

/* Its own nodes are the guest's to remove.  What it may have mapped still counts. */
TEST(a_guest_that_plays_dead_keeps_its_account)
{
	static const char device[] = "device/vdispl/0/state";
	unsigned supplied;
	struct dbuf dbuf;

	rig_display = rig_be_alloc_nodes;
	rig_start(&rg, 6);
	rig_display = rig_display_nodes;
	display_open(&rg.display);
	assert_int_equal(dbuf_create(&rg.display, &dbuf, 1, 64, 48, 32), 0);
	supplied = lab_use(&lab).supplied;
	assert_true(supplied > 0);
	assert_int_equal(ringstore_rm(&rg.guest.store, 0, device), 0);
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vdispl", 6, 0, 6, WAIT_MS), 0);
	/* The device has let go of all: the sound card, which is left, has only its rings. */
	assert_true(machine_mapped_of(6) > 0);
	assert_fine(rig_play(&rg, 960));
	assert_int_equal(lab_use(&lab).supplied, supplied);
	assert_int_equal(toolstack_remove_device(&rg.ts, "vdispl", 6, 0), 0);
	assert_fine(rig_play(&rg, 960));
	assert_int_equal(lab_use(&lab).supplied, supplied);
	assert_fine(rig_destroy(&rg));
	assert_all_unmapped(6);
	assert_int_equal(lab_use(&lab).supplied, 0);
}

static bool is_offered_anew(void *)
{
	return lab_log_has(&lab, "The guest has lost the device");
}

/* It may not write the frontend's state, and so can only offer. */
TEST(a_keyboard_that_the_guest_has_lost_is_offered_without_a_new_device)
{
	static const struct toolstack_node plain[] = {{0}};
	struct keyboard kb;

	rig_start(&rg, 8);
	assert_int_equal(toolstack_add_device(&rg.ts, "vkbd", 8, 0, plain), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vkbd", 8, 0), 0);
	assert_int_equal(keyboard_load(&kb, &rg.guest, 0), 0);
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 8, 0, 4, WAIT_MS), 0);
	keyboard_unbind(&kb);
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 8, 0, 2, WAIT_MS), 0);
	front_write_number(&kb.front, 0, "", "page-gref", 0xfffff);
	front_write_number(&kb.front, 0, "", "state", 3);
	assert_true(guest_run_until(&rg.guest, is_offered_anew, NULL, WAIT_MS));
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 8, 0, 6, WAIT_MS), 0);
	assert_int_equal(toolstack_frontend_state(&rg.ts, "vkbd", 8, 0), 3);
	assert_int_equal(keyboard_bind(&kb), 0);
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vkbd", 8, 0, 4, WAIT_MS), 0);
	keyboard_forget(&kb);
	rig_stop(&rg);
}

/* "[guest *]" may allow what is refused to the guest's name. */
TEST_WITH(a_guest_whose_name_cannot_be_read_is_told_of, rig_begin, rig_end_as_usual)
{
	rig_start(&rg, 7);
	assert_false(lab_log_has(&lab, "name and UUID"));
	rig_stop(&rg);
	rig_restart("[guest guest7]\nbe-alloc = no\n[guest *]\nbe-alloc = yes\n");
	rig_start(&rg, 7);
	assert_true(lab_log_has(&lab, "Cannot read name and UUID of domain 7"));
	rig_stop(&rg);
}

int main(void)
{
	rig_own_domid = OWN_DOMID;
	rig_config = config;
	return rig_main();
}
