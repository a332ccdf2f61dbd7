/* SPDX-License-Identifier: MIT */
/* A device whose process was killed: what the next one makes of it. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "device-rig.h"
#include "fdstore-rig.h"
#include "journal/journal.h"

static int begin(void **state)
{
	fdstore_rig_setup(state);
	assert_int_equal(journal_open(&journal), 0);
	if (device_rig_begin(state) < 0)
		return -1;
	strcpy(store.view.domain_uuid, "12345678-1234-1234-1234-123456789abc");
	connect_device();
	return 0;
}

static int end(void **state)
{
	int rc = device_rig_end(state);

	journal_close(journal);
	journal = NULL;
	fdstore_rig_teardown(state);
	return rc;
}

#define RESUME(name) TEST_WITH(name, begin, end)

static void restart(void)
{
	journal_close(journal);
	fdstore_rig_restart();
	assert_int_equal(journal_open(&journal), 0);
	device_rig_restart();
}

static unsigned n_records(void)
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	while ((slot = journal_next_of_all(journal, 0, slot)))
		n++;
	return n;
}

static void expect_resumed(void)
{
	assert_true(card.connecting);
	assert_true(card.engine.resumes);
	work(0);
	assert_int_equal(store.n_writes, 0);
	assert_true(device_running(device));
}

/* The frontend starts over. */
static void expect_renegotiated(void)
{
	assert_false(card.exists);
	assert_int_equal(store.last, XB_INIT_WAIT);
	assert_int_equal(n_records(), 0);
	show(XB_INITIALISING, NULL);
	show(XB_INITIALISED, "8");
	assert_true(card.connecting);
	assert_false(card.engine.resumes);
	work(0);
	expect_connected();
	assert_int_equal(n_records(), 1);
}

RESUME(a_connected_device_goes_on_without_a_word)
{
	for (unsigned i = 0; i < 3; i++) {
		restart();
		show(XB_CONNECTED, "8");
		expect_resumed();
		show(XB_CONNECTED, NULL);
		assert_int_equal(card.n_created, 1);
		assert_int_equal(store.n_writes, 0);
		assert_int_equal(n_records(), 1);
	}
}

RESUME(other_rings_are_not_gone_on_with)
{
	restart();
	show(XB_CONNECTED, "9");
	expect_renegotiated();
}

RESUME(a_frontend_that_cannot_be_read_is_not_gone_on_with)
{
	restart();
	show(XB_CONNECTED, NULL);
	expect_renegotiated();
}

RESUME(another_domain_of_the_same_number_is_not_gone_on_with)
{
	restart();
	store.view.domain_uuid[0] = 'a';
	show(XB_CONNECTED, "8");
	expect_renegotiated();
}

RESUME(a_frontend_that_has_left_is_not_gone_on_with)
{
	static const int states[] = {XB_INITIALISING, XB_CLOSING, XB_CLOSED, XB_INITIALISED};

	for (unsigned i = 0; i < sizeof states / sizeof states[0]; i++) {
		store.view.be_state = XB_CONNECTED;
		restart();
		show(states[i], "8");
		assert_false(card.exists);
		assert_int_equal(n_records(), 0);
		assert_int_equal(store.n_writes, 1);
	}
}

RESUME(a_device_that_is_removed_is_not_gone_on_with)
{
	restart();
	store.view.online = false;
	show(XB_CONNECTED, "8");
	assert_false(card.exists);
	assert_int_equal(store.last, XB_CLOSED);
	assert_int_equal(n_records(), 0);
}

RESUME(an_engine_that_cannot_go_on_starts_over)
{
	restart();
	show(XB_CONNECTED, "8");
	assert_true(card.connecting);
	work(-EPROTO);
	assert_int_equal(card.n_disconnected, 1);
	assert_int_equal(store.n_writes, 0);
	work(0); /* it is gone */
	expect_renegotiated();
	restart();
	show(XB_CONNECTED, "8");
	expect_resumed();
}

RESUME(a_card_that_is_no_longer_allowed_is_refused)
{
	restart();
	card.create_rc = -E2BIG;
	show(XB_CONNECTED, "8");
	assert_int_equal(store.last, XB_CLOSED);
	assert_int_equal(n_records(), 0);
}

RESUME(a_device_that_began_to_close_is_not_gone_on_with)
{
	show(XB_CLOSING, NULL);
	assert_true(card.leaving);
	/* Its rings are not served any more: whatever the store shows then, they are not resumed.
	 */
	store.view.be_state = XB_CONNECTED;
	restart();
	show(XB_CONNECTED, "8");
	expect_renegotiated();
}

RESUME(a_device_that_was_told_to_start_over_is_not_gone_on_with)
{
	device_quit(device);
	assert_int_equal(store.last, XB_INIT_WAIT);
	/* The write is on its way, and the kill comes first. */
	store.view.be_state = XB_CONNECTED;
	restart();
	show(XB_CONNECTED, "8");
	expect_renegotiated();
}

RESUME(a_device_that_is_gone_leaves_no_record)
{
	assert_int_equal(n_records(), 1);
	store.view.domain_alive = false;
	show(XB_UNKNOWN, NULL);
	work(0);
	assert_int_equal(n_records(), 0);
}
