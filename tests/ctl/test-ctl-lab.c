/* SPDX-License-Identifier: MIT */
/* xenavctl with the real xenavd, in its sandbox, and scripted guests. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl-run.h"
#include "daemon/rig.h"
#include "wire/wire.h"

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
	assert_true(word(document, "guests/0/name")[0]);
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

/* -------- hostile consumers -------- */

static atomic_bool flood_ends;
static _Atomic unsigned n_sent;

static int connect_flood(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	union xenav_msg msg;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", lab.socket);
	wire_init(&msg, XENAV_OP_HELLO, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	strcpy(msg.hello.name, "flood");
	if (connect(sock, (const struct sockaddr *)&address, sizeof address) < 0 ||
	    wire_send(sock, &msg, -1) < 0) {
		close(sock);
		return -1;
	}
	return sock;
}

/* Ask without end and read nothing, until it is a malformed request that ends it; and again. */
static void *flood(void *)
{
	static const uint16_t opcodes[] = {XENAV_OP_STATUS_GET, XENAV_OP_STATUS_MONITOR};

	while (!atomic_load(&flood_ends)) {
		const int sock = connect_flood();
		union xenav_msg msg;
		int rc = sock < 0 ? -EPIPE : 0;

		for (unsigned i = 0; i < 2000 && rc != -EPIPE && !atomic_load(&flood_ends); i++) {
			wire_init(&msg, opcodes[i % 2], 0);
			msg.status_monitor.on = i % 1999 == 1998 ? 77 : 1;
			rc = wire_send(sock, &msg, -1);
			if (rc == -EAGAIN)
				usleep(1000);
			n_sent += rc == 0;
		}
		if (sock >= 0)
			close(sock);
		usleep(1000);
	}
	return NULL;
}

TEST(consumers_that_ask_without_end_harm_nobody)
{
	struct json_object *document;
	pthread_t threads[2];

	run_socket = lab.socket;
	atomic_store(&flood_ends, false);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, flood, NULL), 0);
	rig_start(&rg, 165);
	for (unsigned i = 0; i < 3; i++) {
		assert_fine(rig_play(&rg, FRAMES));
		document = run_document("list --json --domain=165");
		assert_int_equal(number(document, STREAM "frames"), (i + 1) * FRAMES);
		json_object_put(document);
	}
	rig_stop(&rg);
	atomic_store(&flood_ends, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_true(n_sent > 100);
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
