/* SPDX-License-Identifier: MIT */
/* xenavctl with the real xenavd, in its sandbox, and scripted guests. */
#include <config.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "ctl-run.h"
#include "daemon/rig.h"

#define FLIPS  20
#define FRAMES 48000u

#define STREAM    "guests/0/devices/0/streams/0/"
#define CONNECTOR "guests/0/devices/1/connectors/0/"

static struct rig_guest rg;

static void flip(unsigned n)
{
	struct dbuf dbuf;

	assert_fine(rig_show(&rg, &dbuf, 0, 0x77));
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 0x77), 0);
	assert_fine(rig_hide(&rg, &dbuf, 0, 0x77));
}

TEST(what_a_guest_has_done_and_what_it_has_paid_is_told)
{
	struct json_object *document;

	run_socket = lab.socket;
	rig_start(&rg, 161);
	assert_fine(rig_play(&rg, FRAMES));
	document = run_document("list --json");
	assert_int_equal(number(document, "daemon/pid"), lab.xenavd);
	assert_int_equal(number(document, "guests/0/domid"), 161);
	assert_string_equal(word(document, "guests/0/devices/0/name"), "vsnd");
	assert_string_equal(word(document, "guests/0/devices/0/frontend_state"), "connected");
	assert_int_equal(number(document, STREAM "frames"), FRAMES);
	assert_int_equal(number(document, STREAM "openings"), 1);
	assert_string_equal(word(document, STREAM "state"), "closed");
	assert_true(number(document, STREAM "requests") > 4);
	/* A token for each request at least. */
	assert_true(number(document, "guests/0/budget/tokens") >=
		    number(document, STREAM "requests"));
	assert_true(number(document, "guests/0/budget/tokens_per_second") > 0);
	json_object_put(document);
	rig_stop(&rg);
	document = run_document("list --json");
	assert_int_equal(json_object_array_length(at(document, "guests")), 0);
	json_object_put(document);
}

TEST(flips_are_counted_and_every_one_is_complete)
{
	struct json_object *document;

	run_socket = lab.socket;
	rig_start(&rg, 162);
	flip(FLIPS);
	document = run_document("show 162 --json");
	assert_int_equal(number(document, CONNECTOR "flips"), FLIPS);
	assert_int_equal(number(document, CONNECTOR "flip_events"), FLIPS);
	assert_true(number(document, CONNECTOR "requests") >= FLIPS);
	json_object_put(document);
	rig_stop(&rg);
}

TEST(a_device_that_waits_for_its_frontend_is_told_of)
{
	struct json_object *document;

	run_socket = lab.socket;
	assert_fine(rig_create(&rg, 163));
	assert_fine(rig_attach(&rg));
	document = run_document("list --json --domain=163");
	assert_string_equal(word(document, "guests/0/devices/0/backend_state"), "init-wait");
	assert_string_equal(word(document, "guests/0/devices/0/frontend_state"), "initialising");
	json_object_put(document);
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
	rig_stop(&rg);
}

/* Events are sent in the sandbox, too. */
TEST(a_guest_that_comes_and_plays_is_events)
{
	struct pollfd p = {.events = POLLIN};
	struct run run;
	char line[1024];
	bool opened = false, removed = false;

	run_socket = lab.socket;
	run_start(&run, "monitor --json");
	p.fd = fileno(run.out);
	/* It listens once a consumer that comes is an event. */
	do
		json_object_put(run_document("list --json"));
	while (poll(&p, 1, 100) == 0);
	rig_start(&rg, 164);
	assert_fine(rig_play(&rg, FRAMES));
	rig_stop(&rg);
	while (!removed) {
		assert_non_null(fgets(line, sizeof line, run.out));
		opened |= strstr(line, "\"opened\"") && strstr(line, "\"domid\":164");
		removed = strstr(line, "\"removed\"") && strstr(line, "\"stream\"");
	}
	assert_true(opened);
	/* The next event finds that nobody reads any more. */
	fclose(run.out);
	run.out = fopen("/dev/null", "r");
	json_object_put(run_document("list --json"));
	kill(run.pid, SIGTERM);
	fclose(run.out);
	assert_int_equal(waitpid(run.pid, NULL, 0), run.pid);
}
