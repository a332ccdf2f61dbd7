/* SPDX-License-Identifier: MIT */
/* One more user may open a file, and then no more. */
#include <config.h>

#include <acl/libacl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/acl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/access.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)
#define OURS       61234u
#define OTHER      61235u

static char path[] = "/tmp/xenavd-access-XXXXXX";
static const char *const paths[] = {"/nonexistent/file", path, NULL};

static int setup(void **)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return chmod(path, 0640);
}

static int teardown(void **)
{
	return unlink(path);
}

static void assert_list_is(const char *text)
{
	acl_t acl = acl_get_file(path, ACL_TYPE_ACCESS);
	char *got;

	assert_non_null(acl);
	got = acl_to_any_text(acl, NULL, ',', TEXT_NUMERIC_IDS | TEXT_ABBREVIATE);
	assert_string_equal(got, text);
	acl_free(got);
	acl_free(acl);
}

static void need_lists(void)
{
	if (access_grant(paths, OURS) < 0)
		skip();
}

TEST(a_user_who_was_let_in_has_an_entry)
{
	need_lists();
	assert_list_is("u::rw-,u:61234:rw-,g::r--,m::rw-,o::---");
	assert_int_equal(access_grant(paths, OURS), 0);
	assert_list_is("u::rw-,u:61234:rw-,g::r--,m::rw-,o::---");
}

TEST(when_the_user_is_let_in_no_more_only_the_mode_is_left)
{
	struct stat st;

	need_lists();
	assert_int_equal(access_revoke(paths, OURS), 0);
	assert_list_is("u::rw-,g::r--,o::---");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

TEST(others_keep_what_they_have)
{
	need_lists();
	assert_int_equal(access_grant(paths, OTHER), 0);
	assert_int_equal(access_revoke(paths, OURS), 0);
	assert_list_is("u::rw-,u:61235:rw-,g::r--,m::rw-,o::---");
	assert_int_equal(access_revoke(paths, OURS), 0);
	assert_list_is("u::rw-,u:61235:rw-,g::r--,m::rw-,o::---");
}

TEST(a_file_that_is_not_there_is_no_fault)
{
	static const char *const none[] = {"/nonexistent/file", NULL};

	assert_int_equal(access_grant(none, OURS), 0);
	assert_int_equal(access_revoke(none, OURS), 0);
}
