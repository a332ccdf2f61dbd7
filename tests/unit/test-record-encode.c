/* SPDX-License-Identifier: MIT */
/*
 * xenav-record itself: pictures that take long cost no sound, and are written in the end.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <png.h>

#include "hold.h"
#include "record-guest.h"

/* 7 MiB of noise, which take many turns to copy and to encode. */
#define W          1536
#define H          1200
#define SIZE       (W * H * 4)
#define CONNECTORS 4
#define FIRST_ID   10u

static unsigned char *noise(int *fd)
{
	unsigned char *pixels;
	uint64_t word = 1;

	*fd = fake_memfd(SIZE);
	pixels = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	assert_true(pixels != MAP_FAILED);
	for (size_t i = 0; i < SIZE; i += sizeof word) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		memcpy(pixels + i, &word, sizeof word);
	}
	return pixels;
}

static void picture_name(char name[64], uint32_t id)
{
	snprintf(name, 64, "display+guest+c%u.png", id);
}

/* -------- the encoder -------- */

static bool sleeps(pid_t pid, pid_t tid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	fclose(file);
	return state == 'S';
}

/* All threads but the program's first: the encoder, and what a sanitizer brings. */
static pid_t held[8];
static unsigned n_held;

/* The thread has nothing to do yet: it holds no lock once it sleeps. */
static void hold(pid_t pid, pid_t tid)
{
	while (!sleeps(pid, tid))
		usleep(1000);
	hold_thread(tid);
	assert_true(n_held < sizeof held / sizeof held[0]);
	held[n_held++] = tid;
}

/* Pictures wait for as long as the test wants. */
static void hold_encoder(const struct run *t)
{
	const struct dirent *entry;
	char path[64];
	DIR *dir;

	n_held = 0;
	snprintf(path, sizeof path, "/proc/%d/task", (int)t->pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (atoi(entry->d_name) > 0 && atoi(entry->d_name) != t->pid)
			hold(t->pid, (pid_t)atoi(entry->d_name));
	closedir(dir);
	assert_true(n_held > 0);
}

static void let_encoder_run(void)
{
	while (n_held > 0)
		assert_return_code(ptrace(PTRACE_DETACH, held[--n_held], NULL, NULL), errno);
}

/* The program has ended: so that its first thread can be waited for, its tracer takes the others.
 */
static void take_encoder(void)
{
	while (n_held > 0)
		waitpid(held[--n_held], NULL, __WALL);
}

/* -------- pictures -------- */

/* Show one frame of a new connector, without waiting for its picture. */
static void show(struct run *t, uint32_t id, int fd)
{
	char unique_id[16];

	snprintf(unique_id, sizeof unique_id, "c%u", id);
	fake_connector_added(t->sock, id, unique_id);
	do
		fake_next(t->sock, &t->msg);
	while (t->msg.h.opcode != XENAV_OP_CLAIM);
	fake_claimed(t->sock, id);
	fake_buffer(t->sock, id, 0, SIZE, fd);
	fake_frame(t->sock, id, 1, 0, W, H, W * 4, "XR24");
}

static void await_done(struct run *t, uint32_t id)
{
	do
		fake_next(t->sock, &t->msg);
	while (t->msg.h.opcode != XENAV_OP_FRAME_DONE || t->msg.h.object != id);
}

/* Remove the connector, and add a stream of another guest: the next message from xenav-record is
 * about this stream. */
static void add_stream(struct run *t)
{
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "front");
	do
		fake_next(t->sock, &t->msg);
	while (t->msg.h.opcode != XENAV_OP_CLAIM);
	fake_claimed(t->sock, 1);
}

static bool exists(struct run *t, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", t->out, name);
	return access(path, F_OK) == 0;
}

static void expect_picture(struct run *t, uint32_t id, const unsigned char *pixels)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	unsigned char *rgb = malloc((size_t)W * H * 3);
	char path[256], name[64];

	picture_name(name, id);
	snprintf(path, sizeof path, "%s/%s", t->out, name);
	assert_true(png_image_begin_read_from_file(&image, path));
	assert_int_equal(image.width, W);
	assert_int_equal(image.height, H);
	assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	for (size_t i = 0; i < (size_t)W * H; i++)
		if (rgb[i * 3] != pixels[i * 4 + 2] || rgb[i * 3 + 2] != pixels[i * 4])
			fail_msg("pixel %zu of %s", i, name);
	free(rgb);
}

/* The guest is destroyed before any of its pictures is a file, and another guest plays on. */
RUN_TEST(pictures_of_a_guest_that_goes_cost_no_sound)
{
	struct run *t = *state;
	unsigned char *pixels;
	char first[64];
	struct guest g;
	int fd;

	pixels = noise(&fd);
	run_begin(t, "--refresh=0", NULL, NULL, NULL);
	hold_encoder(t);
	for (uint32_t i = 0; i < CONNECTORS; i++)
		show(t, FIRST_ID + i, fd);
	await_done(t, FIRST_ID + CONNECTORS - 1);
	for (uint32_t i = 0; i < CONNECTORS; i++)
		fake_plain(t->sock, XENAV_OP_REMOVED, FIRST_ID + i);
	add_stream(t);
	guest_open(t, &g, 1, 1);
	guest_play(t, &g);
	fake_closed(t->sock, 1, 1);
	/* Everything came before a picture was written. */
	picture_name(first, FIRST_ID);
	assert_false(exists(t, first));
	let_encoder_run();
	run_stop(t);
	guest_expect_wav(t, "sound+guest+front.wav", &g, g.frames);
	for (uint32_t i = 0; i < CONNECTORS; i++)
		expect_picture(t, FIRST_ID + i, pixels);
	assert_true(run_said(t, "display+guest+c13: ended frames=1 file=display+guest+c13.png\n"));
	guest_free(&g);
	munmap(pixels, SIZE);
	close(fd);
}

/* FRAME_DONE comes once the frame is copied, and not before. */
RUN_TEST(the_last_frame_is_kept_however_soon_the_guest_ends)
{
	struct run *t = *state;
	unsigned char *pixels;
	int fd;

	pixels = noise(&fd);
	run_begin(t, "--refresh=10", NULL, NULL, NULL);
	show(t, FIRST_ID, fd);
	fake_plain(t->sock, XENAV_OP_REMOVED, FIRST_ID);
	show(t, FIRST_ID + 1, fd);
	run_stop(t);
	expect_picture(t, FIRST_ID, pixels);
	expect_picture(t, FIRST_ID + 1, pixels);
	munmap(pixels, SIZE);
	close(fd);
}

RUN_TEST(a_guest_that_comes_and_goes_leaves_a_bounded_number_of_copies)
{
	struct run *t = *state;
	unsigned char *pixels;
	int fd;

	pixels = noise(&fd);
	run_begin(t, "--refresh=0", NULL, NULL, NULL);
	hold_encoder(t);
	for (uint32_t id = FIRST_ID; !run_said(t, "frames are left out"); id++) {
		assert_true(id < FIRST_ID + 100);
		show(t, id, fd);
		fake_plain(t->sock, XENAV_OP_REMOVED, id);
	}
	kill(t->pid, SIGKILL);
	take_encoder();
	munmap(pixels, SIZE);
	close(fd);
}

RUN_TEST(a_second_signal_ends_it_at_once)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	struct run *t = *state;
	unsigned char *pixels;
	int fd, status;

	pixels = noise(&fd);
	run_begin(t, "--refresh=0", NULL, NULL, NULL);
	hold_encoder(t);
	for (uint32_t i = 0; i < CONNECTORS; i++)
		show(t, FIRST_ID + i, fd);
	await_done(t, FIRST_ID + CONNECTORS - 1);
	do {
		kill(t->pid, SIGTERM);
		nanosleep(&pause, NULL);
	} while (waitpid(held[0], NULL, WNOHANG | __WALL) == 0);
	take_encoder();
	assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
	t->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(run_said(t, "not all pictures are written"));
	munmap(pixels, SIZE);
	close(fd);
}

static unsigned int temporary_files(struct run *t)
{
	const struct dirent *entry;
	unsigned int n = 0;
	DIR *dir = opendir(t->out);

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] == '.' && strlen(entry->d_name) > 2;
	closedir(dir);
	return n;
}

/* Sound goes on while there is room for it, and then unrecorded. */
RUN_TEST(a_full_disk_costs_the_rest_and_one_warning)
{
	struct run *t = *state;
	unsigned char *pixels;
	struct guest g;
	char name[64];
	int fd;

	pixels = noise(&fd);
	t->file_max_bytes = 20000;
	run_begin(t, "--refresh=0", NULL, NULL, NULL);
	show(t, FIRST_ID, fd);
	for (uint64_t serial = 2; serial < 8; serial++) {
		await_done(t, FIRST_ID);
		fake_frame(t->sock, FIRST_ID, serial, 0, W, 16, W * 4, "XR24");
	}
	await_done(t, FIRST_ID);
	fake_plain(t->sock, XENAV_OP_REMOVED, FIRST_ID);
	add_stream(t);
	guest_open(t, &g, 1, 1);
	guest_play(t, &g);
	fake_closed(t->sock, 1, 1);
	run_stop(t);
	picture_name(name, FIRST_ID);
	assert_false(exists(t, name));
	assert_int_equal(temporary_files(t), 0);
	assert_int_equal(run_times_said(t, "cannot write display+guest+c10.png: File too large"),
			 1);
	assert_int_equal(run_times_said(t, "cannot write sound+guest+front.wav"), 1);
	guest_free(&g);
	munmap(pixels, SIZE);
	close(fd);
}
