/* SPDX-License-Identifier: MIT */
/*
 * daemon/display/keeping.c and recall.c: a display across a restart.  The process is killed at
 * every write to its journal in turn, which the wrapped functions of the journal tell.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/engine.h"
#include "display-two.h"
#include "display/keeping.h"
#include "display/screen.h"
#include "fdstore-rig.h"
#include "journal/journal.h"
#include "machine-rig.h"
#include "report/log.h"
#include "test.h"
#include "xen/xen.h"

#define W 64
#define H 32

/* -------- the end of a process -------- */

/* What the next process finds: the journal, and the counters, which xen/channel-keep.c keeps. */
static struct {
	uint8_t *journal;
	size_t size_bytes;
	unsigned n_rsp[2];
	unsigned n_events[2];
	bool taken;
} left;

/* Killed before this write to the journal; 0: not at all. */
static unsigned kill_at;
static unsigned n_writes;

static void take_what_is_left(void)
{
	const int fd = fdstore_rig_fd("journal");

	left.taken = true;
	assert_int_equal(pread(fd, left.journal, left.size_bytes, 0), left.size_bytes);
	for (unsigned i = 0; i < 2; i++) {
		left.n_rsp[i] = fake.channels[i].n_rsp;
		left.n_events[i] = fake.channels[i].n_events;
	}
}

static void count_write(void)
{
	if (++n_writes == kill_at)
		take_what_is_left();
}

struct journal_slot *__real_journal_add(struct journal *journal, const struct journal_key *key,
					const void *data, size_t size);
struct journal_slot *__wrap_journal_add(struct journal *journal, const struct journal_key *key,
					const void *data, size_t size);
void __real_journal_write(struct journal_slot *slot, const void *data, size_t size);
void __wrap_journal_write(struct journal_slot *slot, const void *data, size_t size);
void __real_journal_remove(struct journal_slot *slot);
void __wrap_journal_remove(struct journal_slot *slot);

struct journal_slot *__wrap_journal_add(struct journal *journal, const struct journal_key *key,
					const void *data, size_t size)
{
	count_write();
	return __real_journal_add(journal, key, data, size);
}

void __wrap_journal_write(struct journal_slot *slot, const void *data, size_t size)
{
	count_write();
	__real_journal_write(slot, data, size);
}

void __wrap_journal_remove(struct journal_slot *slot)
{
	count_write();
	__real_journal_remove(slot);
}

static void end_process(void)
{
	rig_disconnect(&rig);
	fake_worker_drain();
	journal_close(fake_xen.journal);
	fake_xen.journal = NULL;
	assert_int_equal(pwrite(fdstore_rig_fd("journal"), left.journal, left.size_bytes, 0),
			 left.size_bytes);
	for (unsigned i = 0; i < 2; i++) {
		fake.channels[i].n_rsp = left.n_rsp[i];
		fake.channels[i].n_events = left.n_events[i];
	}
	left.taken = false;
}

static void start_again(void)
{
	fdstore_rig_restart();
	assert_int_equal(journal_open(&fake_xen.journal), 0);
	rig_again(&rig);
	fake_worker_drain();
	assert_int_equal(rig.n_connected, 1);
}

static void restart(void)
{
	if (!left.taken)
		take_what_is_left();
	end_process();
	start_again();
	assert_int_equal(rig.connected_rc, 0);
}

static int setup_two(void **state)
{
	log_threshold = LOG_LEVEL_ERR;
	kill_at = n_writes = 0;
	left.taken = false;
	fdstore_rig_reserve();
	setup(state);
	fdstore_rig_setup(state);
	assert_int_equal(journal_open(&fake_xen.journal), 0);
	left.size_bytes = (size_t)lseek(fdstore_rig_fd("journal"), 0, SEEK_END);
	left.journal = malloc(left.size_bytes);
	return left.journal ? 0 : -1;
}

static int teardown_two(void **state)
{
	if (!rig.ending)
		rig_disconnect(&rig);
	fake_worker_drain();
	journal_close(fake_xen.journal);
	fake_xen.journal = NULL;
	fdstore_rig_teardown(state);
	free(left.journal);
	teardown(state);
	fdstore_rig_unreserve();
	return 0;
}

#define TEST(name) TEST_WITH(name, setup_two, teardown_two)

static const struct journal_key device = {.kind = JOURNAL_DISPLAY, .domid = GUEST};

static unsigned n_records(uint8_t type)
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	while ((slot = journal_next(fake_xen.journal, &device, type, slot)))
		n++;
	return n;
}

/* -------- killed at every write -------- */

static struct xendispl_req create(unsigned n)
{
	return req_dbuf_create(0x100 + n, W, H, 32, W * H * 4, 1 + n);
}

static struct xendispl_req attach(unsigned n)
{
	return req_fb_attach(0x100 + n, rig_fb(n), W, H, FAKE_XR24);
}

static struct xendispl_req show(unsigned n)
{
	return req_set_config(rig_fb(n), 0, 0, W, H, 32);
}

#define MAX_STEPS 32

struct step {
	unsigned connector;
	struct xendispl_req req;
};

/* What a guest may do that ends with its second framebuffer on the first connector. */
static unsigned write_script(struct step steps[MAX_STEPS])
{
	const struct step all[] = {
		{FIRST, create(1)},
		{FIRST, attach(1)},
		{FIRST, create(2)},
		{FIRST, attach(2)},
		{FIRST, show(1)},
		{FIRST, req_pg_flip(rig_fb(2))},
		{FIRST, req_pg_flip(rig_fb(1))},
		{SECOND, show(1)},
		{SECOND, req_pg_flip(rig_fb(1))},
		{FIRST, attach(2)}, /* once more */
		{FIRST, req_pg_flip(rig_fb(2))},
		{FIRST, req_fb_detach(rig_fb(2))},
		{FIRST, attach(2)},
		{FIRST, create(1)}, /* ends the first one, which both connectors have shown */
		{FIRST, attach(1)},
		{SECOND, req_pg_flip(rig_fb(1))},
		{FIRST, req_dbuf_destroy(0x101)},
		{SECOND, req_set_config(0, 0, 0, 0, 0, 0)},
		{FIRST, show(2)},
		{FIRST, req_pg_flip(rig_fb(2))},
	};

	memcpy(steps, all, sizeof all);
	return sizeof all / sizeof all[0];
}

static void on_event(struct fake_channel *)
{
	count_write();
}

/* Requests that were not answered when the process was killed are served once more. */
static void play_steps(const struct step *steps, unsigned n_steps)
{
	unsigned i = 0;

	while (i < n_steps) {
		assert_int_equal(call(steps[i].connector, steps[i].req), 0);
		i++;
		if (!left.taken)
			continue;
		kill_at = 0;
		restart();
		i = fake.channels[FIRST].n_rsp + fake.channels[SECOND].n_rsp;
	}
}

static void assert_events(unsigned connector, const struct step *steps, unsigned n_steps)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_steps; i++)
		n += steps[i].connector == connector &&
		     steps[i].req.operation == XENDISPL_OP_PG_FLIP;
	while (fake.channels[connector].n_events < n) {
		rig_next_refresh(&rig);
		if (fake.channels[connector].n_events < n)
			event_base_loop(rig.base, EVLOOP_ONCE);
	}
	assert_int_equal(rig.connectors[connector]->flips.n_owed, 0);
	n = 0;
	for (unsigned i = 0; i < n_steps; i++) {
		if (steps[i].connector != connector ||
		    steps[i].req.operation != XENDISPL_OP_PG_FLIP)
			continue;
		assert_int_equal(fake.channels[connector].events[n],
				 steps[i].req.op.pg_flip.fb_cookie);
		n++;
	}
	assert_int_equal(fake.channels[connector].n_events, n);
}

/* A consumer is shown the pixels of that framebuffer. */
static void assert_shown(unsigned connector, unsigned n)
{
	struct consumer consumer = {.ways = XENAV_WAY_COPY};
	const uint32_t *pixels = rig_pixels(n, W, H);

	assert_int_equal(consumer_claim(&consumer, rig.connectors[connector]), 0);
	connector_ready(consumer.conn, &consumer, false);
	fake_worker_drain();
	assert_int_equal(consumer.n_frames, 1);
	assert_int_equal(consumer.frame.width_px, W);
	assert_memory_equal(consumer_row(&consumer, H - 1), pixels + W * (H - 1), W * 4);
	connector_release(consumer.conn, &consumer);
	consumer_forget(&consumer);
}

static void fill_memory(void)
{
	for (unsigned n = 1; n <= 2; n++)
		for (uint32_t i = 0; i < W * H; i++)
			rig_pixels(n, W, H)[i] = n << 24 | i;
}

static void play_it_all(void)
{
	struct step steps[MAX_STEPS];
	const unsigned n_steps = write_script(steps);

	fill_memory();
	play_steps(steps, n_steps);
	assert_events(FIRST, steps, n_steps);
	assert_events(SECOND, steps, n_steps);
	if (left.taken)
		restart();
	kill_at = 0;
	assert_shown(FIRST, 2);
	assert_null(rig.connectors[SECOND]->picture.gbuf);
	assert_int_equal(mapped_pages(), W * H * 4 / 4096);
	assert_int_equal(n_records(JOURNAL_DBUF), 1);
	assert_int_equal(n_records(JOURNAL_FB), 1);
	assert_int_equal(n_records(JOURNAL_SCREEN), 2);
}

static void start_over(void)
{
	teardown_two(NULL);
	assert_int_equal(setup_two(NULL), 0);
	fake.on_respond = count_write;
	fake.on_event = on_event;
}

TEST(killed_at_any_moment_no_flip_gets_two_events_or_none)
{
	unsigned n;

	start_over();
	play_it_all();
	n = n_writes;
	assert_true(n > 40);
	for (unsigned at = 1; at <= n; at++) {
		start_over();
		kill_at = at;
		play_it_all();
	}
}

/* -------- a restart between two requests -------- */

static void make_both(void)
{
	fill_memory();
	for (unsigned n = 1; n <= 2; n++) {
		assert_int_equal(call(FIRST, create(n)), 0);
		assert_int_equal(call(FIRST, attach(n)), 0);
	}
}

TEST(the_picture_is_there_right_after_the_restart)
{
	struct connector_place place;

	make_both();
	assert_int_equal(call(FIRST, req_set_config(rig_fb(1), 3, 5, 20, 10, 32)), 0);
	restart();
	restart();
	connector_get_place(rig.connectors[FIRST], &place);
	assert_int_equal(place.fb_cookie, rig_fb(1));
	assert_int_equal(place.x, 3);
	assert_int_equal(place.y, 5);
	assert_int_equal(place.width_px, 20);
	assert_int_equal(place.height_px, 10);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(2))), 0);
	rig_wait_events(&rig, FIRST, 1);
}

TEST(events_without_room_wait_across_the_restart)
{
	const unsigned n = EVENT_PAGE_SLOTS + FLIPS_MAX_OWED - 1;

	make_both();
	assert_int_equal(call(FIRST, show(1)), 0);
	for (unsigned i = 0; i < n; i++) {
		rig_next_refresh(&rig);
		assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1 + i % 2))), 0);
	}
	restart();
	assert_int_equal(fake.channels[FIRST].n_events, EVENT_PAGE_SLOTS);
	fake_read_events(FIRST);
	while (fake.channels[FIRST].n_events < n) {
		rig_next_refresh(&rig);
		event_base_loop(rig.base, EVLOOP_NONBLOCK);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(fake.channels[FIRST].events[i], rig_fb(1 + i % 2));
}

TEST(a_display_that_is_torn_down_while_it_maps_leaves_nothing)
{
	make_both();
	take_what_is_left();
	end_process();
	fdstore_rig_restart();
	assert_int_equal(journal_open(&fake_xen.journal), 0);
	rig_again(&rig);
	fake_worker_run();
	rig_disconnect(&rig);
	fake_worker_drain();
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(rig.n_connected, 0);
}

/* -------- what is refused -------- */

static void assert_not_resumed(int rc)
{
	start_again();
	assert_int_equal(rig.connected_rc, rc);
}

TEST(more_than_the_guest_may_have_now_is_not_mapped)
{
	make_both();
	take_what_is_left();
	end_process();
	rig_policy.max_mapped_pages = 3;
	assert_not_resumed(-ENOSPC);
}

TEST(pages_that_are_not_granted_any_more_are_not_mapped)
{
	make_both();
	take_what_is_left();
	end_process();
	fail_call(CALL_MAP, 1, EFAULT);
	assert_not_resumed(-EFAULT);
}

TEST(the_guest_may_have_given_up_a_buffer_that_is_being_destroyed)
{
	make_both();
	assert_int_equal(call(FIRST, show(1)), 0);
	fake.on_respond = take_what_is_left;
	assert_int_equal(call(FIRST, req_dbuf_destroy(0x101)), 0);
	fake.on_respond = NULL;
	end_process();
	fail_call(CALL_MAP, 0, EFAULT);
	start_again();
	assert_int_equal(rig.connected_rc, 0);
	assert_null(rig.connectors[FIRST]->picture.gbuf);
	assert_int_equal(call(FIRST, req_dbuf_destroy(0x101)), 0);
	assert_int_equal(call(FIRST, req_pg_flip(rig_fb(1))), -ENOENT);
	assert_int_equal(n_records(JOURNAL_DBUF), 1);
}

TEST(without_the_channels_nothing_is_resumed)
{
	make_both();
	take_what_is_left();
	end_process();
	fake.recall_rc = -ENOENT;
	assert_not_resumed(-ENOENT);
}
