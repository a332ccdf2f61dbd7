/* SPDX-License-Identifier: MIT */
/* A keyboard: consumers that type without end, and a guest that sends events over its port. */
#include <config.h>

#include <linux/input-event-codes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attacks.h"
#include "crowd.h"
#include "daemon/rig.h"
#include "fake/keyboard.h"
#include "wire/wire.h"

#define MESSAGES 64 /* of each in a strike */

static struct rig_guest bad;
static struct keyboard kb;
static uint32_t input_id, connector_id;

static void note(const union xenav_msg *msg)
{
	if (msg->h.opcode == XENAV_OP_INPUT_ADDED && msg->input_added.domid == ATTACKER_DOMID)
		input_id = msg->h.object;
	if (msg->h.opcode == XENAV_OP_CONNECTOR_ADDED &&
	    msg->connector_added.domid == ATTACKER_DOMID)
		connector_id = msg->h.object;
}

static struct crowd crowd = {.note = note};

/* -------- the guest -------- */

static const char *come(void)
{
	static const struct toolstack_node plain[] = {{0}};
	const char *problem;

	memset(&kb, 0, sizeof kb);
	crowd_init(&crowd);
	problem = rig_bring_up(&bad, ATTACKER_DOMID);
	if (problem)
		return problem;
	if (toolstack_add_device(&bad.ts, "vkbd", ATTACKER_DOMID, 0, plain) < 0 ||
	    toolstack_wait_connection(&bad.ts, "vkbd", ATTACKER_DOMID, 0) < 0 ||
	    keyboard_load(&kb, &bad.guest, 0) < 0 || !front_wait(&kb.front, 4, WAIT_MS) ||
	    toolstack_wait_backend(&bad.ts, "vkbd", ATTACKER_DOMID, 0, 4, WAIT_MS) < 0)
		return "the keyboard is not connected";
	return NULL;
}

static void leave(void)
{
	crowd_leave(&crowd);
	keyboard_forget(&kb);
	rig_destroy(&bad);
}

/* Events that bring nothing. */
static unsigned notify(void)
{
	machine_port_notify(ATTACKER_DOMID, kb.port);
	usleep(100);
	return 1;
}

/* The guest says each time that it has read something, and there is never any room. */
static unsigned move_counter(void)
{
	const uint32_t prod = __atomic_load_n(keyboard_word(&kb, 1), __ATOMIC_ACQUIRE);
	static uint32_t behind;

	behind = (behind + 1) % 51;
	__atomic_store_n(keyboard_word(&kb, 0), prod - behind, __ATOMIC_RELEASE);
	return notify();
}

/* -------- the consumers -------- */

static bool announced(void)
{
	return input_id && connector_id;
}

static const char *come_with_consumers(void)
{
	const char *problem = come();

	input_id = connector_id = 0;
	if (!problem)
		problem = crowd_come(&crowd);
	if (!problem)
		problem = crowd_await(&crowd, &bad.guest, announced);
	for (unsigned i = 0; i < CONSUMERS && !problem; i++) {
		union xenav_msg msg;

		wire_init(&msg, XENAV_OP_CLAIM, input_id);
		msg.claim.ways = XENAV_WAY_COPY;
		msg.claim.mode = XENAV_MODE_FEED;
		crowd_read(&crowd, i);
		if (wire_send(crowd.socks[i], &msg, -1) < 0)
			problem = "a consumer cannot claim";
	}
	return problem;
}

/* Keys with positions between them, which is the most that a message can ask for. */
static void fill(struct xenav_msg_input_events *msg)
{
	msg->n = XENAV_INPUT_EVENTS_MAX;
	for (unsigned i = 0; i < XENAV_INPUT_EVENTS_MAX; i++) {
		struct xenav_input_event *event = &msg->events[i];

		event->kind = i % 2 ? XENAV_INPUT_POSITION : XENAV_INPUT_KEY;
		event->code = i % 2 ? 0 : (uint16_t)(KEY_1 + i);
		event->value = i % 4 == 0;
		event->connector = i % 2 ? connector_id : 0;
		event->x = (int32_t)i;
	}
}

static unsigned type(void)
{
	unsigned said = 0;
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_INPUT_EVENTS, input_id);
	fill(&msg.input_events);
	for (unsigned i = 0; i < CONSUMERS; i++) {
		for (unsigned n = 0; n < MESSAGES; n++)
			said += wire_send(crowd.socks[i], &msg, -1) == 0;
		crowd_read(&crowd, i);
	}
	/* The guest reads as fast as it can. */
	guest_run(&bad.guest, 0);
	if (said == 0)
		usleep(100);
	return said;
}

const struct attack input_attacks[] = {
	{"type", "keys and positions without end, from 8 consumers", NULL, come_with_consumers,
	 type, leave},
	{"kbd-events", "events that bring nothing, on the port of a keyboard", NULL, come, notify,
	 leave},
	{"kbd-counter", "the same, with a counter that moves each time", NULL, come, move_counter,
	 leave},
	{0},
};
