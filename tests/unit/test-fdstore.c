/* SPDX-License-Identifier: MIT */
/* Descriptors that come back after a restart, and strangers' that are closed. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "count-fds.h"
#include "fdstore-rig.h"
#include "service/fdstore.h"
#include "service/notify.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, fdstore_rig_setup, fdstore_rig_teardown)

static int a_file(char content)
{
	int fd = memfd_create("kept", MFD_CLOEXEC);

	assert_int_equal(write(fd, &content, 1), 1);
	return fd;
}

static char content_of(int fd)
{
	char content = 0;

	assert_int_equal(pread(fd, &content, 1, 0), 1);
	return content;
}

TEST(what_was_put_comes_back_by_its_name)
{
	int a = a_file('a');
	int b = a_file('b');

	assert_true(fdstore_works());
	assert_int_equal(fdstore_put("file-a", a), 0);
	assert_int_equal(fdstore_put("file-b", b), 0);
	close(a);
	close(b);
	for (int i = 0; i < 3; i++) {
		fdstore_rig_restart();
		a = fdstore_take("file-a");
		b = fdstore_take("file-b");
		assert_int_equal(content_of(a), 'a');
		assert_int_equal(content_of(b), 'b');
		assert_true(fcntl(a, F_GETFD) & FD_CLOEXEC);
		assert_int_equal(fdstore_take("file-a"), -ENOENT);
		close(a);
		close(b);
		fdstore_finish();
		assert_int_equal(fdstore_rig_count(NULL), 2);
	}
}

TEST(two_of_one_name_come_back_both)
{
	int fd = a_file('x');

	fdstore_put("twin", fd);
	fdstore_put("twin", fd);
	close(fd);
	fdstore_rig_restart();
	fd = fdstore_take("twin");
	assert_true(fd >= 0);
	close(fd);
	fd = fdstore_take("twin");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(fdstore_take("twin"), -ENOENT);
}

TEST(what_was_removed_does_not_come_back)
{
	int fd = a_file('x');

	fdstore_put("gone", fd);
	fdstore_put("here", fd);
	close(fd);
	fdstore_remove("gone");
	fdstore_rig_restart();
	assert_int_equal(fdstore_take("gone"), -ENOENT);
	fd = fdstore_take("here");
	assert_true(fd >= 0);
	close(fd);
}

TEST(what_nobody_takes_is_closed_and_leaves_the_store)
{
	const int before = count_fds();
	int fd = a_file('x');

	fdstore_rig_put("stranger", fd);
	fdstore_rig_put("another-1", fd);
	close(fd);
	fdstore_rig_restart();
	fdstore_finish();
	assert_int_equal(fdstore_rig_count(NULL), 0);
	assert_int_equal(count_fds(), before);
}

TEST(what_is_used_stays_when_a_stranger_has_its_name)
{
	int fd = a_file('x');

	fdstore_put("mine", fd);
	fdstore_rig_put("mine", fd);
	close(fd);
	fdstore_rig_restart();
	fd = fdstore_take("mine");
	fdstore_finish();
	assert_int_equal(fdstore_rig_count("mine"), 2);
	close(fd);
}

TEST(a_name_that_could_say_more_is_refused)
{
	int fd = a_file('x');

	assert_int_equal(fdstore_put("a\nFDSTOREREMOVE=1", fd), -EINVAL);
	assert_int_equal(fdstore_put("", fd), -EINVAL);
	assert_int_equal(fdstore_put("A", fd), -EINVAL);
	assert_int_equal(fdstore_rig_count(NULL), 0);
	close(fd);
}

TEST_ALONE(without_a_service_manager_nothing_is_kept)
{
	int fd = a_file('x');

	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(fdstore_start(), 0);
	assert_false(fdstore_works());
	assert_int_equal(fdstore_put("file", fd), -ENOTSUP);
	fdstore_remove("file");
	assert_int_equal(fdstore_take("file"), -ENOENT);
	fdstore_finish();
	close(fd);
}

TEST_ALONE(a_service_manager_whose_store_is_empty_for_good_keeps_nothing)
{
	setenv("NOTIFY_SOCKET", "@nowhere", 1);
	setenv("FDSTORE", "0", 1);
	assert_int_equal(notify_start(), 0);
	assert_int_equal(fdstore_start(), 0);
	assert_false(fdstore_works());
	notify_stop();
	unsetenv("FDSTORE");
	unsetenv("NOTIFY_SOCKET");
}
