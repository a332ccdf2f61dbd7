/* SPDX-License-Identifier: MIT */
/*
 * xenav-record itself: its options, its selection of objects, and a daemon that is not there.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "record-guest.h"

RUN_TEST(only_selected_objects_are_claimed)
{
	struct run *t = *state;

	run_begin(t, "--domain", "7", "--unique-id", "b");
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "a");
	fake_connector_added(t->sock, 2, "a");
	fake_connector_added(t->sock, 3, "b");
	run_claim(t, 3);
	fake_stream_added(t->sock, 4, XENAV_PLAYBACK, "c");
	fake_stream_added(t->sock, 5, XENAV_PLAYBACK, "b");
	fake_expect(t->sock, &t->msg, XENAV_OP_FRAME_READY, 3);
	run_claim(t, 5);
	run_stop(t);
	close(t->sock);
	run_begin(t, "--domain", "guest", "--device", "1");
	fake_connector_added(t->sock, 2, "a");
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "a");
	run_claim(t, 1);
	run_stop(t);
	close(t->sock);
	run_begin(t, "--domain", "gues", NULL, NULL);
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "a");
	/* It reads all messages, and sends none. */
	assert_int_equal(shutdown(t->sock, SHUT_WR), 0);
	run_expect_exit(t, 1);
	assert_int_equal(recv(t->sock, &t->msg, sizeof t->msg, 0), 0);
}

RUN_TEST(a_busy_object_is_claimed_again_later)
{
	struct run *t = *state;

	run_begin(t, NULL, NULL, NULL, NULL);
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "front");
	fake_connector_added(t->sock, 2, "c");
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, 1);
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, 2);
	fake_error(t->sock, 1, XENAV_OP_CLAIM, -EBUSY);
	fake_error(t->sock, 2, XENAV_OP_CLAIM, -EACCES);
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, 1);
	fake_error(t->sock, 1, XENAV_OP_CLAIM, -EBUSY);
	run_claim(t, 1);
	run_stop(t);
	assert_true(run_said(t, "Cannot claim sound+guest+front: Device or resource busy\n"));
	assert_true(run_said(t, "Cannot claim display+guest+c: Permission denied\n"));
}

RUN_TEST(a_lost_daemon_ends_the_program_with_whole_files)
{
	struct run *t = *state;
	struct guest g;

	run_begin(t, NULL, NULL, NULL, NULL);
	run_add_front(t);
	guest_open(t, &g, 1, 1);
	guest_write(t, &g, 700);
	close(t->sock);
	t->sock = -1;
	run_expect_exit(t, 1);
	assert_true(run_said(t, ": Broken pipe\n"));
	guest_expect_wav(t, "sound+guest+front.wav", &g, 700);
	guest_free(&g);
	/* No daemon listens. */
	close(t->listener);
	run_start(t, NULL, NULL, NULL, NULL);
	run_expect_exit(t, 1);
	assert_true(run_said(t, "Cannot connect to xenavd at /tmp/"));
	t->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

RUN_TEST(with_reconnect_the_program_comes_back)
{
	struct run *t = *state;
	struct guest g;

	run_start(t, "--reconnect", NULL, NULL, NULL);
	for (unsigned int i = 1; i <= 3; i++) {
		run_greet(t);
		run_add_front(t);
		guest_open(t, &g, 1, 1);
		guest_write(t, &g, 100);
		fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
		run_position(t, 1);
		close(t->sock);
		t->sock = -1;
		if (i < 3)
			guest_free(&g);
	}
	run_greet(t);
	run_stop(t);
	guest_expect_wav(t, "sound+guest+front+3.wav", &g, 100);
	guest_free(&g);
}

RUN_TEST(a_terminal_that_goes_ends_the_recording_with_whole_files)
{
	struct run *t = *state;
	struct guest g;

	run_begin(t, NULL, NULL, NULL, NULL);
	run_add_front(t);
	guest_open(t, &g, 1, 1);
	guest_write(t, &g, 300);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	run_position(t, 1);
	assert_int_equal(kill(t->pid, SIGHUP), 0);
	run_expect_exit(t, 0);
	guest_expect_wav(t, "sound+guest+front.wav", &g, 300);
	guest_free(&g);
}

RUN_TEST(wrong_options_are_refused)
{
	static const char *const wrong[][2] = {
		{"--frames", "some"},
		{"--frames", "every=0"},
		{"--frames", "every=-1"},
		{"--device", "x"},
		{"--device", "-1"},
		{"argument", NULL},
		{"--nonsense", NULL},
		{"--feed", NULL},
		{"--refresh", "x"},
		{"--refresh", "-1"},
		{"--refresh", "61"},
		{"--mode", "700"},
		{"--mode", "060"},
		{"--mode", "0"},
		{"--mode", "x"},
		{"--mode", "0608"},
		{"--max-files", "x"},
		{"--max-files", "-1"},
		{"--max-bytes", "x"},
		{"--max-bytes", "1X"},
		{"--max-bytes", "K"},
		{"--max-bytes", ""},
		{"--max-bytes", "8388608T"},
	};
	struct run *t = *state;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		run_start(t, wrong[i][0], wrong[i][1], NULL, NULL);
		run_expect_exit(t, 2);
	}
	run_start(t, "--feed", "/nowhere", NULL, NULL);
	run_expect_exit(t, 1);
	assert_true(run_said(t, "Cannot read /nowhere: No such file"));
	run_start(t, "--version", NULL, NULL, NULL);
	run_expect_exit(t, 0);
	run_start(t, "--help", NULL, NULL, NULL);
	run_expect_exit(t, 0);
}
