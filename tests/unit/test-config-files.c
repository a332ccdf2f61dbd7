/* SPDX-License-Identifier: MIT */
/* The files in xenavd.conf.d, which add to the configuration file. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, make_folder, remove_folder)

static struct config config;
static char error[512];
static char top[] = "/tmp/xenavd-config-XXXXXX";
static char path[64], folder[64];

static int make_folder(void **)
{
	strcpy(top, "/tmp/xenavd-config-XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(path, sizeof path, "%s/x.conf", top);
	snprintf(folder, sizeof folder, "%s/x.conf.d", top);
	config_defaults(&config);
	return mkdir(folder, 0700);
}

/* Tests remove the files that they have added. */
static int remove_folder(void **)
{
	config_finish(&config);
	unlink(path);
	return rmdir(folder) < 0 ? -1 : rmdir(top);
}

static void write_file(const char *name, const char *content)
{
	char whole[128];
	FILE *file;

	snprintf(whole, sizeof whole, "%s/%s", top, name);
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(content, file);
	assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *name)
{
	char whole[128];

	snprintf(whole, sizeof whole, "%s/%s", top, name);
	assert_int_equal(unlink(whole), 0);
}

static int read_all(void)
{
	const int rc = config_read(&config, path, error, sizeof error);

	return rc < 0 ? rc : config_read_more(&config, path, error, sizeof error);
}

TEST(files_beside_it_override_keys_and_their_sections_apply_first)
{
	const struct guest_rule *rule;

	write_file("x.conf", "[daemon]\nlog-level = warn\nsocket = /a\n[guest *]\nstreams = 1\n");
	write_file("x.conf.d/20-b.conf", "[daemon]\nlog-level = debug\n[guest b]\n");
	write_file("x.conf.d/10-a.conf", "[daemon]\nlog-level = err\n[guest a]\n");
	write_file("x.conf.d/ignored", "nonsense");
	assert_int_equal(read_all(), 0);
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
	assert_string_equal(config.socket_path, "/a");
	rule = STAILQ_FIRST(&config.policy.guests);
	assert_string_equal(rule->who, "a");
	rule = STAILQ_NEXT(rule, link);
	assert_string_equal(rule->who, "b");
	rule = STAILQ_NEXT(rule, link);
	assert_string_equal(rule->who, "*");
	assert_null(STAILQ_NEXT(rule, link));
	remove_file("x.conf.d/10-a.conf");
	remove_file("x.conf.d/20-b.conf");
	remove_file("x.conf.d/ignored");
}

TEST(a_mistake_in_a_file_beside_it_names_that_file)
{
	char wanted[160];

	write_file("x.conf", "[guest *]\n");
	assert_int_equal(read_all(), 0);
	write_file("x.conf.d/a.conf", "[daemon]\nnonsense = 1\n");
	assert_int_equal(config_read_more(&config, path, error, sizeof error), -EINVAL);
	snprintf(wanted, sizeof wanted, "%s/a.conf:2: Unknown key", folder);
	assert_memory_equal(error, wanted, strlen(wanted));
	remove_file("x.conf.d/a.conf");
}

static uint64_t whom_of(unsigned place)
{
	const struct consumer_rule *rule = STAILQ_FIRST(&config.policy.consumers);

	while (place-- > 0)
		rule = STAILQ_NEXT(rule, link);
	return consumer_rule_whom(rule);
}

/* Accounts are kept by it. */
TEST(a_section_is_the_same_when_the_files_are_read_again)
{
	uint64_t five, group;

	write_file("x.conf", "[consumer user 5]\n[consumer group 5]\n");
	assert_int_equal(read_all(), 0);
	five = whom_of(0);
	group = whom_of(1);
	assert_true(five != group);
	policy_finish(&config.policy);
	policy_init(&config.policy);
	write_file("x.conf.d/a.conf", "[consumer user 6]\n");
	assert_int_equal(read_all(), 0);
	assert_true(whom_of(0) != five && whom_of(0) != group);
	assert_true(whom_of(1) == five);
	assert_true(whom_of(2) == group);
	remove_file("x.conf.d/a.conf");
}

TEST(a_folder_that_cannot_be_read_is_a_mistake_and_none_at_all_is_not)
{
	write_file("x.conf", "[daemon]\nlog-level = warn\n");
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(read_all(), 0);
	/* Root may read any folder, but not find the end of this link. */
	assert_int_equal(symlink(folder, folder), 0);
	assert_int_equal(read_all(), -EIO);
	assert_non_null(strstr(error, folder));
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
}

int main(void)
{
	return test_run(NULL, NULL);
}
