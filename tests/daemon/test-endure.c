/* SPDX-License-Identifier: MIT */
/*
 * Faults without an attacker: kernels that start over, daemons that are killed or kept from
 * running, calls that fail once; and as many guests as there may be.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "base/clock.h"
#include "rig.h"
#include "xen/sndif.h"

#define KILLS     20
#define REBIRTHS  30
#define SLEEP_MS  1000
#define MAX_BURST 32

/* 256 devices are served, two of each guest. */
#define CROWDS               16 /* each with a thread */
#define GUESTS               128
#define MAX_KIB_PER_DEVICE   64
#define MAX_FDS_PER_DEVICE   3
#define LEFT_OVERS           300
#define FAILURES_AT_THE_MOST 64

static void __attribute__((constructor)) impatient(void)
{
	rig_as_impatient_as_linux = true;
}

static struct rig_guest rg;

/* -------- kernels -------- */

/* xenbus_reset_frontend(): the new kernel sees to it that its devices can be found. */
static const char *kexec(struct front *front)
{
	if (!front_shut_down(front))
		return "no 5 was seen";
	if (toolstack_wait_backend(&rg.ts, front->ops->kind, rg.guest.domid, 0, 6, WAIT_MS) < 0)
		return "no 6 was seen";
	front_switch(front, 1);
	if (toolstack_wait_backend(&rg.ts, front->ops->kind, rg.guest.domid, 0, 2, WAIT_MS) < 0)
		return "no 2 was seen";
	return NULL;
}

TEST(a_kexec_sees_5_and_6_and_2_and_the_next_kernel_connects)
{
	struct dbuf dbuf;

	rig_start(&rg, 140);
	for (unsigned i = 0; i < 2; i++) {
		/* In the middle of everything: the old kernel tidies up nothing. */
		pcm_open(PLAY(&rg));
		assert_int_equal(pcm_hw_params(PLAY(&rg), &rig_params), 0);
		assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
		assert_int_equal(pcm_trigger(PLAY(&rg), XENSND_OP_TRIGGER_START), 0);
		assert_fine(rig_show(&rg, &dbuf, 0, 7));
		assert_fine(kexec(&rg.sound.front));
		assert_fine(kexec(&rg.display.front));
		assert_int_equal(machine_mapped_of(140), 0);
		guest_buffer_free(&rg.guest, &dbuf.buffer);
		sound_forget(&rg.sound);
		display_forget(&rg.display);
		assert_fine(rig_load(&rg));
		assert_fine(rig_connect(&rg));
		assert_fine(rig_play(&rg, 480));
	}
	rig_stop(&rg);
}

/* A domain is gone without a word and its number is used again at once. */
TEST(a_domain_that_comes_again_and_again_leaves_nothing)
{
	struct lab_use before;
	struct dbuf dbuf;

	for (unsigned i = 0; i < REBIRTHS; i++) {
		assert_fine(rig_create(&rg, 141));
		assert_fine(rig_attach(&rg));
		assert_fine(rig_load(&rg));
		if (i % 3 > 0)
			assert_fine(rig_connect(&rg));
		if (i % 3 > 1)
			assert_fine(rig_show(&rg, &dbuf, 0, 7));
		assert_fine(rig_destroy(&rg));
		/* Xen gives the number to nobody while a page of it is mapped. */
		while (machine_mapped_of(141) > 0 || xs_is_domain_introduced(lab.ts.xs, 141))
			usleep(500);
		if (i == 8)
			before = lab_use(&lab);
	}
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	assert_true(lab_grew_less(&lab, &before, 512));
	assert_int_equal(machine_mapped_of(141), 0);
}

/* -------- daemons -------- */

struct killer {
	pthread_t thread;
	pid_t pid;
	unsigned after_us;
};

static void *kill_it(void *arg)
{
	const struct killer *killer = arg;

	usleep(killer->after_us);
	kill(killer->pid, SIGKILL);
	return NULL;
}

/* The results depend on when the daemon was killed. */
static const char *do_something(void)
{
	const char *problem = rig_play(&rg, 480);
	struct dbuf dbuf = {0};

	if (!problem)
		problem = rig_show(&rg, &dbuf, 0, 7);
	if (!problem && crtc_flip(CRTC(&rg, 0), 7) < 0)
		problem = "a flip failed";
	if (rg.display.n_crtcs > 0)
		crtc_disable(CRTC(&rg, 0));
	fb_detach(&rg.display, 7);
	dbuf_destroy(&rg.display, &dbuf);
	return problem;
}

/* Connect a guest again, from any state that it may be in. */
static void assert_works_in_the_end(void)
{
	const uint64_t until = now_ns() + WAIT_MS * NS_PER_MS;
	const char *problem;

	do {
		guest_run(&rg.guest, 10);
		problem = rig_connect(&rg);
		if (!problem)
			problem = do_something();
	} while (problem && now_ns() < until);
	assert_fine(problem);
}

/* From the moment it begins to connect until it has long played and flipped. */
TEST(a_daemon_that_is_killed_at_any_moment_is_followed_by_the_next)
{
	rig_start(&rg, 142);
	/* Linux would wait three seconds for an answer that does not come, and ten for sound. */
	rg.guest.wait_ms = 100;
	rg.guest.stall_ms = 100;
	for (unsigned i = 0; i < KILLS; i++) {
		struct killer killer = {.pid = lab.xenavd, .after_us = i * i * 200};

		assert_int_equal(pthread_create(&killer.thread, NULL, kill_it, &killer), 0);
		guest_run(&rg.guest, 1);
		do_something();
		pthread_join(killer.thread, NULL);
		lab_stop_xenavd(&lab, SIGKILL);
		assert_int_equal(machine_mapped_of(142), 0);
		assert_int_equal(lab_start_xenavd(&lab), 0);
		/* The next one may be killed while it connects. */
		if (i % 2 == 0)
			assert_works_in_the_end();
	}
	assert_works_in_the_end();
	rg.guest.late = 0; /* answers of a daemon that was killed before they were seen */
	rig_stop(&rg);
}

TEST(a_daemon_that_slept_catches_up_without_a_burst)
{
	uint8_t samples[960 * 4] = {0};
	struct dbuf dbuf;
	struct pcm *pcm;
	unsigned positions, since;
	uint64_t woken_ns;

	rig_start(&rg, 143);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	pcm = PLAY(&rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, 960), 0);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(lab_freeze(lab.xenavd), 0);
	guest_run(&rg.guest, 20);
	positions = pcm->positions;
	guest_run(&rg.guest, SLEEP_MS);
	woken_ns = now_ns();
	kill(lab.xenavd, SIGCONT);
	while (pcm->positions == positions)
		guest_run(&rg.guest, 1);
	/* All that was missed at once, and not one by one; those of the time since are not missed.
	 */
	since = (unsigned)((now_ns() - woken_ns) / (5 * NS_PER_MS));
	assert_true(pcm->positions - positions <= MAX_BURST + since);
	assert_true(pcm->position_bytes >= SLEEP_MS * 48u * 4u);
	assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	rig_stop(&rg);
}

/* -------- calls of Xen -------- */

static const struct {
	enum machine_call call;
	int error;
} failing[] = {
	{CALL_MAP, EINVAL},  {CALL_MAP, ENOMEM},  {CALL_BIND, EINVAL},
	{CALL_BIND, ENOSPC}, {CALL_COPY, EFAULT}, {CALL_COPY_SEGMENT, -3},
};

/* The first, the second, .. fails, until there are no more of them. */
static void fail_each(size_t which)
{
	for (uint32_t nth = 0; nth < FAILURES_AT_THE_MOST; nth++) {
		bool failed;

		assert_fine(rig_create(&rg, 144));
		assert_fine(rig_attach(&rg));
		machine_order(failing[which].call, 144, nth, 1, failing[which].error, 0);
		assert_fine(rig_load(&rg));
		assert_fine(rig_connect(&rg));
		do_something();
		failed = machine->faults[0].times == 0;
		machine_order_nothing();
		assert_false(lab_xenavd_died(&lab));
		assert_fine(rig_destroy(&rg));
		assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
		if (!failed)
			return;
	}
	fail_msg("call %d fails without end", failing[which].call);
}

TEST(whatever_call_of_xen_fails_the_guest_connects_in_the_end)
{
	for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++)
		fail_each(i);
}

/* -------- many -------- */

struct crowd {
	pthread_t thread;
	struct rig_guest guests[GUESTS / CROWDS];
	uint16_t first;
	const char *problem;
};

static struct crowd crowds[CROWDS];

static void *come(void *arg)
{
	struct crowd *crowd = arg;

	for (unsigned i = 0; i < GUESTS / CROWDS && !crowd->problem; i++) {
		struct rig_guest *guest = &crowd->guests[i];

		crowd->problem = rig_bring_up(guest, (uint16_t)(crowd->first + i));
	}
	return NULL;
}

static void *go(void *arg)
{
	struct crowd *crowd = arg;

	for (unsigned i = 0; i < GUESTS / CROWDS; i++)
		rig_destroy(&crowd->guests[i]);
	return NULL;
}

static void for_all_crowds(void *(*what)(void *crowd))
{
	for (unsigned i = 0; i < CROWDS; i++)
		assert_int_equal(pthread_create(&crowds[i].thread, NULL, what, &crowds[i]), 0);
	for (unsigned i = 0; i < CROWDS; i++)
		pthread_join(crowds[i].thread, NULL);
	for (unsigned i = 0; i < CROWDS; i++)
		assert_fine(crowds[i].problem);
}

/* One guest more than there may be has to wait until another has gone. */
static void one_too_many_has_its_turn(struct rig_guest *other)
{
	assert_fine(rig_create(&rg, 199));
	assert_int_equal(toolstack_add_device(&rg.ts, "vsnd", 199, 0, rig_sound_nodes), 0);
	assert_int_equal(toolstack_add_device(&rg.ts, "vdispl", 199, 0, rig_display_nodes), 0);
	for (unsigned i = 0; i < WAIT_MS && !lab_log_has(&lab, "More than 256 devices"); i++)
		guest_run(&rg.guest, 1);
	assert_true(lab_log_has(&lab, "More than 256 devices"));
	assert_int_equal(toolstack_backend_state(&rg.ts, "vsnd", 199, 0), 1);
	assert_fine(rig_detach(other));
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vsnd", 199, 0), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vdispl", 199, 0), 0);
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
	assert_fine(rig_play(&rg, 480));
	assert_fine(rig_destroy(&rg));
}

TEST(as_many_devices_as_there_may_be_cost_little)
{
	struct lab_use before = lab_use(&lab);
	struct lab_use with;

	for (unsigned i = 0; i < CROWDS; i++)
		crowds[i].first = (uint16_t)(200 + i * GUESTS / CROWDS);
	for_all_crowds(come);
	with = lab_use(&lab);
	print_message("# 256 devices: %u descriptors and %u KiB more than before\n",
		      with.fds - before.fds, with.kib - before.kib);
	assert_true(with.threads <= before.threads);
	assert_true(with.fds <= before.fds + 2 * GUESTS * MAX_FDS_PER_DEVICE);
	assert_true(lab_grew_less(&lab, &before, 2 * GUESTS * MAX_KIB_PER_DEVICE));
	/* The first and the last are served as any. */
	assert_fine(rig_play(&crowds[0].guests[0], 480));
	assert_fine(rig_play(&crowds[CROWDS - 1].guests[GUESTS / CROWDS - 1], 480));
	one_too_many_has_its_turn(&crowds[0].guests[0]);
	for_all_crowds(go);
}

/* Backend directories that a toolstack has left of dead domains. */
static void put_left_over(unsigned domid, const char *leaf, const char *value)
{
	char path[96];

	snprintf(path, sizeof path, "/local/domain/0/backend/vsnd/%u/0/%s", domid, leaf);
	assert_true(xs_write(lab.ts.xs, XBT_NULL, path, value, (unsigned)strlen(value)));
}

TEST(devices_of_dead_domains_take_nobodys_place)
{
	char text[8];

	for (unsigned domid = 400; domid < 400 + LEFT_OVERS; domid++) {
		snprintf(text, sizeof text, "%u", domid);
		put_left_over(domid, "frontend-id", text);
		put_left_over(domid, "state", "4");
	}
	rig_start(&rg, 145);
	assert_fine(rig_play(&rg, 480));
	rig_stop(&rg);
	for (unsigned domid = 400; domid < 400 + LEFT_OVERS; domid++) {
		char path[96];

		assert_int_equal(
			toolstack_wait_backend(&lab.ts, "vsnd", (uint16_t)domid, 0, 6, WAIT_MS), 0);
		snprintf(path, sizeof path, "/local/domain/0/backend/vsnd/%u", domid);
		assert_true(xs_rm(lab.ts.xs, XBT_NULL, path));
	}
}
