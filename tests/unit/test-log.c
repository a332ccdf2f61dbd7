/* SPDX-License-Identifier: MIT */
/* Log lines: levels, limits, and characters that must not get into a line. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/clock.h"
#include "report/log.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, capture, release)

static int saved_stderr;
static int pipe_end;
static char text[65536];

static int capture(void **)
{
	int ends[2];

	unsetenv("JOURNAL_STREAM");
	log_start();
	log_threshold = LOG_LEVEL_INFO;
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	saved_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	pipe_end = ends[0];
	return 0;
}

static int release(void **)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_end);
	return 0;
}

/* The text logged since the last call. */
static const char *logged(void)
{
	ssize_t n = read(pipe_end, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static unsigned lines(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

TEST(a_line_is_a_sentence_and_no_more)
{
	log_warn("Could not do %s: %d", "this", 7);
	assert_string_equal(logged(), "Could not do this: 7\n");
}

TEST(what_is_above_the_threshold_is_not_even_formatted)
{
	int evaluated = 0;

	log_debug("%d", ++evaluated);
	assert_string_equal(logged(), "");
	assert_int_equal(evaluated, 0);
	log_threshold = LOG_LEVEL_DEBUG;
	log_debug("%d", ++evaluated);
	assert_string_equal(logged(), "1\n");
}

/* -------- the journal -------- */

static int journal_error;
static char sent[4096]; /* fields, each with a newline */

int sd_journal_sendv(const struct iovec *iov, int n)
{
	for (int i = 0; i < n; i++) {
		strncat(sent, iov[i].iov_base, iov[i].iov_len);
		strcat(sent, "\n");
	}
	return journal_error;
}

/* Standard error is what the service manager has opened. */
static void start_in_journal(unsigned long long other)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + other);
	setenv("JOURNAL_STREAM", stream, 1);
	sent[0] = '\0';
	journal_error = 0;
	log_start();
}

TEST(the_journal_gets_fields)
{
	struct log_source src;

	start_in_journal(0);
	assert_non_null(strstr(sent, "MESSAGE=xenavd " PACKAGE_VERSION " starts\nPRIORITY=6\n"
				     "SYSLOG_IDENTIFIER=xenavd\n"));
	sent[0] = '\0';
	log_source_init(&src, "vsnd 3/0");
	log_source_set_device(&src, "vsnd", 3, 0, "de\nbian");
	log_full(&src, LOG_LEVEL_WARN, LOG_CONSUMER_LATE, LOG_STREAM(1, 2), "Late: %d", 7);
	assert_string_equal(logged(), "");
	assert_non_null(strstr(sent, "MESSAGE=vsnd 3/0: Late: 7\nPRIORITY=4\n"
				     "SYSLOG_IDENTIFIER=xenavd\nXENAV_DOMID=3\n"
				     "XENAV_DOMAIN=de?bian\nXENAV_DEVICE=vsnd/0\n"
				     "XENAV_STREAM=1/2\nMESSAGE_ID="));
}

TEST(what_is_not_known_is_no_field)
{
	struct log_source src;

	start_in_journal(0);
	sent[0] = '\0';
	log_source_init(&src, "consumers");
	log_about(&src, LOG_LEVEL_ERR, LOG_NOTHING, "a");
	assert_string_equal(sent, "MESSAGE=consumers: a\nPRIORITY=3\nSYSLOG_IDENTIFIER=xenavd\n");
}

TEST(without_the_journal_lines_have_a_priority)
{
	start_in_journal(0);
	journal_error = -ENOENT;
	log_err("a");
	log_warn("b");
	log_info("c");
	assert_string_equal(logged(), "<3>a\n<4>b\n<6>c\n");
}

TEST(a_redirected_standard_error_gets_plain_lines)
{
	start_in_journal(1);
	logged();
	log_err("a");
	assert_string_equal(logged(), "a\n");
	assert_string_equal(sent, "");
}

TEST(every_event_is_explained_in_the_catalog)
{
	const char *top = getenv("top_srcdir");
	static char catalog[65536];
	char path[512], entry[48];
	FILE *f;

	snprintf(path, sizeof path, "%s/systemd/xenavd.catalog", top ? top : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	catalog[fread(catalog, 1, sizeof catalog - 1, f)] = '\0';
	fclose(f);
	for (int i = LOG_PLAIN + 1; i < LOG_EVENTS; i++) {
		snprintf(entry, sizeof entry, "-- %s\n", log_event_id((enum log_event)i));
		assert_non_null(strstr(catalog, entry));
	}
}

/* -------- lines -------- */

TEST(control_characters_do_not_get_through)
{
	struct log_source src;

	log_source_init(&src, "vsnd %u/%u", 3, 0);
	log_warn_from(&src, "a%sb", "\x1b[2J\r\nfake\t\x7f");
	assert_string_equal(logged(), "vsnd 3/0: a?[2J??fake??b\n");
}

TEST(a_line_too_long_is_cut_and_still_one_line)
{
	char longest[4096];

	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	log_warn("%s", longest);
	logged();
	assert_int_equal(lines(text), 1);
	assert_int_equal(strlen(text), 511);
}

TEST(somebody_outside_gets_ten_lines_at_once)
{
	struct log_source src;

	log_source_init(&src, "vsnd 3/0");
	for (int i = 0; i < 1000000; i++)
		log_warn_from(&src, "line %d", i);
	logged();
	/* However slow the machine, this was no million seconds. */
	assert_true(lines(text) >= 10 && lines(text) < 100);
	assert_non_null(strstr(text, "vsnd 3/0: line 9\n"));
}

TEST(and_then_one_a_second_that_says_how_many_were_left_out)
{
	struct log_source src;

	log_source_init(&src, "vsnd 3/0");
	src.plain.tokens = 0;
	src.suppressed = 41;
	src.plain.refilled_ns -= 1 * NS_PER_SEC;
	log_warn_from(&src, "again");
	assert_string_equal(logged(), "vsnd 3/0: 41 lines left out\nvsnd 3/0: again\n");
	assert_int_equal(src.plain.tokens, 0);
	assert_int_equal(src.suppressed, 0);
}

TEST(events_are_told_behind_any_number_of_other_lines)
{
	struct log_source src;

	log_source_init(&src, "vsnd 3/0");
	for (int i = 0; i < 1000; i++)
		log_warn_from(&src, "line %d", i);
	logged();
	log_event(&src, LOG_LEVEL_INFO, LOG_DISCONNECTED, "Disconnected");
	logged();
	assert_non_null(strstr(text, "vsnd 3/0: Disconnected\n"));
}

TEST(a_source_of_long_silence_has_ten_lines_and_no_more)
{
	struct log_source src;

	log_source_init(&src, "vsnd 3/0");
	src.plain.tokens = 0;
	src.plain.refilled_ns -= src.plain.refilled_ns / NS_PER_SEC * NS_PER_SEC;
	for (int i = 0; i < 11; i++)
		log_warn_from(&src, "line");
	logged();
	assert_int_equal(lines(text), src.suppressed ? 10 : 11);
}

TEST(levels_are_known_by_name)
{
	static const char *const names[] = {"err", "warn", "info", "debug"};
	static const char *const bad[] = {"", "ERR", "warning", "4", "debug "};
	enum log_level level;

	for (int i = 0; i < 4; i++) {
		assert_int_equal(log_level_parse(names[i], &level), 0);
		assert_int_equal((int)level, i);
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(log_level_parse(bad[i], &level), -EINVAL);
}
