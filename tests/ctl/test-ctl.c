/* SPDX-License-Identifier: MIT */
/* xenavctl with xenav-demo-daemon: the rooms of the real daemon, and guests that do something. */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl-run.h"
#include "demo/demo.h"
#include "unit/count-fds.h"
#include "unit/test.h"

static struct demo demo;
static int n_fds;
static char text[65536];

static int teardown(void **)
{
	if (demo.pid)
		demo_stop(&demo);
	assert_int_equal(count_fds(), n_fds);
	return 0;
}

static int setup(void **)
{
	n_fds = count_fds();
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static void start(const char *script)
{
	char option[64];
	const char *const args[] = {option, NULL};

	snprintf(option, sizeof option, "--script=%s", script);
	demo_start(&demo, args);
	run_socket = demo.socket;
}

/* -------- looking -------- */

#define STREAM    "guests/0/devices/0/streams/0/"
#define CONNECTOR "guests/0/devices/1/connectors/0/"
#define CLAIMS    "guests/0/devices/0/connectors/0/claims"

TEST(the_status_has_what_the_guests_do)
{
	struct json_object *a, *b;

	start("play,flip,input");
	a = run_document("list --json");
	assert_string_equal(word(a, "guests/0/name"), "demo");
	assert_string_equal(word(a, STREAM "state"), "started");
	assert_int_equal(number(a, STREAM "opening/rate_hz"), 48000);
	assert_int_equal(number(a, CONNECTOR "shown/width_px"), 1024);
	assert_true(json_object_get_boolean(at(a, "guests/0/devices/2/inputs/0/keyboard")));
	do {
		usleep(10000);
		b = run_document("list --json");
		if (number(b, CONNECTOR "flips") < number(a, CONNECTOR "flips") + 3 ||
		    number(b, STREAM "requests") <= number(a, STREAM "requests")) {
			json_object_put(b);
			b = NULL;
		}
	} while (!b);
	assert_int_equal(number(a, STREAM "object"), number(b, STREAM "object"));
	assert_true(number(b, STREAM "frames") > number(a, STREAM "frames"));
	json_object_put(a);
	json_object_put(b);
}

TEST(who_drives_a_guest_is_named_and_kicked)
{
	struct json_object *document;
	char command[32];

	start("busy");
	document = run_document("list --json");
	assert_string_equal(word(document, STREAM "claims/0/name"), "xenav-demo-rival");
	assert_string_equal(word(document, STREAM "claims/0/mode"), "drive");
	assert_string_equal(word(document, "consumers/0/name"), "xenav-demo-rival");
	assert_int_equal(number(document, "consumers/0/uid"), geteuid());
	snprintf(command, sizeof command, "kick %d --json",
		 (int)number(document, "consumers/0/consumer"));
	json_object_put(document);
	json_object_put(run_document(command));
	document = run_document("list --json");
	assert_int_equal(json_object_array_length(at(document, "consumers")), 0);
	assert_int_equal(json_object_array_length(at(document, STREAM "claims")), 0);
	json_object_put(document);
	assert_int_equal(run_all(command, text, sizeof text), 69);
}

TEST(an_underrun_is_counted)
{
	struct json_object *document;
	int64_t underruns;

	start("underrun");
	do {
		usleep(50000);
		document = run_document("show demo --json");
		underruns = number(document, STREAM "underruns");
		json_object_put(document);
	} while (underruns == 0);
}

TEST(a_look_of_a_moment_gives_rates)
{
	struct json_object *document;
	double flips;

	start("play,flip");
	do {
		document = run_document("top --json --count=1 --interval=0.5");
		flips = json_object_get_double(at(document, "connectors/0/flips_per_second"));
		assert_true(flips >= 0 && flips < 200);
		assert_true(json_object_get_double(at(document, "guests/0/requests_per_second")) >=
			    0);
		json_object_put(document);
	} while (flips == 0);
}

/* -------- events -------- */

static void await_event(struct run *run, const char *event, const char *also)
{
	char line[1024];

	do {
		struct json_object *document;

		assert_non_null(fgets(line, sizeof line, run->out));
		document = json_tokener_parse(line);
		assert_non_null(document);
		if (strcmp(word(document, "event"), event) != 0 || !strstr(line, also))
			line[0] = '\0';
		json_object_put(document);
	} while (!line[0]);
}

TEST(events_are_told_as_they_happen)
{
	struct run run;

	start("remove,blank");
	run_start(&run, "monitor --json");
	await_event(&run, "removed", "\"object_kind\":\"stream\"");
	await_event(&run, "added", "\"domain\":\"demo\"");
	await_event(&run, "state", "\"value\":\"started\"");
	await_event(&run, "blank", "\"connector\":0");
	await_event(&run, "shown", "\"connector\":0");
	/* Another look comes and goes. */
	json_object_put(run_document("list --json"));
	await_event(&run, "connected", "\"consumer_name\":\"xenavctl\"");
	await_event(&run, "left", "\"consumer_name\":\"xenavctl\"");
	demo_stop(&demo);
	assert_int_equal(run_end(&run), 75);
}

/* -------- orders -------- */

TEST(the_log_level_is_told_and_set)
{
	start("blank");
	assert_int_equal(run_all("log-level warn", text, sizeof text), 0);
	assert_int_equal(run_all("log-level debug", text, sizeof text), 0);
	assert_string_equal(text, "debug\n");
	assert_int_equal(run_all("log-level", text, sizeof text), 0);
	assert_string_equal(text, "debug\n");
}

/* -------- pictures -------- */

/* The size that a PNG file says it has; 0 for any other file. */
static unsigned png_width(const char *path)
{
	static const unsigned char magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	unsigned char head[24] = {0};
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
	fclose(file);
	if (memcmp(head, magic, sizeof magic) != 0)
		return 0;
	return (unsigned)head[16] << 24 | (unsigned)head[17] << 16 | (unsigned)head[18] << 8 |
	       head[19];
}

TEST(a_picture_is_taken_beside_the_driver)
{
	struct json_object *document;
	char path[64], words[128];

	start("busy");
	snprintf(path, sizeof path, "%s/shot.png", demo.folder);
	snprintf(words, sizeof words, "screenshot demo/0 --json --output=%s", path);
	if (run_all(words, text, sizeof text) == 69 && text[0] == '\0')
		skip(); /* built without libpng, as it has said */
	document = json_tokener_parse(text);
	assert_non_null(document);
	assert_int_equal(number(document, "width_px"), 1024);
	json_object_put(document);
	assert_int_equal(png_width(path), 1024);
	unlink(path);
	assert_int_equal(run_all("screenshot demo/7", text, sizeof text), 69);
	assert_int_equal(run_all("screenshot nobody", text, sizeof text), 69);
	assert_int_equal(run_all("screenshot demo/x", text, sizeof text), 64);
	snprintf(words, sizeof words, "screenshot demo --output=%s/none/shot.png", demo.folder);
	assert_int_equal(run_all(words, text, sizeof text), 69);
}

/* It is in the folder of the build, or of this machine. */
static void find_programs(void)
{
	const char *build = getenv("top_builddir");
	char path[1024];

	snprintf(path, sizeof path, "%s:%s", build ? build : ".", getenv("PATH"));
	assert_int_equal(setenv("PATH", path, 1), 0);
}

TEST(type_is_the_program_of_that_name)
{
	start("input");
	find_programs();
	if (run_all("type demo --version", text, sizeof text) == 69)
		skip(); /* xenav-type is not built */
	assert_non_null(strstr(text, "xenav-type"));
	assert_int_equal(run_all("type demo ab", text, sizeof text), 0);
	demo_await(&demo, "event=key code=30 pressed=1");
	demo_await(&demo, "event=key code=48 pressed=1");
}

TEST(record_is_the_program_of_that_name_and_only_watches)
{
	struct json_object *document;
	const char *mode = "";
	struct run run;
	char words[128];

	start("flip");
	find_programs();
	snprintf(words, sizeof words, "record demo --output=%s/rec --quiet", demo.folder);
	run_start(&run, words);
	for (unsigned i = 0; mode[0] != 'w' && i < 1200; i++) {
		int status;

		if (waitpid(run.pid, &status, WNOHANG) == run.pid) {
			fclose(run.out);
			skip(); /* xenav-record is not built */
		}
		usleep(50000);
		document = run_document("list --json");
		mode = json_object_array_length(at(document, CLAIMS)) ? "watch" : "";
		if (mode[0])
			assert_string_equal(word(document, CLAIMS "/0/mode"), mode);
		json_object_put(document);
	}
	assert_string_equal(mode, "watch");
	kill(run.pid, SIGTERM);
	assert_int_equal(run_end(&run), 0);
	snprintf(words, sizeof words, "rm -rf %s/rec", demo.folder);
	assert_int_equal(system(words), 0);
}

TEST(many_guests_are_told_of_whole)
{
	const char *const args[] = {"--script=play,flip", "--guests=40", NULL};
	struct json_object *document;

	demo_start(&demo, args);
	run_socket = demo.socket;
	document = run_document("list --json");
	assert_int_equal(json_object_array_length(at(document, "guests")), 40);
	for (int i = 0; i < 40; i++) {
		char path[64];

		snprintf(path, sizeof path, "guests/%d/devices/1/connectors/0/flips", i);
		at(document, path);
	}
	json_object_put(document);
}
