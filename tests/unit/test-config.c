/* SPDX-License-Identifier: MIT */
/* The configuration file: what it may say, and what is said of its mistakes. */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "xenav-proto.h"

#define TEST(name) cmocka_unit_test(name)

static struct config config;
static char error[512];
static char path[] = "/tmp/xenavd-config-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	return unlink(path);
}

static int read_text(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	config_defaults(&config);
	error[0] = '\0';
	return config_read(&config, path, error, sizeof error);
}

/* Reading fails, with exactly this after the file's name. */
static void assert_wrong(const char *text, const char *complaint)
{
	assert_int_equal(read_text(text), -EINVAL);
	if (strncmp(error, path, strlen(path)) != 0 || strcmp(error + strlen(path), complaint) != 0)
		fail_msg("\"%s\" instead of \"%s\"", error, complaint);
}

static void what_the_file_does_not_say_keeps_its_default(void **state)
{
	assert_int_equal(read_text("# nothing\n\n[daemon]\n"), 0);
	assert_string_equal(config.socket_path, XENAV_DEFAULT_SOCKET);
	assert_string_equal(config.socket_group, "");
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
	assert_int_equal(read_text(""), 0);
}

static void every_key_is_read(void **state)
{
	assert_int_equal(read_text("; a comment\n[daemon]\nsocket = /tmp/s\ngroup=audio\n"
				   "log-level = debug ; not all the time\n"),
			 0);
	assert_string_equal(config.socket_path, "/tmp/s");
	assert_string_equal(config.socket_group, "audio");
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
}

static void an_indented_line_is_a_line_of_its_own(void **state)
{
	assert_int_equal(read_text("[daemon]\ngroup = audio\n  log-level = debug\n"), 0);
	assert_string_equal(config.socket_group, "audio");
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
}

static void unknown_keys_and_sections_are_errors_with_their_line(void **state)
{
	assert_wrong("[daemon]\n\nsocket = /s\nsokcet = /s\n",
		     ":4: Unknown key \"sokcet\" in section [daemon]");
	assert_wrong("# one\n[deamon]\nsocket = /s\n",
		     ":3: Unknown key \"socket\" in section [deamon]");
	assert_wrong("socket = /s\n", ":1: Unknown key \"socket\" in section []");
	assert_wrong("[daemon]\nSocket = /s\n", ":2: Unknown key \"Socket\" in section [daemon]");
}

static void bad_values_are_errors_that_say_what_is_wanted(void **state)
{
	char text[256];

	assert_wrong("[daemon]\nlog-level = loud\n",
		     ":2: \"log-level\" takes err, warn, info or debug");
	assert_wrong("[daemon]\nsocket = run/s\n",
		     ":2: \"socket\" takes an absolute path of at most 107 characters");
	assert_wrong("[daemon]\nsocket =\n",
		     ":2: \"socket\" takes an absolute path of at most 107 characters");
	snprintf(text, sizeof text, "[daemon]\nsocket = /%0107d\n", 0);
	assert_wrong(text, ":2: \"socket\" takes an absolute path of at most 107 characters");
	snprintf(text, sizeof text, "[daemon]\nsocket = /%0106d\n", 0);
	assert_int_equal(read_text(text), 0);
	snprintf(text, sizeof text, "[daemon]\ngroup = %064d\n", 0);
	assert_wrong(text, ":2: \"group\" takes the name of a group");
}

static void the_first_mistake_is_the_one_reported(void **state)
{
	assert_wrong("[daemon]\nfirst = 1\nsecond = 2\nnothing\n",
		     ":2: Unknown key \"first\" in section [daemon]");
}

static void a_line_that_is_none_is_an_error(void **state)
{
	assert_wrong("[daemon]\nlog-level\n", ":2: Not a line of an ini file");
	assert_wrong("[daemon\n", ":1: Not a line of an ini file");
}

static void long_comments_are_fine_and_long_lines_are_not_cut_in_two(void **state)
{
	char text[2048];

	snprintf(text, sizeof text, "# %0500d\n[daemon]\n  ; %0900d\nlog-level = warn\n", 0, 0);
	assert_int_equal(read_text(text), 0);
	assert_int_equal(config.log_level, LOG_LEVEL_WARN);
	snprintf(text, sizeof text, "[daemon]\n%0500d\nlog-level = warn\n", 0);
	assert_wrong(text, ":2: The line is too long");
	snprintf(text, sizeof text, "[daemon]\n%500s\nlog-level = warn\n", "");
	assert_wrong(text, ":2: The line is too long");
	/* Whatever the size of a line, nothing is read that is not there. */
	for (int n = 190; n < 210; n++) {
		snprintf(text, sizeof text, "# %0*d\n[daemon]\nlog-level = err\n", n, 0);
		assert_int_equal(read_text(text), 0);
		assert_int_equal(config.log_level, LOG_LEVEL_ERR);
	}
}

static void a_file_that_is_missing_is_told_from_one_that_is_wrong(void **state)
{
	assert_int_equal(config_read(&config, "/nonexistent/x.conf", error, sizeof error), -ENOENT);
	assert_string_equal(error, "/nonexistent/x.conf: No such file or directory");
	assert_int_equal(config_read(&config, "/tmp", error, sizeof error), -EINVAL);
	assert_string_equal(error, "/tmp: Could not be read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_file_does_not_say_keeps_its_default),
		TEST(every_key_is_read),
		TEST(an_indented_line_is_a_line_of_its_own),
		TEST(unknown_keys_and_sections_are_errors_with_their_line),
		TEST(bad_values_are_errors_that_say_what_is_wanted),
		TEST(the_first_mistake_is_the_one_reported),
		TEST(a_line_that_is_none_is_an_error),
		TEST(long_comments_are_fine_and_long_lines_are_not_cut_in_two),
		TEST(a_file_that_is_missing_is_told_from_one_that_is_wrong),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config", tests, make_file, remove_file);
}
