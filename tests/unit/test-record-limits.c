/* SPDX-License-Identifier: MIT */
/*
 * xenav-record itself: the disk space of each guest is limited, and recordings belong to their
 * owner.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record-guest.h"
#include "wire/wire.h"

/* Announce a stream of a second guest. */
static void add_other(struct run *t, uint32_t id)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STREAM_ADDED, id);
	msg.stream_added.domid = 8;
	strcpy(msg.stream_added.domain_name, "other");
	strcpy(msg.stream_added.unique_id, "front");
	fake_send(t->sock, &msg, -1);
}

static mode_t mode_of(struct run *t, const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", t->out, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void show_one(struct run *t)
{
	int fd = fake_memfd(4096);

	fake_connector_added(t->sock, 2, "c");
	run_claim(t, 2);
	fake_buffer(t->sock, 2, 0, 4096, fd);
	close(fd);
	fake_frame(t->sock, 2, 1, 0, 16, 16, 64, "XR24");
	do
		fake_next(t->sock, &t->msg);
	while (t->msg.h.opcode != XENAV_OP_FRAME_DONE);
}

static void expect_modes(void **state, const char *option, mode_t file, mode_t folder)
{
	struct run *t = *state;
	struct guest g;

	run_begin(t, "--refresh=0", option, NULL, NULL);
	run_add_front(t);
	guest_open(t, &g, 1, 1);
	show_one(t);
	run_stop(t);
	assert_int_equal(mode_of(t, "sound+guest+front.wav"), file);
	assert_int_equal(mode_of(t, "display+guest+c.png"), file);
	assert_int_equal(mode_of(t, "."), folder);
	guest_free(&g);
}

RUN_TEST(recordings_belong_to_their_owner)
{
	expect_modes(state, NULL, 0600, 0700);
}

RUN_TEST(the_mode_lets_others_read_files)
{
	expect_modes(state, "--mode=0644", 0644, 0755);
}

/* The guest goes on, and the files of both guests hold the samples played. */
RUN_TEST(a_guest_at_its_limit_of_bytes_goes_on_unrecorded)
{
	struct run *t = *state;
	struct guest g, o;

	run_begin(t, "--max-bytes=21K", NULL, NULL, NULL);
	run_add_front(t);
	add_other(t, 2);
	run_claim(t, 2);
	guest_open(t, &g, 1, 1);
	guest_play(t, &g);
	guest_open(t, &o, 2, 1);
	guest_write(t, &o, GUEST_BUFFER_FRAMES);
	fake_closed(t->sock, 2, 1);
	fake_closed(t->sock, 1, 1);
	run_stop(t);
	/* 128 for the header, 8192 for the first buffer, and 32 times 400. */
	guest_expect_wav(t, "sound+guest+front.wav", &g, GUEST_BUFFER_FRAMES + 32 * 100);
	guest_expect_wav(t, "sound+other+front.wav", &o, GUEST_BUFFER_FRAMES);
	assert_int_equal(run_times_said(t, "(--max-bytes)"), 1);
	assert_true(run_said(t, "xenav-record: Guest guest has 21120 of 21504 bytes, what does not "
				"fit is not recorded (--max-bytes)\n"));
	guest_free(&g);
	guest_free(&o);
}

RUN_TEST(a_guest_at_its_limit_of_files_gets_no_more)
{
	struct run *t = *state;
	struct guest g;

	run_begin(t, "--max-files=3", "--refresh=0", NULL, NULL);
	run_add_front(t);
	for (uint32_t generation = 1; generation <= 6; generation++) {
		guest_open(t, &g, 1, generation);
		fake_closed(t->sock, 1, generation);
		guest_free(&g);
	}
	add_other(t, 3);
	run_claim(t, 3);
	guest_open(t, &g, 3, 1);
	guest_write(t, &g, 100);
	show_one(t);
	run_stop(t);
	guest_expect_wav(t, "sound+other+front.wav", &g, 100);
	guest_free(&g);
	assert_int_equal(mode_of(t, "sound+guest+front+3.wav"), 0600);
	assert_int_equal(run_times_said(t, "file=sound+guest+front"), 3);
	assert_int_equal(run_times_said(t, "file="), 4);
	assert_int_equal(run_times_said(t,
					"Guest guest has 3 files, nothing more of it is recorded "
					"(--max-files)"),
			 1);
}
