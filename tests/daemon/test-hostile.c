/* SPDX-License-Identifier: MIT */
/*
 * Guests that mean harm: rings that jump, events without end, states without sense, a store full
 * of rubbish.  Each hurts itself alone: xenavd lives, its use of everything stays what it was, and
 * the guest beside it plays and flips.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"
#include "xen/sndif.h"

/*
 * The writes that xenstored takes from one guest in some seconds, and the events of a port in one.
 */
#define FLOOD         100000
#define CHUNK         20
#define STORM         1000000
#define MAX_GROWN_KIB 1024

static struct rig_guest bad, good;
static uint16_t next_domid = 60;

static void start_both(void)
{
	rig_start(&good, next_domid++);
	rig_start(&bad, next_domid++);
}

static void assert_good_is_well(void)
{
	struct dbuf dbuf;

	assert_fine(rig_play(&good, 240));
	assert_fine(rig_show(&good, &dbuf, 0, 7));
	assert_int_equal(crtc_flip(CRTC(&good, 0), 7), 0);
	assert_fine(rig_hide(&good, &dbuf, 0, 7));
	assert_int_equal(good.sound.front.connects, 1);
	assert_int_equal(good.display.front.connects, 1);
	assert_false(lab_xenavd_died(&lab));
}

static void stop_both(void)
{
	assert_good_is_well();
	assert_fine(rig_destroy(&bad));
	rig_stop(&good);
}

TEST(a_ring_that_jumps_costs_its_guest_the_device)
{
	static const uint32_t jumps[] = {33, 34, 64, 0x7fffffff, 0x80000000, 0xffffffff};

	for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
		start_both();
		*channel_word(&PLAY(&bad)->channel, WORD_REQ_PROD) += jumps[i];
		channel_kick(&PLAY(&bad)->channel);
		/* 6, and the driver starts over; only the sound, the display has done nothing. */
		assert_true(front_wait(&bad.sound.front, 1, WAIT_MS));
		assert_true(front_wait(&bad.sound.front, 4, WAIT_MS));
		assert_int_equal(bad.sound.front.connects, 2);
		assert_int_equal(bad.display.front.connects, 1);
		stop_both();
	}
}

TEST(a_ring_full_of_rubbish_is_answered_slot_by_slot)
{
	struct channel *ch;

	start_both();
	ch = &PLAY(&bad)->channel;
	for (unsigned turn = 0; turn < 200; turn++) {
		uint32_t prod = *channel_word(ch, WORD_REQ_PROD);
		unsigned waited = 0;

		for (uint32_t i = 0; i < RING_SLOTS; i++)
			memset(channel_slot(ch, prod + i), (int)(0x30 + turn % 0xc0), SLOT_BYTES);
		__atomic_store_n(channel_word(ch, WORD_REQ_PROD), prod + RING_SLOTS,
				 __ATOMIC_RELEASE);
		channel_kick(ch);
		while (__atomic_load_n(channel_word(ch, WORD_RSP_PROD), __ATOMIC_ACQUIRE) !=
		       prod + RING_SLOTS) {
			assert_true(waited++ < WAIT_MS);
			usleep(1000);
		}
		for (uint32_t i = 0; i < RING_SLOTS; i++) {
			const uint8_t *slot = channel_slot(ch, prod + i);
			int32_t status;

			memcpy(&status, slot + 4, sizeof status);
			assert_int_equal(status, -EOPNOTSUPP);
			assert_int_equal(slot[2], 0x30 + turn % 0xc0);
			/* Nothing of the request, and nothing of ours. */
			assert_int_equal(slot[3], 0);
			for (unsigned b = 8; b < SLOT_BYTES; b++)
				assert_int_equal(slot[b], 0);
		}
	}
	stop_both();
}

TEST(an_event_page_that_jumps_costs_its_guest_the_device)
{
	struct dbuf dbuf;

	start_both();
	assert_fine(rig_show(&bad, &dbuf, 0, 7));
	*channel_event_word(&CRTC(&bad, 0)->channel, WORD_IN_CONS) += 1000;
	CRTC(&bad, 0)->channel.deaf = true;
	crtc_flip(CRTC(&bad, 0), 7);
	assert_true(front_wait(&bad.display.front, 4, WAIT_MS));
	for (unsigned i = 0; i < WAIT_MS && bad.display.front.connects < 2; i++)
		guest_run(&bad.guest, 1);
	assert_int_equal(bad.display.front.connects, 2);
	assert_int_equal(bad.sound.front.connects, 1);
	stop_both();
}

TEST(an_event_page_that_nobody_reads_holds_up_nothing_else)
{
	struct dbuf dbuf;
	int rc = 0;

	start_both();
	assert_fine(rig_show(&bad, &dbuf, 0, 7));
	CRTC(&bad, 0)->channel.deaf = true;
	/* 63 fit; what comes then is refused, not kept without end. */
	for (unsigned i = 0; i < 200 && rc == 0; i++) {
		uint8_t req[SLOT_BYTES] = {[2] = 0x15, [8] = 7};

		rc = channel_request(&CRTC(&bad, 0)->channel, req);
	}
	assert_int_equal(rc, -EBUSY);
	stop_both();
}

TEST(a_storm_of_events_leaves_the_others_their_turn)
{
	start_both();
	for (unsigned i = 0; i < STORM; i++) {
		machine_port_notify(bad.guest.domid, PLAY(&bad)->channel.ring_port);
		machine_port_notify(bad.guest.domid, PLAY(&bad)->channel.event_port);
		if (i % (STORM / 4) == 0)
			assert_good_is_well();
	}
	stop_both();
}

/* Straight into the store, as no driver would. */
static void write_state(struct rig_guest *rg, const char *kind, const char *value)
{
	char path[64];

	snprintf(path, sizeof path, "device/%s/0/state", kind);
	ringstore_write(&rg->guest.store, 0, path, value);
}

static void flood_state(struct rig_guest *rg, const char *kind, const char *states, unsigned n)
{
	char path[64];

	snprintf(path, sizeof path, "device/%s/0/state", kind);
	assert_int_equal(ringstore_flood(&rg->guest.store, path, states, n), 0);
}

TEST(a_flood_of_states_grows_nothing)
{
	struct lab_use before;
	uint32_t seed = 1;

	start_both();
	before = lab_use(&lab);
	for (unsigned i = 0; i < FLOOD / CHUNK; i++) {
		char states[CHUNK];

		for (unsigned j = 0; j < CHUNK; j++) {
			seed = seed * 1103515245 + 12345;
			states[j] = (char)('0' + (seed >> 16) % 10);
		}
		flood_state(&bad, i % 2 ? "vsnd" : "vdispl", states, CHUNK);
	}
	assert_good_is_well();
	assert_true(lab_use(&lab).threads <= before.threads);
	assert_true(lab_grew_less(&lab, &before, MAX_GROWN_KIB));
	stop_both();
}

static bool more_calls_than(enum machine_call call, uint64_t before)
{
	for (unsigned i = 0; i < 300; i++) {
		if (machine_calls(call) > before)
			return true;
		usleep(1000);
	}
	return false;
}

/* The guest publishes rings, and revokes them as soon as they are being mapped. */
TEST(a_guest_that_comes_and_goes_while_it_is_connected_has_to_wait)
{
	uint16_t domid;
	unsigned round = 0;

	start_both();
	domid = bad.guest.domid;
	write_state(&bad, "vsnd", "1");
	assert_int_equal(toolstack_wait_backend(&bad.ts, "vsnd", domid, 0, 2, WAIT_MS), 0);
	machine_order(CALL_MAP, domid, 0, UINT32_MAX, 0, 1000);
	for (;;) {
		uint64_t maps = machine_calls(CALL_MAP);
		uint64_t unmaps = machine_calls(CALL_UNMAP);

		write_state(&bad, "vsnd", "3");
		if (!more_calls_than(CALL_MAP, maps) &&
		    toolstack_backend_state(&bad.ts, "vsnd", domid, 0) == 6)
			break;
		assert_true(round++ < 100);
		write_state(&bad, "vsnd", "1");
		more_calls_than(CALL_UNMAP, unmaps);
	}
	stop_both();
}

TEST(a_flood_of_watch_events_grows_nothing)
{
	static char states[FLOOD];
	struct lab_use before;

	start_both();
	write_state(&bad, "vsnd", "4");
	memset(states, '4', sizeof states);
	before = lab_use(&lab);
	flood_state(&bad, "vsnd", states, sizeof states);
	assert_good_is_well();
	assert_true(lab_grew_less(&lab, &before, MAX_GROWN_KIB));
	assert_int_equal(bad.sound.front.connects, 1);
	stop_both();
}

static const char *const rubbish[][2] = {
	{"0/0/ring-ref", "-1"},
	{"0/0/ring-ref", "0"},
	{"0/0/ring-ref", "99999999999999999999"},
	{"0/0/ring-ref", "4294967295"},
	{"0/0/ring-ref", ""},
	{"0/0/event-channel", "12x"},
	{"0/0/event-channel", "0"},
	{"0/0/evt-ring-ref", " 9"},
	{"0/0/evt-event-channel", "+9"},
	{"0/0/type", "playback"},
	{"channels-max", "256"},
	{"channels-min", "9"},
	{"sample-rates", "44.1,,48k"},
	{"buffer-size", "64k"},
	{"0/0/unique-id", "a\nb"},
	{"0/0/unique-id",
	 "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
	 "890123456789012345678901234567890123456789"},
};

/* The guest is told with 6, and nothing is mapped. */
TEST(rubbish_in_the_store_is_an_error_of_one_attempt)
{
	assert_fine(rig_create(&good, next_domid++));
	assert_fine(rig_attach(&good));
	assert_fine(rig_load(&good));
	assert_fine(rig_connect(&good));
	for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
		char path[64];

		assert_fine(rig_create(&bad, next_domid++));
		assert_int_equal(
			toolstack_add_device(&bad.ts, "vsnd", bad.guest.domid, 0, rig_sound_nodes),
			0);
		assert_int_equal(toolstack_wait_connection(&bad.ts, "vsnd", bad.guest.domid, 0), 0);
		snprintf(path, sizeof path, "device/vsnd/0/%s", rubbish[i][0]);
		assert_int_equal(ringstore_write(&bad.guest.store, 0, path, rubbish[i][1]), 0);
		write_state(&bad, "vsnd", "3");
		assert_int_equal(
			toolstack_wait_backend(&bad.ts, "vsnd", bad.guest.domid, 0, 6, WAIT_MS), 0);
		assert_int_equal(machine_mapped_of(bad.guest.domid), 0);
		assert_fine(rig_destroy(&bad));
	}
	assert_good_is_well();
	rig_stop(&good);
}

TEST(a_guest_cannot_touch_what_is_not_its_own)
{
	char path[96];
	struct ringstore *store;

	start_both();
	store = &bad.guest.store;
	snprintf(path, sizeof path, "/local/domain/0/backend/vsnd/%u/0/state", bad.guest.domid);
	assert_int_equal(ringstore_write(store, 0, path, "5"), -EACCES);
	snprintf(path, sizeof path, "/local/domain/%u/device/vsnd/0/state", good.guest.domid);
	assert_int_equal(ringstore_write(store, 0, path, "5"), -EACCES);
	/*
	 * A read-only node in its own directory can be replaced by the guest: the daemon expects
	 * that.
	 */
	assert_int_equal(ringstore_write(store, 0, "device/vdispl/0/0/resolution", "1x1"), -EACCES);
	assert_int_equal(ringstore_rm(store, 0, "device/vdispl/0/0"), 0);
	assert_int_equal(ringstore_write(store, 0, "device/vdispl/0/0/resolution", "1x1"), 0);
	stop_both();
}
