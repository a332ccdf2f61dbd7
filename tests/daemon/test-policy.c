/* SPDX-License-Identifier: MIT */
/*
 * The configuration in the real daemon: consumers get what the file allows them and are refused the
 * rest, whatever they try, and guests do not notice.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake/keyboard.h"
#include "rig.h"
#include "xenav.h"

static struct rig_guest rg;
static struct sound second;
static struct xenav *x;
static char text[512];

static struct {
	bool watch;
	unsigned n_playback, n_capture, n_connectors, n_inputs;
	unsigned n_claimed, n_failed;
	int error;
	int disconnected;
} seen;

static void on_stream_added(void *, struct xenav_stream *s)
{
	if (xenav_stream_get_info(s)->direction == XENAV_PLAYBACK)
		seen.n_playback++;
	else
		seen.n_capture++;
	if (seen.watch)
		xenav_stream_watch(s);
	else if (xenav_stream_claim(s) == -EOPNOTSUPP)
		xenav_stream_feed(s);
}

static void on_connector_added(void *, struct xenav_connector *c)
{
	seen.n_connectors++;
	if (seen.watch)
		xenav_connector_watch(c);
	else
		xenav_connector_claim(c);
}

static void on_stream_claimed(void *, struct xenav_stream *)
{
	seen.n_claimed++;
}

static void on_connector_claimed(void *, struct xenav_connector *)
{
	seen.n_claimed++;
}

static void on_stream_failed(void *, struct xenav_stream *, int error)
{
	seen.n_failed++;
	seen.error = error;
}

static void on_connector_failed(void *, struct xenav_connector *, int error)
{
	seen.n_failed++;
	seen.error = error;
}

static void on_input_added(void *, struct xenav_input *in)
{
	seen.n_inputs++;
	xenav_input_feed(in);
}

static void on_input_ready(void *, struct xenav_input *)
{
	seen.n_claimed++;
}

static void on_disconnected(void *, int error)
{
	seen.disconnected = error;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.disconnected = on_disconnected,
	.stream_added = on_stream_added,
	.stream_claimed = on_stream_claimed,
	.stream_claim_failed = on_stream_failed,
	.connector_added = on_connector_added,
	.connector_claimed = on_connector_claimed,
	.connector_claim_failed = on_connector_failed,
	.input_added = on_input_added,
	.input_ready = on_input_ready,
};

/* Xenavd with another file: a section for who runs the test, and what follows. */
static void start(const char *keys, const char *more)
{
	snprintf(text, sizeof text, "[consumer user %u]\n%s\n%s", (unsigned)geteuid(), keys, more);
	rig_restart(text);
}

static bool has_answers(void *data)
{
	struct pollfd pfd = {.fd = xenav_get_fd(x), .events = POLLIN};
	const unsigned *wanted = data;

	if (poll(&pfd, 1, 0) > 0)
		xenav_dispatch(x);
	return seen.disconnected || seen.n_claimed + seen.n_failed >= *wanted;
}

/* Connect, claim or watch all there is, until so many answers are there. */
static void try_all(bool watch, unsigned answers)
{
	memset(&seen, 0, sizeof seen);
	seen.watch = watch;
	assert_int_equal(xenav_open(&x, lab.socket, "test", &listener, NULL), 0);
	assert_true(guest_run_until(&rg.guest, has_answers, &answers, WAIT_MS));
	xenav_close(x);
}

#undef TEST
#define TEST(name) TEST_WITH(name, rig_begin, rig_end_as_usual)

TEST(a_consumer_sees_and_claims_what_the_file_allows_and_no_more)
{
	start("display = watch\nplayback = claim\n", "");
	rig_start(&rg, 100);
	try_all(false, 3);
	assert_int_equal(seen.n_playback, 1);
	assert_int_equal(seen.n_capture, 0);
	assert_int_equal(seen.n_connectors, 2);
	assert_int_equal(seen.n_claimed, 1);
	assert_int_equal(seen.n_failed, 2);
	assert_int_equal(seen.error, -EACCES);
	assert_true(lab_log_has(&lab, "may only watch"));
	try_all(true, 3);
	assert_int_equal(seen.n_claimed, 3);
	assert_fine(rig_play(&rg, 9600));
	rig_stop(&rg);
}

TEST(capture_has_to_be_allowed)
{
	start("capture = claim\n", "");
	rig_start(&rg, 101);
	try_all(false, 1);
	assert_int_equal(seen.n_playback, 0);
	assert_int_equal(seen.n_connectors, 0);
	assert_int_equal(seen.n_capture, 1);
	assert_int_equal(seen.n_claimed, 1);
	rig_stop(&rg);
}

TEST(a_consumer_without_rights_is_told_so)
{
	start("", "[consumer user 4294967294]\ndisplay = claim\n");
	rig_start(&rg, 102);
	try_all(false, 1);
	assert_int_equal(seen.disconnected, -EACCES);
	assert_true(lab_log_has(&lab, "the configuration gives it no rights"));
	assert_fine(rig_play(&rg, 9600));
	rig_stop(&rg);
}

TEST(rights_are_to_guests_by_name_and_by_uuid)
{
	struct rig_guest other;
	char keys[160];
	unsigned wanted = 3;

	snprintf(keys, sizeof keys, "guests = guest103\ndisplay = claim\nplayback = claim\n");
	start(keys, "");
	rig_start(&rg, 103);
	rig_start(&other, 104);
	try_all(false, wanted);
	guest_run(&rg.guest, 20);
	assert_int_equal(seen.n_connectors, 2);
	assert_int_equal(seen.n_playback, 1);
	rig_stop(&other);
	rig_stop(&rg);

	snprintf(keys, sizeof keys,
		 "guests = " TOOLSTACK_UUID "\ndisplay = claim\nplayback = claim\n", 104);
	start(keys, "");
	rig_start(&rg, 103);
	rig_start(&other, 104);
	try_all(false, wanted);
	assert_int_equal(seen.n_connectors, 2);
	assert_int_equal(seen.n_claimed, 3);
	rig_stop(&other);
	rig_stop(&rg);
}

TEST(a_guest_has_as_much_mapped_as_the_file_says)
{
	struct dbuf dbuf;

	start("display = claim\n", "[guest guest105]\nmapped-mib = 1\n[guest *]\nmapped-mib = 0\n");
	rig_start(&rg, 105);
	assert_int_equal(dbuf_create(&rg.display, &dbuf, 1000, 512, 512, 32), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
	assert_true(dbuf_create(&rg.display, &dbuf, 1001, 512, 513, 32) < 0);
	dbuf_destroy(&rg.display, &dbuf);
	rig_stop(&rg);
}

/* For each limit the log names the key to raise, and its value. */
TEST(the_refusal_of_a_mapping_names_the_limit)
{
	struct dbuf dbuf, large;

	start("display = claim\n", "[guest guest107]\nmapped-mib = 1\n");
	rig_start(&rg, 107);
	assert_int_equal(dbuf_create(&rg.display, &dbuf, 0x1000, 512, 512, 32), 0);
	assert_int_equal(dbuf_create(&rg.display, &large, 0x1001, 1024, 1024, 32), -ENOSPC);
	assert_true(lab_log_has(&lab, "DBUF_CREATE of 0x1001 on connector 0 refused: the domain "
				      "would have 5 MiB mapped, and may have 1 (mapped-mib in "
				      "xenavd.conf)"));
	dbuf_destroy(&rg.display, &large);
	pcm_open(PLAY(&rg));
	assert_int_equal(pcm_hw_params(PLAY(&rg), &rig_params), 0);
	assert_true(pcm_prepare(PLAY(&rg)) < 0);
	assert_true(lab_log_has(&lab, "Refused OPEN: the domain would have 2 MiB mapped, and may "
				      "have 1 (mapped-mib in xenavd.conf)"));
	pcm_hw_free(PLAY(&rg));
	pcm_close(PLAY(&rg));
	assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
	rig_stop(&rg);
}

/* A frontend's directory is its guest's to fill; and more than one card counts as one. */
TEST(a_guest_has_as_many_streams_and_connectors_as_the_file_says)
{
	const uint16_t domid = 108;

	start("display = claim\n", "[guest *]\nstreams = 3\nconnectors = 1\n");
	assert_fine(rig_create(&rg, domid));
	assert_fine(rig_attach(&rg));
	assert_fine(rig_load(&rg));
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vdispl", domid, 0, 6, WAIT_MS), 0);
	assert_true(lab_log_has(&lab,
				"Refused a display of 2 connectors: the guest may have 1 more "
				"(connectors in xenavd.conf)"));
	assert_int_equal(toolstack_add_device(&rg.ts, "vsnd", domid, 1, rig_sound_nodes), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vsnd", domid, 1), 0);
	assert_int_equal(sound_load(&second, &rg.guest, 1), 0);
	for (unsigned i = 0; i < WAIT_MS && !lab_log_has(&lab, "Refused a card"); i++)
		guest_run(&rg.guest, 1);
	assert_true(lab_log_has(&lab, "Refused a card of 2 streams: the guest may have 1 more "
				      "(streams in xenavd.conf)"));
	assert_int_equal(rg.sound.front.state, 4);
	assert_fine(rig_destroy(&rg));
}

/* Only the consumer notices, and it gets no message that it could fail on. */
/* The frontend ends in 4, or in 6 where it is refused. */
static void add_keyboard(struct keyboard *kb, unsigned devid, int state)
{
	static const struct toolstack_node plain[] = {{0}};
	const uint16_t domid = rg.guest.domid;

	assert_int_equal(toolstack_add_device(&rg.ts, "vkbd", domid, devid, plain), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vkbd", domid, devid), 0);
	assert_int_equal(keyboard_load(kb, &rg.guest, devid), 0);
	assert_true(front_wait(&kb->front, state, WAIT_MS));
}

TEST(a_guest_has_as_many_input_devices_as_the_file_says_and_others_do_not_see_them)
{
	static struct keyboard kbs[2];

	start("input = yes\n", "[guest *]\ninputs = 1\n");
	rig_start(&rg, 116);
	add_keyboard(&kbs[0], 0, 4);
	add_keyboard(&kbs[1], 1, 6);
	assert_true(lab_log_has(&lab, "Refused an input device: the guest may have no more (inputs "
				      "in xenavd.conf)"));
	try_all(false, 1);
	assert_int_equal(seen.n_inputs, 1);
	assert_int_equal(seen.n_connectors + seen.n_playback, 0);
	/* Who sees and hears everything may still not type. */
	start("display = claim\nplayback = claim\n", "");
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	try_all(false, 3);
	assert_int_equal(seen.n_claimed, 3);
	assert_int_equal(seen.n_inputs, 0);
	keyboard_forget(&kbs[0]);
	keyboard_forget(&kbs[1]);
	rig_stop(&rg);
}

static bool has_no_frames(void *)
{
	return lab_log_has(&lab, "No frames of connector 0 for a consumer");
}

TEST(a_guest_whose_copies_are_too_many_goes_on_unseen_and_unheard)
{
	struct dbuf dbuf;

	start("display = claim\nplayback = claim\n", "[guest *]\ncopied-mib = 0\n");
	rig_start(&rg, 106);
	memset(&seen, 0, sizeof seen);
	assert_int_equal(xenav_open(&x, lab.socket, "test", &listener, NULL), 0);
	assert_true(guest_run_until(&rg.guest, has_answers, &(unsigned){3}, WAIT_MS));
	assert_int_equal(seen.n_claimed, 3);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_fine(rig_play(&rg, 9600));
	/* The consumer has to be read first. */
	assert_true(guest_run_until(&rg.guest, has_no_frames, NULL, WAIT_MS));
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	assert_int_equal(xenav_dispatch(x) < 0, 0);
	assert_int_equal(seen.disconnected, 0);
	assert_true(lab_log_has(&lab, "No sound for a consumer"));
	xenav_close(x);
	rig_stop(&rg);
}
