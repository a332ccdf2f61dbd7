/* SPDX-License-Identifier: MIT */
/* The configuration file: its syntax, and the messages about mistakes. */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "test.h"
#include "xenav-proto.h"

#define TEST(name) TEST_WITH(name, NULL, NULL)

static struct config config;
static char error[512];
static char path[] = "/tmp/xenavd-config-XXXXXX";

static int make_file(void **)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	close(fd);
	config_defaults(&config);
	return 0;
}

static int remove_file(void **)
{
	config_finish(&config);
	return unlink(path);
}

static int read_text(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	config_finish(&config);
	config_defaults(&config);
	error[0] = '\0';
	return config_read(&config, path, error, sizeof error);
}

/* Reading fails with exactly this message after the file's name. */
static void assert_wrong(const char *text, const char *complaint)
{
	assert_int_equal(read_text(text), -EINVAL);
	if (strncmp(error, path, strlen(path)) != 0 || strcmp(error + strlen(path), complaint) != 0)
		fail_msg("\"%s\" instead of \"%s\"", error, complaint);
}

TEST(what_the_file_does_not_say_keeps_its_default)
{
	assert_int_equal(read_text("# nothing\n\n[daemon]\n"), 0);
	assert_string_equal(config.socket_path, XENAV_DEFAULT_SOCKET);
	assert_string_equal(config.socket_group, getgrnam("xenav") ? "xenav" : "");
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
	assert_int_equal(config.policy.max_held_pages, POLICY_HELD_PAGES);
	assert_int_equal(config.policy.max_all_held_pages, POLICY_ALL_HELD_PAGES);
	assert_true(STAILQ_EMPTY(&config.policy.guests));
	assert_true(STAILQ_EMPTY(&config.policy.consumers));
	assert_int_equal(read_text(""), 0);
}

TEST(every_key_is_read)
{
	assert_int_equal(read_text("; a comment\n[daemon]\nsocket = /tmp/s\ngroup=audio\n"
				   "log-level = debug ; not all the time\n"),
			 0);
	assert_string_equal(config.socket_path, "/tmp/s");
	assert_string_equal(config.socket_group, "audio");
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
}

TEST(an_indented_line_is_a_line_of_its_own)
{
	assert_int_equal(read_text("[daemon]\ngroup = audio\n  log-level = debug\n"), 0);
	assert_string_equal(config.socket_group, "audio");
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
}

TEST(unknown_keys_and_sections_are_errors_with_their_line)
{
	assert_wrong("[daemon]\n\nsocket = /s\nsokcet = /s\n",
		     ":4: Unknown key \"sokcet\" in section [daemon]");
	assert_wrong("# one\n[deamon]\nsocket = /s\n", ":2: Unknown section [deamon]");
	assert_wrong("[]\n", ":1: Unknown section []");
	assert_wrong("[daemon x]\n", ":1: Unknown section [daemon x]");
	assert_wrong("[guests *]\n", ":1: Unknown section [guests *]");
	assert_wrong("[Consumer *]\n", ":1: Unknown section [Consumer *]");
	assert_wrong("socket = /s\n", ":1: Key \"socket\" stands before any section");
	assert_wrong("[guest a]\nsocket = /s\n", ":2: Unknown key \"socket\" in section [guest a]");
	assert_wrong("[consumer *]\nbe-alloc = yes\n",
		     ":2: Unknown key \"be-alloc\" in section [consumer *]");
	assert_wrong("[daemon]\nSocket = /s\n", ":2: Unknown key \"Socket\" in section [daemon]");
}

TEST(bad_values_are_errors_that_say_what_is_wanted)
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
	assert_wrong(text, ":2: \"group\" takes the name of a group that exists");
	assert_wrong("[daemon]\ngroup = no-such-group\n",
		     ":2: \"group\" takes the name of a group that exists");
	assert_wrong("[guest a]\nbe-alloc = 1\n", ":2: \"be-alloc\" takes yes or no");
	assert_wrong("[guest a]\ncopied-mib = 65537\n",
		     ":2: \"copied-mib\" takes a whole number of MiB, at most 65536");
	assert_wrong("[guest a]\ncopied-mib = 1M\n",
		     ":2: \"copied-mib\" takes a whole number of MiB, at most 65536");
	assert_wrong("[guest a]\ncopied-mib = 4294967297\n",
		     ":2: \"copied-mib\" takes a whole number of MiB, at most 65536");
	assert_wrong("[guest a]\ncopied-mib = -1\n",
		     ":2: \"copied-mib\" takes a whole number of MiB, at most 65536");
	assert_wrong("[guest a]\ncopied-mib =\n",
		     ":2: \"copied-mib\" takes a whole number of MiB, at most 65536");
	assert_wrong("[consumer *]\ndisplay = yes\n", ":2: \"display\" takes no, watch or claim");
	assert_wrong("[consumer *]\ncapture = watch\n", ":2: \"capture\" takes no or claim");
	snprintf(text, sizeof text, "[consumer *]\nguests = a, %063d\n", 0);
	assert_wrong(text, ":2: \"guests\" takes * or the names or UUIDs of guests, of at most 62 "
			   "characters each");
	assert_wrong("[consumer *]\nguests = ,\n",
		     ":2: \"guests\" takes * or the names or UUIDs of guests, of at most 62 "
		     "characters each");
	/* It could not be printed so that it can be read again. */
	assert_wrong("[consumer *]\nguests = a,;b\n",
		     ":2: \"guests\" takes * or the names or UUIDs of guests, of at most 62 "
		     "characters each");
}

TEST(the_first_mistake_is_the_one_reported)
{
	assert_wrong("[daemon]\nfirst = 1\nsecond = 2\nnothing\n",
		     ":2: Unknown key \"first\" in section [daemon]");
}

TEST(sections_that_name_nobody_are_errors_with_their_line)
{
	char text[256];

	assert_wrong("\n[guest]\n",
		     ":2: [guest WHO] takes *, a UUID, or a name of at most 62 characters");
	snprintf(text, sizeof text, "[guest %063d]\n", 0);
	assert_wrong(text, ":1: [guest WHO] takes *, a UUID, or a name of at most 62 characters");
	snprintf(text, sizeof text, "[guest %0170d]\n", 0);
	assert_wrong(text, ":1: The name of the section is too long");
	assert_wrong("[consumer]\n",
		     ":1: [consumer WHOM] takes *, \"user\" or \"group\" and a name or number");
	assert_wrong("[consumer root]\n",
		     ":1: [consumer WHOM] takes *, \"user\" or \"group\" and a name or number");
	assert_wrong("[consumer user]\n",
		     ":1: [consumer WHOM] takes *, \"user\" or \"group\" and a name or number");
	assert_wrong("[consumer users 1]\n",
		     ":1: [consumer WHOM] takes *, \"user\" or \"group\" and a name or number");
	assert_wrong("[consumer user no such user]\n", ":1: There is no user \"no such user\"");
	assert_wrong("[consumer group none]\n", ":1: There is no group \"none\"");
	assert_wrong("[consumer user 4294967295]\n", ":1: There is no user \"4294967295\"");
	assert_wrong("[consumer user 99999999999999999999]\n",
		     ":1: There is no user \"99999999999999999999\"");
	assert_wrong("[consumer user -1]\n", ":1: There is no user \"-1\"");
}

TEST(what_is_there_twice_is_an_error)
{
	assert_wrong("[daemon]\n\n[daemon]\n", ":3: Section [daemon] is repeated from line 1");
	assert_wrong("[guest a]\n[guest b]\n[guest a]\n",
		     ":3: Section [guest a] has no effect after [guest a] in line 1");
	assert_wrong("[guest 12345678-ABCD-4abc-8def-123456789abc]\n"
		     "[guest 12345678-abcd-4abc-8def-123456789abc]\n",
		     ":2: Section [guest 12345678-abcd-4abc-8def-123456789abc] has no effect after "
		     "[guest 12345678-ABCD-4abc-8def-123456789abc] in line 1");
	assert_wrong("[guest *]\n[guest a]\n",
		     ":2: Section [guest a] has no effect after [guest *] in line 1");
	assert_wrong("[consumer user root]\n[consumer user 0]\n",
		     ":2: Section [consumer user 0] has no effect after [consumer user root] in "
		     "line 1");
	assert_wrong("[consumer *]\n\n[consumer group 5]\n",
		     ":3: Section [consumer group 5] has no effect after [consumer *] in line 1");
	assert_wrong("[guest a]\nbe-alloc = no\nbe-alloc = no\n",
		     ":3: \"be-alloc\" is repeated in section [guest a]");
	assert_int_equal(read_text("[consumer user 0]\n[consumer group 0]\n"), 0);
}

TEST(every_key_of_a_guest_is_read)
{
	struct guest_policy guest;

	assert_int_equal(read_text("[guest a name with blanks]\nbe-alloc = yes\nmapped-mib = 1\n"
				   "supplied-mib = 2\ncopied-mib = 65536\n"
				   "streams = 1024\nconnectors = 0\n"
				   "[ guest\t* ] ; all others\ncopied-mib = 0\n"),
			 0);
	policy_guest(&config.policy, "a name with blanks", "", &guest);
	assert_true(guest.be_alloc);
	assert_int_equal(guest.max_mapped_pages, 256);
	assert_int_equal(guest.max_supplied_pages, 512);
	assert_int_equal(guest.max_copied_pages, 65536 * 256);
	assert_int_equal(guest.max_streams, 1024);
	assert_int_equal(guest.max_connectors, 0);
	policy_guest(&config.policy, "b", "", &guest);
	assert_false(guest.be_alloc);
	assert_int_equal(guest.max_mapped_pages, POLICY_MAPPED_PAGES);
	assert_int_equal(guest.max_copied_pages, 0);
	assert_int_equal(guest.max_streams, POLICY_STREAMS);
	assert_int_equal(guest.max_connectors, POLICY_CONNECTORS);
	assert_wrong("[guest *]\nstreams = 1025\n",
		     ":2: \"streams\" takes a whole number, at most 1024");
}

static struct consumer_rights rights_of(uid_t uid, gid_t gid, const char *name)
{
	const struct consumer_id id = {.uid = uid, .gid = gid};
	struct guest_info guest = {0};
	struct consumer_rights rights;

	strcpy(guest.name, name);
	policy_consumer(&config.policy, &id, &guest, &rights);
	return rights;
}

TEST(every_key_of_a_consumer_is_read)
{
	struct consumer_rights rights;

	assert_int_equal(read_text("[consumer user 1000]\nguests = a, b\nguests = c\n"
				   "display = claim\nplayback = watch\ncapture = claim\n"
				   "direct = yes\n[consumer group 50]\nplayback = claim\n"),
			 0);
	rights = rights_of(1000, 50, "c");
	assert_int_equal(rights.display, RIGHT_CLAIM);
	assert_int_equal(rights.playback, RIGHT_WATCH);
	assert_int_equal(rights.capture, RIGHT_CLAIM);
	assert_true(rights.direct);
	assert_int_equal(rights_of(1000, 1, "a").display, RIGHT_CLAIM);
	assert_int_equal(rights_of(1000, 1, "b").display, RIGHT_CLAIM);
	rights = rights_of(1000, 50, "d");
	assert_int_equal(rights.display, RIGHT_NO);
	assert_int_equal(rights.playback, RIGHT_CLAIM);
	assert_int_equal(rights.capture, RIGHT_NO);
	assert_false(rights.direct);
}

TEST(root_and_the_group_may_play_and_show_unless_the_file_says_otherwise)
{
	const gid_t gid = getgrnam("audio")->gr_gid;

	assert_int_equal(read_text("[daemon]\ngroup = audio\n"), 0);
	assert_int_equal(config_complete(&config), 0);
	assert_int_equal(rights_of(0, 0, "a").display, RIGHT_CLAIM);
	assert_int_equal(rights_of(0, 0, "a").playback, RIGHT_CLAIM);
	assert_int_equal(rights_of(0, 0, "a").capture, RIGHT_NO);
	assert_false(rights_of(0, 0, "a").direct);
	assert_int_equal(rights_of(5, gid, "a").playback, RIGHT_CLAIM);
	assert_int_equal(rights_of(5, gid + 1, "a").playback, RIGHT_NO);
	assert_false(config_admits_others(&config));
	assert_int_equal(read_text("[daemon]\ngroup = audio\n[consumer user 0]\ncapture=claim\n"
				   "[consumer group audio]\n[consumer user 77]\ndisplay=watch\n"),
			 0);
	assert_int_equal(config_complete(&config), 0);
	assert_int_equal(rights_of(0, 0, "a").display, RIGHT_NO);
	assert_int_equal(rights_of(0, 0, "a").capture, RIGHT_CLAIM);
	assert_int_equal(rights_of(5, gid, "a").playback, RIGHT_NO);
	assert_true(config_admits_others(&config));
	assert_int_equal(read_text("[daemon]\ngroup =\n"), 0);
	assert_int_equal(config_complete(&config), 0);
	assert_int_equal(rights_of(5, gid, "a").playback, RIGHT_NO);
	assert_false(config_admits_others(&config));
}

TEST(a_section_for_everybody_stands_before_the_usual_ones)
{
	assert_int_equal(read_text("[consumer *]\ndisplay = watch\n"), 0);
	assert_int_equal(config_complete(&config), 0);
	assert_int_equal(rights_of(0, 0, "a").display, RIGHT_WATCH);
	assert_int_equal(read_text("[consumer *]\nguests = b\ndisplay = watch\n"), 0);
	assert_int_equal(config_complete(&config), 0);
	assert_int_equal(rights_of(0, 0, "a").display, RIGHT_CLAIM);
}

/* The configuration is printed, read again and printed again. */
static void assert_prints_the_same(const char *text)
{
	char *first = NULL, *second = NULL;
	size_t size;
	FILE *file;

	assert_int_equal(read_text(text), 0);
	assert_int_equal(config_complete(&config), 0);
	file = open_memstream(&first, &size);
	assert_non_null(file);
	assert_int_equal(config_print(&config, file), 0);
	fclose(file);
	assert_int_equal(read_text(first), 0);
	assert_int_equal(config_complete(&config), 0);
	file = open_memstream(&second, &size);
	assert_non_null(file);
	assert_int_equal(config_print(&config, file), 0);
	fclose(file);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

TEST(what_is_printed_is_read_as_the_same)
{
	char *text = NULL;
	size_t size;
	FILE *file;

	assert_prints_the_same("");
	assert_prints_the_same("[consumer *]\n");
	assert_prints_the_same(
		"[daemon]\ngroup =\nlog-level = err\nheld-mib = 7\nall-held-mib = 9\n[guest  a  b]\n"
		"be-alloc = yes\n[guest *]\nmapped-mib = 0\n"
		"[consumer  user  1000]\nguests = a 12345678-abcd-4abc-8def-123456789abc,b\n"
		"direct = yes\nconsumers = 64\n[consumer group audio]\nguests = *\ndisplay = watch\n"
		"[consumer *]\ncapture = claim\ninput = yes\n");
	assert_int_equal(read_text("[daemon]\ngroup =\n[guest a]\n"), 0);
	assert_int_equal(config_complete(&config), 0);
	file = open_memstream(&text, &size);
	assert_non_null(file);
	assert_int_equal(config_print(&config, file), 0);
	fclose(file);
	assert_string_equal(text,
			    "[daemon]\nsocket = /run/xenavd/socket\ngroup = \n"
			    "log-level = info\nheld-mib = 512\nall-held-mib = 1024\n\n[guest a]\n"
			    "be-alloc = no\nmapped-mib = 128\nsupplied-mib = 64\n"
			    "copied-mib = 256\nstreams = 32\nconnectors = 16\ninputs = 8\n\n"
			    "[consumer user root]\nguests = *\n"
			    "display = claim\nplayback = claim\ncapture = no\ninput = yes\n"
			    "direct = no\nstatus = yes\ncontrol = yes\n"
			    "consumers = 28\n");
	free(text);
}

TEST(a_mark_of_byte_order_in_front_is_nothing)
{
	assert_int_equal(read_text("\xef\xbb\xbf[daemon]\nlog-level = err\n"), 0);
	assert_int_equal(config.log_level, LOG_LEVEL_ERR);
}

TEST(a_line_that_is_none_is_an_error)
{
	assert_wrong("[daemon] x\n", ":1: Not a line of an ini file");
	assert_wrong("[daemon]\nlog-level\n", ":2: Not a line of an ini file");
	assert_wrong("[daemon\n", ":1: Not a line of an ini file");
}

TEST(long_comments_are_fine_and_long_lines_are_not_cut_in_two)
{
	char text[2048];

	snprintf(text, sizeof text, "# %0500d\n[daemon]\n  ; %0900d\nlog-level = warn\n", 0, 0);
	assert_int_equal(read_text(text), 0);
	assert_int_equal(config.log_level, LOG_LEVEL_WARN);
	snprintf(text, sizeof text, "[daemon]\n%0500d\nlog-level = warn\n", 0);
	assert_wrong(text, ":2: The line is too long");
	snprintf(text, sizeof text, "[daemon]\n%500s\nlog-level = warn\n", "");
	assert_wrong(text, ":2: The line is too long");
	/* Lines of any size: no byte beyond the line is read. */
	for (int n = 190; n < 210; n++) {
		snprintf(text, sizeof text, "[daemon]\nlog-level = err%*s\n", n, "");
		if (read_text(text) < 0)
			assert_wrong(text, ":2: The line is too long");
		snprintf(text, sizeof text, "# %0*d\n[daemon]\nlog-level = err\n", n, 0);
		assert_int_equal(read_text(text), 0);
		assert_int_equal(config.log_level, LOG_LEVEL_ERR);
	}
}

TEST(a_file_that_is_missing_is_told_from_one_that_is_wrong)
{
	assert_int_equal(config_read(&config, "/nonexistent/x.conf", error, sizeof error), -ENOENT);
	assert_string_equal(error, "/nonexistent/x.conf: No such file or directory");
	assert_int_equal(config_read(&config, "/tmp", error, sizeof error), -EINVAL);
	assert_string_equal(error, "Cannot read /tmp");
}

int main(void)
{
	return test_run(make_file, remove_file);
}
