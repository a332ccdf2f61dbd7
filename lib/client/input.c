/* SPDX-License-Identifier: MIT */
/*
 * Input devices: what the daemon is told of the keys, pointer and contacts that the program feeds.
 *
 * After a pause the keys that the daemon knew as held are pressed again, and then the queue goes
 * on: so that what was released meanwhile is released.  A queue that has become full meanwhile is
 * forgotten, except for what is held in the end.  Contacts of a touch screen are told again where
 * they are now.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/connector.h"
#include "client/input.h"
#include "client/send.h"
#include "wire/names.h"

static struct xenav_input *input_of(struct xenav_object *o)
{
	_Static_assert(offsetof(struct xenav_input, o) == 0,
		       "an object is where its input device is");
	return (struct xenav_input *)o;
}

static void on_added(struct xenav_object *o, const union xenav_msg *msg)
{
	const struct xenav_msg_input_added *m = &msg->input_added;
	struct xenav_input *in = input_of(o);

	COPY_STRING(in->domain_name, m->domain_name);
	COPY_STRING(in->unique_id, m->unique_id);
	in->info = (struct xenav_input_info){
		.domid = m->domid,
		.devid = m->devid,
		.caps = m->caps,
		.contacts = m->contacts,
		.width = m->width,
		.height = m->height,
		.touch_width = m->touch_width,
		.touch_height = m->touch_height,
		.domain_name = in->domain_name,
		.unique_id = in->unique_id,
	};
	base_log(o->x, XENAV_LOG_DEBUG, "Object %u is an input device of domain %u",
		 (unsigned int)o->id, (unsigned int)m->domid);
	TELL(o->x, input_added, in);
}

static void reset(struct xenav_object *o)
{
	struct xenav_input *in = input_of(o);

	in->n_queue = 0;
	in->held = in->told = in->press = in->release = (struct keyset){0};
	in->touches = (struct touches){0};
	send_cancel(o, OUT_RESET | OUT_EVENTS);
}

static void on_claimed(struct xenav_object *o)
{
	TELL(o->x, input_ready, input_of(o));
}

static void on_failed(struct xenav_object *o, uint16_t opcode, int error)
{
	if (opcode == XENAV_OP_CLAIM)
		TELL(o->x, input_failed, input_of(o), error);
}

static void on_removed(struct xenav_object *o)
{
	TELL(o->x, input_removed, input_of(o));
}

/* Take a key out of a set, as an event.  @return whether there is one. */
static bool take_key(struct keyset *from, bool pressed, struct xenav_input_event *event)
{
	const int code = keyset_first(from);

	if (code < 0)
		return false;
	keyset_put(from, (unsigned int)code, false);
	*event = (struct xenav_input_event){
		.kind = XENAV_INPUT_KEY,
		.value = pressed,
		.code = (uint16_t)code,
	};
	return true;
}

/* The next event that is told before the queue. */
static bool next_again(struct xenav_input *in, struct xenav_input_event *event)
{
	return take_key(&in->press, true, event) || take_key(&in->release, false, event) ||
	       touches_next(&in->touches, in->o.x, event);
}

bool input_has_events(const struct xenav_input *in)
{
	struct touches touches = in->touches;
	struct xenav_input_event event;

	return in->n_queue > 0 || keyset_first(&in->press) >= 0 ||
	       keyset_first(&in->release) >= 0 || touches_next(&touches, in->o.x, &event);
}

/* Move the events of the next message there, in their order. */
static void take_events(struct xenav_input *in, struct xenav_msg_input_events *m)
{
	unsigned int n = 0;

	m->n = 0;
	while (m->n < XENAV_INPUT_EVENTS_MAX && next_again(in, &m->events[m->n]))
		m->n++;
	while (m->n < XENAV_INPUT_EVENTS_MAX && n < in->n_queue)
		m->events[m->n++] = in->queue[n++];
	in->n_queue -= n;
	memmove(in->queue, in->queue + n, in->n_queue * sizeof in->queue[0]);
}

/* It is tried with a copy, because the socket may not take it. */
static int put_events(struct xenav_object *o, union xenav_msg *m)
{
	struct xenav_input copy = *input_of(o);

	take_events(&copy, &m->input_events);
	return -1;
}

static bool events_sent(struct xenav_object *o)
{
	struct xenav_msg_input_events m;
	struct xenav_input *in = input_of(o);

	take_events(in, &m);
	for (unsigned int i = 0; i < m.n; i++) {
		if (m.events[i].kind == XENAV_INPUT_KEY)
			keyset_put(&in->told, m.events[i].code, m.events[i].value);
		else
			touches_sent(&in->touches, &m.events[i]);
	}
	return input_has_events(in);
}

static bool reset_sent(struct xenav_object *o)
{
	input_of(o)->told = (struct keyset){0};
	touches_reset(&input_of(o)->touches);
	return false;
}

/* -------- pauses -------- */

static bool is_same(const struct xenav_object *o, const union xenav_msg *msg, bool by_name)
{
	const struct xenav_input *in = (const struct xenav_input *)o;
	const struct xenav_msg_input_added *m = &msg->input_added;

	return m->domid == in->info.domid && m->devid == in->info.devid &&
	       m->caps == in->info.caps && m->contacts == in->info.contacts &&
	       m->width == in->info.width && m->height == in->info.height &&
	       m->touch_width == in->info.touch_width && m->touch_height == in->info.touch_height &&
	       strcmp(m->unique_id, in->unique_id) == 0 &&
	       (!by_name || strcmp(m->domain_name, in->domain_name) == 0);
}

static bool is_touch(const struct xenav_input_event *event)
{
	return event->kind == XENAV_INPUT_CONTACT || event->kind == XENAV_INPUT_SHAPE ||
	       event->kind == XENAV_INPUT_ORIENTATION || event->kind == XENAV_INPUT_LIFT;
}

/* Connectors get other numbers: what waits for one is void. */
static void on_lost(struct xenav_object *o)
{
	struct xenav_input *in = input_of(o);
	unsigned int n = 0;

	for (unsigned int i = 0; i < in->n_queue; i++)
		if (in->queue[i].connector == 0 && !is_touch(&in->queue[i]))
			in->queue[n++] = in->queue[i];
	in->n_queue = n;
	/* Without a queue nothing would release what a reset was to release. */
	in->press = in->told;
	in->release = n > 0 ? (struct keyset){0} : keyset_but(&in->told, &in->held);
	touches_lost(&in->touches);
}

static void on_resumed(struct xenav_object *o)
{
	if (input_has_events(input_of(o)))
		send_post(o, OUT_EVENTS);
}

void input_forget_queue(struct xenav_input *in)
{
	in->n_queue = 0;
	in->press = keyset_or(&in->told, &in->held);
	in->release = keyset_but(&in->told, &in->held);
}

static const struct in_row in_rows[] = {{0}};

static const struct out_row out_rows[] = {
	{OUT_RESET, XENAV_OP_INPUT_RESET, false, NULL, reset_sent},
	{OUT_EVENTS, XENAV_OP_INPUT_EVENTS, false, put_events, events_sent},
	{0},
};

const struct object_ops input_ops = {
	.added_opcode = XENAV_OP_INPUT_ADDED,
	.size = sizeof(struct xenav_input),
	.in = in_rows,
	.out = out_rows,
	.added = on_added,
	.reset = reset,
	.claimed = on_claimed,
	.failed = on_failed,
	.removed = on_removed,
	.same = is_same,
	.lost = on_lost,
	.resumed = on_resumed,
};

/* -------- for the program -------- */

const struct xenav_input_info *xenav_input_get_info(const struct xenav_input *in)
{
	return &in->info;
}

void xenav_input_set_data(struct xenav_input *in, void *data)
{
	in->o.data = data;
}

void *xenav_input_get_data(const struct xenav_input *in)
{
	return in->o.data;
}

int xenav_input_feed(struct xenav_input *in)
{
	return object_claim(&in->o, XENAV_MODE_FEED);
}

int xenav_input_release(struct xenav_input *in)
{
	return object_release(&in->o);
}

static bool names_any(const struct xenav_input *in)
{
	const struct xenav_object *o;

	TAILQ_FOREACH (o, &in->o.x->objects, link) {
		const struct xenav_connector *c = (const struct xenav_connector *)o;

		if (o->ops == &connector_ops && c->info.domid == in->info.domid &&
		    names_connector(in->unique_id, c->unique_id))
			return true;
	}
	return false;
}

int xenav_input_belongs(const struct xenav_input *in, const struct xenav_connector *c)
{
	if (c->info.domid != in->info.domid)
		return 0;
	return names_connector(in->unique_id, c->unique_id) || !names_any(in);
}
