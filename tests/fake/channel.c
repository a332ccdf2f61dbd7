/* SPDX-License-Identifier: MIT */
/* See channel.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "channel.h"
#include "machine.h"

int channel_create(struct channel *ch, struct guest *guest)
{
	unsigned slot = 0;
	int rc;

	while (slot < GUEST_CHANNELS && guest->channels[slot])
		slot++;
	if (slot == GUEST_CHANNELS)
		return -ENOSPC;
	ch->guest = guest;
	ch->req_prod = 0;
	ch->rsp_cons = 0;
	ch->next_id = 0;
	ch->event_id = 0;
	ch->waiting = false;
	rc = guest_pages_alloc(guest, &ch->ring, 1);
	if (rc == 0)
		rc = guest_pages_alloc(guest, &ch->events, 1);
	if (rc < 0)
		return rc;
	/* SHARED_RING_INIT */
	*channel_word(ch, WORD_REQ_EVENT) = 1;
	*channel_word(ch, WORD_RSP_EVENT) = 1;
	rc = machine_port_alloc(guest->domid, machine->backend_domid, -1);
	if (rc < 0)
		return rc;
	ch->ring_port = (uint32_t)rc;
	rc = machine_port_alloc(guest->domid, machine->backend_domid, -1);
	if (rc < 0)
		return rc;
	ch->event_port = (uint32_t)rc;
	guest->channels[slot] = ch;
	return 0;
}

unsigned channel_destroy(struct channel *ch)
{
	struct guest *guest = ch->guest;
	unsigned mapped;

	if (!guest)
		return 0;
	for (unsigned i = 0; i < GUEST_CHANNELS; i++)
		if (guest->channels[i] == ch)
			guest->channels[i] = NULL;
	machine_port_close(guest->domid, ch->ring_port);
	machine_port_close(guest->domid, ch->event_port);
	mapped = guest_pages_free(guest, &ch->ring);
	mapped += guest_pages_free(guest, &ch->events);
	ch->guest = NULL;
	return mapped;
}

int channel_publish(struct channel *ch, struct front *front, uint32_t tx, const char *dir,
		    const char *prefix)
{
	bool req = *prefix != '\0';
	int rc;

	rc = front_write_number(front, tx, dir, req ? "req-ring-ref" : "ring-ref",
				ch->ring.refs[0]);
	if (rc == 0)
		rc = front_write_number(front, tx, dir, req ? "req-event-channel" : "event-channel",
					ch->ring_port);
	if (rc == 0)
		rc = front_write_number(front, tx, dir, "evt-ring-ref", ch->events.refs[0]);
	if (rc == 0)
		rc = front_write_number(front, tx, dir, "evt-event-channel", ch->event_port);
	return rc;
}

uint32_t *channel_word(const struct channel *ch, unsigned index)
{
	return (uint32_t *)(void *)ch->ring.data + index;
}

uint32_t *channel_event_word(const struct channel *ch, unsigned index)
{
	return (uint32_t *)(void *)ch->events.data + index;
}

uint8_t *channel_slot(const struct channel *ch, uint32_t index)
{
	return ch->ring.data + SLOT_BYTES + index % RING_SLOTS * SLOT_BYTES;
}

void channel_peek_slot(const struct channel *ch, uint8_t slot[SLOT_BYTES])
{
	memcpy(slot, channel_slot(ch, ch->req_prod), SLOT_BYTES);
}

void channel_kick(struct channel *ch)
{
	machine_port_notify(ch->guest->domid, ch->ring_port);
}

static void push(struct channel *ch)
{
	uint32_t old = ch->req_prod++;
	uint32_t event;

	__atomic_store_n(channel_word(ch, WORD_REQ_PROD), ch->req_prod, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	event = __atomic_load_n(channel_word(ch, WORD_REQ_EVENT), __ATOMIC_RELAXED);
	if (ch->req_prod - event < ch->req_prod - old)
		channel_kick(ch);
}

/* The kernel would take old answers for new ones, four thousand million of them. */
static bool goes_back(const struct channel *ch)
{
	const uint32_t prod = __atomic_load_n(channel_word(ch, WORD_RSP_PROD), __ATOMIC_ACQUIRE);

	if (prod - ch->rsp_cons <= RING_SLOTS)
		return false;
	guest_oops(ch->guest, "answers go back, or are more than there is room for");
	return true;
}

static void take_answers(struct channel *ch)
{
	if (goes_back(ch))
		return;
	for (;;) {
		uint8_t rsp[SLOT_BYTES];
		uint16_t id;

		while (ch->rsp_cons !=
		       __atomic_load_n(channel_word(ch, WORD_RSP_PROD), __ATOMIC_ACQUIRE)) {
			memcpy(rsp, channel_slot(ch, ch->rsp_cons++), sizeof rsp);
			memcpy(&id, rsp, sizeof id);
			if (!ch->waiting || id != ch->id || rsp[2] != ch->op) {
				ch->guest->late++;
				continue;
			}
			memcpy(ch->answer, rsp, sizeof rsp);
			ch->answered = true;
			ch->waiting = false;
		}
		/* RING_FINAL_CHECK_FOR_RESPONSES */
		__atomic_store_n(channel_word(ch, WORD_RSP_EVENT), ch->rsp_cons + 1,
				 __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (ch->rsp_cons ==
		    __atomic_load_n(channel_word(ch, WORD_RSP_PROD), __ATOMIC_ACQUIRE))
			return;
	}
}

/* A backend may leave numbers out up to a multiple of 65536; what stands there is no event. */
static bool is_left_out(uint32_t cons, uint32_t prod)
{
	return cons - (prod & ~(uint32_t)UINT16_MAX) > UINT16_MAX;
}

static void take_events(struct channel *ch)
{
	uint32_t prod = __atomic_load_n(channel_event_word(ch, WORD_IN_PROD), __ATOMIC_ACQUIRE);
	uint32_t cons = *channel_event_word(ch, WORD_IN_CONS);

	if (ch->deaf || prod == cons)
		return;
	if ((int32_t)(prod - cons) < 0) {
		guest_oops(ch->guest, "events go back");
		return;
	}
	for (; cons != prod; cons++) {
		uint8_t event[SLOT_BYTES];
		uint16_t id;

		memcpy(event, ch->events.data + SLOT_BYTES + cons % EVENT_SLOTS * SLOT_BYTES,
		       sizeof event);
		memcpy(&id, event, sizeof id);
		/* One that is out of step puts all that follow out of step. */
		if (id != ch->event_id++) {
			if (is_left_out(cons, prod))
				continue;
			ch->n_dropped++;
			guest_oops(ch->guest, "an event has the wrong id");
			continue;
		}
		ch->n_events++;
		if (ch->on_event)
			ch->on_event(ch, event);
	}
	__atomic_store_n(channel_event_word(ch, WORD_IN_CONS), cons, __ATOMIC_RELEASE);
}

void channel_clear(struct channel *ch, bool events)
{
	ch->next_id = 0;
	if (!events)
		return;
	ch->event_id = 0;
	__atomic_store_n(channel_event_word(ch, WORD_IN_CONS),
			 __atomic_load_n(channel_event_word(ch, WORD_IN_PROD), __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
}

void channel_run(struct channel *ch)
{
	machine_port_take(ch->ring_port);
	machine_port_take(ch->event_port);
	take_answers(ch);
	take_events(ch);
}

static bool is_answered(void *data)
{
	const struct channel *ch = data;

	return ch->answered;
}

int channel_request(struct channel *ch, uint8_t req[SLOT_BYTES])
{
	int32_t status;

	ch->id = ch->next_id++;
	ch->op = req[2];
	ch->waiting = true;
	ch->answered = false;
	memcpy(req, &ch->id, sizeof ch->id);
	memcpy(channel_slot(ch, ch->req_prod), req, SLOT_BYTES);
	push(ch);
	if (!guest_run_until(ch->guest, is_answered, ch, ch->guest->wait_ms)) {
		ch->waiting = false;
		return -ETIMEDOUT;
	}
	memcpy(&status, ch->answer + 4, sizeof status);
	return status;
}

unsigned channel_flood(struct channel *ch, const uint8_t req[SLOT_BYTES])
{
	const uint32_t prod = __atomic_load_n(channel_word(ch, WORD_RSP_PROD), __ATOMIC_ACQUIRE);
	const unsigned answered = prod - ch->rsp_cons;

	ch->rsp_cons = prod;
	while (ch->req_prod - ch->rsp_cons < RING_SLOTS) {
		memcpy(channel_slot(ch, ch->req_prod), req, SLOT_BYTES);
		push(ch);
	}
	return answered;
}
