/* SPDX-License-Identifier: MIT */
/*
 * The example of libxenshbuf, a program of its own on the fake machine: it reads a buffer that this
 * program shares as a guest.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count-fds.h"
#include "fake/machine.h"
#include "test.h"
#include "xenshbuf.h"

#define GUEST      3
#define SIZE_BYTES (2025u * 4096u) /* a frame of 1920x1080, which needs two directory pages */

static char dir[64];
static struct xenshbuf_front *front;
static int fds_before;

static const char *built(const char *name)
{
	static char path[512];
	const char *top = getenv("top_builddir");

	snprintf(path, sizeof path, "%s/%s", top ? top : ".", name);
	return path;
}

static int setup(void **)
{
	unsigned char *data;

	fds_before = count_fds();
	snprintf(dir, sizeof dir, "/tmp/xenav-unit-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(machine_create(dir), 0);
	assert_int_equal(machine_domain_create(GUEST), 0);
	machine->alloc_limit = 200000;
	assert_int_equal(setenv(MACHINE_DOMID_ENV, "3", 1), 0);
	assert_int_equal(xenshbuf_front_alloc(&front, 0, SIZE_BYTES, 0), 0);
	data = xenshbuf_front_data(front);
	for (uint32_t i = 0; i < SIZE_BYTES; i++)
		data[i] = (unsigned char)(i ^ i >> 12);
	return 0;
}

static int teardown(void **)
{
	char command[96];

	assert_int_equal(xenshbuf_front_free(front), 0);
	assert_int_equal(machine->n_alloc, 0);
	machine_detach();
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

static void become_example(const char *size)
{
	char gref[16];

	snprintf(gref, sizeof gref, "%u", xenshbuf_front_dir_start(front));
	setenv("LD_PRELOAD", built("tests/fake/.libs/libfakexen.so"), 1);
	setenv(MACHINE_ENV, dir, 1);
	setenv(MACHINE_DOMID_ENV, "0", 1);
	/* As in the lab: the fake does not mind which of them comes first. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	execl(built("lib/examples/shbuf-map"), "shbuf-map", "3", gref, size, (char *)NULL);
	_exit(127);
}

/* What the example writes, at most size bytes of it, and its status. */
static size_t run_example(const char *size, unsigned char *out, size_t out_bytes, int *status)
{
	size_t n = 0;
	int pipes[2];
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		close(pipes[1]);
		become_example(size);
	}
	close(pipes[1]);
	while (n < out_bytes && (got = read(pipes[0], out + n, out_bytes - n)) > 0)
		n += (size_t)got;
	close(pipes[0]);
	assert_int_equal(waitpid(pid, status, 0), pid);
	return n;
}

TEST_WITH(the_example_writes_the_buffer_of_a_guest, setup, teardown)
{
	unsigned char *out = malloc(SIZE_BYTES + 1);
	char size[16];
	int status;

	assert_non_null(out);
	snprintf(size, sizeof size, "%u", SIZE_BYTES);
	assert_int_equal(run_example(size, out, SIZE_BYTES + 1, &status), SIZE_BYTES);
	assert_int_equal(status, 0);
	assert_memory_equal(out, xenshbuf_front_data(front), SIZE_BYTES);
	free(out);
}

TEST_WITH(the_example_refuses_what_is_too_large_or_no_number, setup, teardown)
{
	unsigned char byte;
	int status;

	assert_int_equal(run_example("67108865", &byte, 1, &status), 0);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_int_equal(run_example("4096x", &byte, 1, &status), 0);
	assert_int_equal(WEXITSTATUS(status), 64);
}
