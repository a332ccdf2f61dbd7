/* SPDX-License-Identifier: MIT */
/* The service manager of tests/fake keeps descriptors as systemd does. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "count-fds.h"
#include "fake/lab.h"
#include "fake/service.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

static struct lab lab;
static int fds_before;
static int file;

static int setup(void **)
{
	char path[96];

	memset(&lab, 0, sizeof lab);
	snprintf(lab.dir, sizeof lab.dir, "/tmp/xenav-unit-XXXXXX");
	if (!mkdtemp(lab.dir))
		return -1;
	snprintf(lab.socket, sizeof lab.socket, "%s/socket", lab.dir);
	snprintf(path, sizeof path, "%s/notify", lab.dir);
	fds_before = count_fds();
	assert_int_equal(service_start(&lab), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return file < 0 ? -1 : 0;
}

static int teardown(void **)
{
	char path[96];

	close(file);
	service_stop(&lab);
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(count_fds(), fds_before);
	snprintf(path, sizeof path, "%s/notify", lab.dir);
	unlink(path);
	unlink(lab.socket);
	return rmdir(lab.dir);
}

static void store(const char *name, int fd)
{
	char text[64];

	snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
	assert_true(sd_pid_notify_with_fds(0, 0, text, &fd, 1) > 0);
}

static ino_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

TEST(what_is_stored_is_kept_until_it_is_removed)
{
	int fd;

	store("null", file);
	assert_int_equal(service_stored(&lab), 1);
	fd = service_get(&lab, "null");
	assert_true(fd >= 0);
	assert_int_equal(inode_of(fd), inode_of(file));
	close(fd);
	assert_true(sd_notify(0, "FDSTOREREMOVE=1\nFDNAME=null") > 0);
	assert_int_equal(service_get(&lab, "null"), -ENOENT);
}

TEST(the_same_descriptor_is_kept_once)
{
	store("null", file);
	store("other", file);
	assert_int_equal(service_stored(&lab), 1);
}

TEST(a_stopped_unit_has_nothing_left)
{
	store("null", file);
	service_forget(&lab, NULL);
	assert_int_equal(service_stored(&lab), 0);
}

TEST(a_barrier_ends_when_all_before_it_is_taken)
{
	store("null", file);
	assert_true(sd_notify_barrier(0, 10000000) > 0);
	assert_int_equal(service_stored(&lab), 1);
}

TEST(ready_and_status_are_heard)
{
	char text[32];

	assert_false(service_status(&lab, text, sizeof text));
	assert_true(sd_notify(0, "READY=1\nSTATUS=Serving domain 0") > 0);
	assert_true(service_wait_ready(&lab));
	assert_true(service_status(&lab, text, sizeof text));
	assert_string_equal(text, "Serving domain 0");
}

/* What the next process finds: 0 if all is as it should be. */
static int look(void)
{
	char **names = NULL;
	bool seen[4] = {0};
	int n = sd_listen_fds_with_names(1, &names);

	if (n != 4 || strcmp(names[0], "socket") != 0 || !sd_is_socket(3, AF_UNIX, 0, 1))
		return 1;
	for (int i = 1; i < n; i++) {
		int which = names[i][0] - 'a';

		if (which < 0 || which > 2 || strlen(names[i]) != 1 || fcntl(3 + i, F_GETFD) < 0)
			return 2;
		seen[which] = true;
	}
	return seen[0] && seen[1] && seen[2] ? 0 : 3;
}

TEST(the_next_process_finds_all_of_it_by_name)
{
	int pipes[2];
	int status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	store("a", file);
	assert_int_equal(service_put(&lab, "b", pipes[0]), 0);
	assert_int_equal(service_put(&lab, "c", pipes[1]), 0);
	assert_int_equal(service_listen(&lab), 0);
	service_before_start(&lab);
	pid = fork();
	if (pid == 0) {
		service_in_child(&lab);
		_exit(look());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(pipes[0]);
	close(pipes[1]);
}
