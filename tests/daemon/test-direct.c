/* SPDX-License-Identifier: MIT */
/*
 * Consumers that may have what a guest shows as it is, through the real daemon and libxenav: every
 * pixel arrives, no byte is copied, and the guest has its memory back when it is told so, whatever
 * becomes of the consumer.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "direct-rig.h"

static void begin_guest(uint16_t domid, const char *be_alloc)
{
	struct toolstack_node nodes[8];

	memcpy(nodes, rig_display_nodes, 6 * sizeof nodes[0]);
	nodes[0].value = be_alloc;
	assert_fine(rig_create(&rg, domid));
	assert_int_equal(toolstack_add_device(&rg.ts, "vsnd", domid, 0, rig_sound_nodes), 0);
	assert_int_equal(toolstack_add_device(&rg.ts, "vdispl", domid, 0, nodes), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vsnd", domid, 0), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vdispl", domid, 0), 0);
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
}

static void see_every_pixel(uint16_t domid, const char *be_alloc)
{
	start(true);
	begin_guest(domid, be_alloc);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_int_equal(GET(claimed), XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	flip_through(2, 60);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	assert_int_equal(n_maps(), 2);
	assert_int_equal(count("copied_bytes"), 0);
	assert_int_equal(count("copied_frames"), 0);
	assert_true(count("direct_frames") >= 61);
	assert_int_equal(count("flips"), 60);
	hide();
	assert_true(maps_go());
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(nothing_is_copied_of_what_a_guest_has_allocated)
{
	see_every_pixel(110, "0");
}

DIRECT(nothing_is_copied_of_what_a_guest_was_supplied_with)
{
	see_every_pixel(111, "1");
}

DIRECT(who_is_not_trusted_gets_copies)
{
	start(false);
	rig_start(&rg, 112);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_int_equal(GET(claimed), XENAV_WAY_COPY);
	assert_seen(1);
	flip_through(2, 5);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	assert_int_equal(n_maps(), 0);
	assert_int_equal(count("direct_frames"), 0);
	assert_true(count("copied_bytes") >= 6 * PIXELS * 4);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(what_cannot_be_lent_is_copied)
{
	start(true);
	rig_start(&rg, 113);
	show();
	machine_order(CALL_SLOT, 113, 0, 1, EMFILE, 0);
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	flip_through(2, 1);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

/* As a process of its own, that can be killed. */
static pid_t fork_consumer(int told)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	consumer = calloc(1, sizeof *consumer);
	consumer->ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT;
	if (xenav_open(&consumer->x, lab.socket, "child", &listener, consumer) < 0)
		_exit(1);
	while (consumer->n_frames == 0) {
		struct pollfd pfd = {.fd = xenav_get_fd(consumer->x), .events = POLLIN};

		poll(&pfd, 1, -1);
		xenav_dispatch(consumer->x);
	}
	if (write(told, &consumer->way, sizeof consumer->way) < 0)
		_exit(1);
	for (;;)
		pause();
}

DIRECT(a_consumer_that_is_killed_and_comes_back_gets_the_picture_again)
{
	uint32_t way = 0;
	int told[2];
	pid_t pid;

	start(true);
	rig_start(&rg, 114);
	show();
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pipe(told), 0);
		pid = fork_consumer(told[1]);
		assert_true(pid > 0);
		assert_int_equal(read(told[0], &way, sizeof way), sizeof way);
		assert_int_equal(way, XENAV_WAY_DIRECT);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(told[0]);
		close(told[1]);
	}
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	flip_through(2, 5);
	assert_int_equal(count("copied_bytes"), 0);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

static bool is_disconnected(void *)
{
	return GET(disconnected) != 0;
}

DIRECT(a_consumer_that_hangs_does_not_keep_a_guest_waiting)
{
	start(true);
	rig_start(&rg, 115);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	let_hang();
	/* Within the time that Linux waits for an answer. */
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	assert_int_equal(fb_detach(&rg.display, FB), 0);
	(void)dbuf_destroy(&rg.display, &dbufs[0]);
	assert_int_equal(rg.guest.late, 0);
	assert_true(lab_log_has(&lab, "does not release memory that its guest wants back"));
	assert_int_equal(fb_detach(&rg.display, FB + 1), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dbufs[1]), 0);
	/* The consumer reads of its end as soon as it runs again. */
	SET(stuck, 0);
	assert_true(guest_run_until(&rg.guest, is_disconnected, NULL, WAIT_MS));
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(a_guest_that_is_killed_is_let_go_of)
{
	start(true);
	rig_start(&rg, 116);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	assert_int_equal(n_maps(), 1);
	assert_fine(rig_destroy(&rg));
	assert_true(maps_go());
	assert_not_parted_from();
	stop_consumer();
}

DIRECT(devices_go_while_their_buffers_are_lent)
{
	start(true);
	for (uint16_t i = 0; i < 3; i++) {
		rig_start(&rg, (uint16_t)(117 + i));
		show();
		start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
		assert_seen(1);
		if (i == 2)
			let_hang();
		rig_stop(&rg);
		if (i < 2) {
			assert_true(maps_go());
			assert_not_parted_from();
		}
		stop_consumer();
	}
}
