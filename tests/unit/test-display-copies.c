/* SPDX-License-Identifier: MIT */
/*
 * The limits of copies: a consumer without memory for its copies gets no frames, and the guest and
 * the other consumers go on.
 */
#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "buffer/account.h"
#include "buffer/ledger.h"
#include "count-fds.h"
#include "display-fake.h"
#include "display/context.h"
#include "display/screen.h"
#include "test.h"

/* Of a frame of 800x600 pixels of 4 bytes. */
#define FRAME_PAGES 469u
#define USER        1000u

static struct rig rig;

/* A consumer of a user, who keeps the first descriptors. */
static struct watcher {
	uid_t uid;
	int kept[8];
	unsigned n_buffers, n_frames;
	uint64_t serial;
} one, two;

static uid_t on_user(void *data)
{
	const struct watcher *w = data;

	return w->uid;
}

static void keep(struct watcher *w, int fd)
{
	if (w->n_buffers < 8)
		w->kept[w->n_buffers] = dup(fd);
	w->n_buffers++;
}

static void on_buffer(const struct connector_buffer *buffer, void *data)
{
	keep(data, buffer->fd);
}

static void on_frame(const struct connector_frame *frame, void *data)
{
	struct watcher *w = data;

	w->n_frames++;
	w->serial = frame->serial;
}

static void on_blank(void *)
{
}

static const struct connector_listener listener = {
	.user = on_user,
	.buffer = on_buffer,
	.frame = on_frame,
	.blank = on_blank,
};

static int setup(void **)
{
	static const char *const one_connector[] = {"800x600", NULL};
	struct xendispl_req config = req_set_config(rig_fb(1), 0, 0, 4096, 4096, 32);

	rig_setup(&rig, one_connector);
	one = two = (struct watcher){0};
	rig_make_fb(1, 800, 600);
	return fake_call(0, &config);
}

static void forget(struct watcher *w)
{
	for (unsigned i = 0; i < w->n_buffers && i < 8; i++)
		close(w->kept[i]);
	w->n_buffers = 0;
}

static int teardown(void **)
{
	forget(&one);
	forget(&two);
	rig_teardown(&rig);
	return 0;
}

static void allow(uint32_t pages)
{
	rig.connectors[0]->context->guest.policy.max_copied_pages = pages;
}

static void claim(struct watcher *w)
{
	assert_int_equal(
		connector_claim(rig.connectors[0], XENAV_MODE_DRIVE, &listener, XENAV_WAY_COPY, w),
		0);
}

static void watch(struct watcher *w)
{
	assert_int_equal(
		connector_claim(rig.connectors[0], XENAV_MODE_WATCH, &listener, XENAV_WAY_COPY, w),
		0);
}

static void release(struct watcher *w)
{
	connector_release(rig.connectors[0], w);
}

/* The consumer has shown its frame and wants more; the guest may have flipped before. */
static void next(struct watcher *w, bool again)
{
	connector_done(rig.connectors[0], w, w->serial);
	connector_ready(rig.connectors[0], w, again);
	fake_worker_drain();
}

static void flip(void)
{
	struct xendispl_req req = req_pg_flip(rig_fb(1));

	assert_int_equal(fake_call(0, &req), 0);
	fake_worker_drain();
}

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(a_guest_over_its_limit_goes_on_without_being_seen)
{
	const struct flips *flips = &rig.connectors[0]->flips;

	allow(FRAME_PAGES - 1);
	claim(&one);
	next(&one, false);
	assert_int_equal(one.n_frames, 0);
	for (unsigned i = 1; i <= 3; i++) {
		flip();
		/* At the pace of a guest without consumers. */
		assert_true(!flips->pending ||
			    flips->due_ns <= now_ns() + NS_PER_SEC / FLIPS_REFRESH_HZ);
		rig_wait_events(&rig, 0, i);
	}
	assert_int_equal(one.n_frames, 0);
	assert_int_equal(one.n_buffers, 0);
}

TEST(a_frame_that_fits_is_given_and_the_second_slot_counts)
{
	allow(FRAME_PAGES);
	claim(&one);
	next(&one, false);
	assert_int_equal(one.n_frames, 1);
	flip();
	next(&one, false);
	assert_int_equal(one.n_frames, 1);
	allow(2 * FRAME_PAGES);
	flip();
	assert_int_equal(one.n_frames, 2);
}

TEST(who_comes_too_late_sees_when_others_have_left)
{
	allow(2 * FRAME_PAGES);
	claim(&one);
	watch(&two);
	next(&one, false);
	flip();
	next(&one, false);
	assert_int_equal(one.n_frames, 2);
	next(&two, false);
	assert_int_equal(two.n_frames, 0);
	/* The consumer that has its memory notices nothing. */
	flip();
	next(&one, false);
	assert_int_equal(one.n_frames, 3);
	release(&one);
	/* The engine tries again by itself. */
	while (two.n_frames == 0) {
		assert_true(rig_timers(&rig) > 0);
		assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
		fake_worker_drain();
	}
	release(&two);
}

TEST(who_keeps_what_it_was_given_gets_no_more)
{
	assert_int_equal(ledger_start(rig.base, 6 * FRAME_PAGES, UINT32_MAX), 0);
	one.uid = USER;
	two.uid = USER + 1;
	for (unsigned i = 0; i < 5; i++) {
		claim(&one);
		next(&one, false);
		release(&one);
		one.serial = 0;
	}
	assert_int_equal(one.n_frames, 3);
	assert_int_equal(account_held_pages(USER), 3 * FRAME_PAGES);
	/* Another user is not affected. */
	claim(&two);
	next(&two, false);
	assert_int_equal(two.n_frames, 1);
	release(&two);
	forget(&one);
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	assert_int_equal(account_held_pages(USER), 0);
	claim(&one);
	next(&one, false);
	assert_int_equal(one.n_frames, 4);
	release(&one);
	forget(&one);
	forget(&two);
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	assert_int_equal(account_held_pages(USER + 1), 0);
	ledger_stop();
}

TEST(a_copy_that_its_consumer_did_not_wait_for_costs_nothing_in_the_end)
{
	assert_int_equal(ledger_start(rig.base, 6 * FRAME_PAGES, UINT32_MAX), 0);
	one.uid = USER;
	for (unsigned i = 0; i < 8; i++) {
		claim(&one);
		connector_ready(rig.connectors[0], &one, false);
		if (i % 2)
			fake_worker_run();
		release(&one);
		fake_worker_drain();
		event_base_loop(rig.base, EVLOOP_NONBLOCK);
		assert_int_equal(account_held_pages(USER), 0);
	}
	assert_int_equal(one.n_frames, 0);
	ledger_stop();
}

/* The kernel needs some milliseconds to take back the memory of a large frame. */
TEST(large_copies_are_unmapped_by_the_worker)
{
	const int fds = count_fds();

	claim(&one);
	next(&one, false);
	assert_int_equal(one.n_frames, 1);
	forget(&one);
	assert_int_equal(count_fds(), fds + 1);
	release(&one);
	assert_int_equal(count_fds(), fds + 1);
	/* The guest may have another copy at once. */
	allow(FRAME_PAGES);
	claim(&two);
	next(&two, false);
	assert_int_equal(two.n_frames, 1);
	forget(&two);
	release(&two);
	fake_worker_drain();
	assert_int_equal(count_fds(), fds);
}

/* A consumer that claims, is ready and releases without end keeps the worker from nobody. */
TEST(a_copy_that_has_not_begun_ends_with_its_claim)
{
	for (unsigned i = 0; i < 1000; i++) {
		claim(&one);
		watch(&two);
		connector_ready(rig.connectors[0], &one, false);
		connector_ready(rig.connectors[0], &two, false);
		assert_false(fake_worker_idle());
		release(&one);
		assert_false(fake_worker_idle()); /* the other's turn */
		release(&two);
		assert_true(fake_worker_idle());
	}
	assert_int_equal(one.n_frames + two.n_frames, 0);
	assert_false(rig.connectors[0]->flips.held);
}

TEST(one_copy_of_a_connector_at_a_time_is_on_the_worker)
{
	claim(&one);
	connector_ready(rig.connectors[0], &one, false);
	assert_true(fake_worker_run());
	/* The copy is not done yet. */
	for (unsigned i = 0; i < 1000; i++) {
		release(&one);
		claim(&one);
		connector_ready(rig.connectors[0], &one, false);
		assert_false(fake_worker_run());
	}
	watch(&two);
	connector_ready(rig.connectors[0], &two, false);
	assert_false(fake_worker_run());
	assert_true(fake_worker_done());
	assert_true(fake_worker_run());
	assert_int_equal(one.n_frames + two.n_frames, 0);
	fake_worker_drain();
	assert_int_equal(one.n_frames, 1);
	assert_int_equal(two.n_frames, 1);
}

int main(void)
{
	return test_run(NULL, NULL);
}
