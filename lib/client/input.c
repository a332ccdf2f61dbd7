/* SPDX-License-Identifier: MIT */
/*
 * Input devices: what the program feeds them.
 *
 * Events wait in a short queue until xenav_input_flush(), or until the socket takes them.  Motion
 * is added up there, so it is keys and contacts alone that can fill the queue.
 *
 * After a pause the keys that the daemon knew as held are pressed again, and then the queue goes
 * on: so that what was released meanwhile is released.  A queue that has become full meanwhile is
 * forgotten, except for what is held in the end.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/connector.h"
#include "client/keyset.h"
#include "client/send.h"
#include "wire/names.h"

#define OUT_RESET  OUT_OF_KIND(0)
#define OUT_EVENTS OUT_OF_KIND(1)

#define MAX_QUEUE 128

struct xenav_input {
	struct xenav_object o; /* first */
	struct xenav_input_info info;
	char domain_name[64];
	char unique_id[96];
	struct xenav_input_event queue[MAX_QUEUE];
	unsigned int n_queue;
	struct keyset held;    /* by the program */
	struct keyset told;    /* to the daemon to be held */
	struct keyset press;   /* to be sent before the queue: keys to be pressed again.. */
	struct keyset release; /* ..and then those to be released */
};

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

static bool has_events(const struct xenav_input *in)
{
	return in->n_queue > 0 || keyset_first(&in->press) >= 0 || keyset_first(&in->release) >= 0;
}

/* The events of the next message, in their order.  @return how many of them are in the queue. */
static unsigned int next_events(const struct xenav_input *in, struct xenav_msg_input_events *m,
				struct keyset *press, struct keyset *release)
{
	unsigned int queued = 0;

	*press = in->press;
	*release = in->release;
	m->n = 0;
	while (m->n < XENAV_INPUT_EVENTS_MAX && (take_key(press, true, &m->events[m->n]) ||
						 take_key(release, false, &m->events[m->n])))
		m->n++;
	while (m->n < XENAV_INPUT_EVENTS_MAX && queued < in->n_queue)
		m->events[m->n++] = in->queue[queued++];
	return queued;
}

static int put_events(struct xenav_object *o, union xenav_msg *m)
{
	struct keyset press, release;

	next_events(input_of(o), &m->input_events, &press, &release);
	return -1;
}

static bool events_sent(struct xenav_object *o)
{
	struct xenav_msg_input_events m;
	struct xenav_input *in = input_of(o);
	const unsigned int n = next_events(in, &m, &in->press, &in->release);

	for (unsigned int i = 0; i < m.n; i++)
		if (m.events[i].kind == XENAV_INPUT_KEY)
			keyset_put(&in->told, m.events[i].code, m.events[i].value);
	in->n_queue -= n;
	memmove(in->queue, in->queue + n, in->n_queue * sizeof in->queue[0]);
	return has_events(in);
}

static bool reset_sent(struct xenav_object *o)
{
	input_of(o)->told = (struct keyset){0};
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

/* Connectors get other numbers: what waits for one is void. */
static void on_lost(struct xenav_object *o)
{
	struct xenav_input *in = input_of(o);
	unsigned int n = 0;

	for (unsigned int i = 0; i < in->n_queue; i++)
		if (in->queue[i].connector == 0)
			in->queue[n++] = in->queue[i];
	in->n_queue = n;
	/* Without a queue nothing would release what a reset was to release. */
	in->press = in->told;
	in->release = n > 0 ? (struct keyset){0} : keyset_but(&in->told, &in->held);
}

static void on_resumed(struct xenav_object *o)
{
	if (has_events(input_of(o)))
		send_post(o, OUT_EVENTS);
}

/* Of a queue that is full in a pause only what is held in the end counts. */
static void forget_queue(struct xenav_input *in)
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

/* The last event that waits, if the new one can be part of it. */
static struct xenav_input_event *last_like(struct xenav_input *in,
					   const struct xenav_input_event *event)
{
	struct xenav_input_event *last = in->n_queue > 0 ? &in->queue[in->n_queue - 1] : NULL;

	if (!last || last->kind != event->kind || last->code != event->code ||
	    last->connector != event->connector)
		return NULL;
	return last;
}

static int32_t add(int32_t a, int32_t b)
{
	int32_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT32_MAX : INT32_MIN;
}

/* Motion is added up, and of positions only the last counts, with the wheel of all. */
static bool merge(struct xenav_input *in, const struct xenav_input_event *event)
{
	struct xenav_input_event *last = last_like(in, event);

	if (!last)
		return false;
	if (event->kind == XENAV_INPUT_MOTION) {
		last->x = add(last->x, event->x);
		last->y = add(last->y, event->y);
	} else if (event->kind == XENAV_INPUT_POSITION || event->kind == XENAV_INPUT_CONTACT) {
		last->x = event->x;
		last->y = event->y;
	} else {
		return false;
	}
	last->z = add(last->z, event->z);
	return true;
}

static int queue(struct xenav_input *in, const struct xenav_input_event *event)
{
	if (base_is_over(in->o.x))
		return -ENOTCONN;
	if (!in->o.claimed)
		return -EINVAL;
	if (merge(in, event))
		return 0;
	if (in->n_queue == MAX_QUEUE)
		xenav_input_flush(in);
	if (in->n_queue == MAX_QUEUE && !base_is_paused(&in->o))
		return -EAGAIN;
	if (event->kind == XENAV_INPUT_KEY)
		keyset_put(&in->held, event->code, event->value);
	if (in->n_queue == MAX_QUEUE)
		forget_queue(in);
	else
		in->queue[in->n_queue++] = *event;
	return 0;
}

int xenav_input_key(struct xenav_input *in, uint32_t code, int pressed)
{
	const struct xenav_input_event event = {
		.kind = XENAV_INPUT_KEY,
		.value = pressed != 0,
		.code = (uint16_t)code,
	};

	return code <= UINT16_MAX ? queue(in, &event) : -ERANGE;
}

int xenav_input_motion(struct xenav_input *in, int32_t dx, int32_t dy, int32_t wheel)
{
	const struct xenav_input_event event = {
		.kind = XENAV_INPUT_MOTION,
		.x = dx,
		.y = dy,
		.z = wheel,
	};

	return queue(in, &event);
}

static int put_at(struct xenav_input *in, enum xenav_input_kind kind, uint32_t code,
		  const struct xenav_connector *c, int32_t x, int32_t y, int32_t wheel)
{
	const struct xenav_input_event event = {
		.kind = (uint8_t)kind,
		.code = (uint16_t)code,
		.connector = connector_object_id(c),
		.x = x,
		.y = y,
		.z = wheel,
	};

	if (code > UINT16_MAX)
		return -ERANGE;
	/* It has no number while it is away. */
	if (c && c->o.absent && in->o.claimed && !base_is_over(in->o.x))
		return 0;
	return queue(in, &event);
}

int xenav_input_position(struct xenav_input *in, const struct xenav_connector *c, int32_t x,
			 int32_t y, int32_t wheel)
{
	return put_at(in, XENAV_INPUT_POSITION, 0, c, x, y, wheel);
}

int xenav_input_touch(struct xenav_input *in, uint32_t contact, const struct xenav_connector *c,
		      int32_t x, int32_t y)
{
	return put_at(in, XENAV_INPUT_CONTACT, contact, c, x, y, 0);
}

int xenav_input_touch_shape(struct xenav_input *in, uint32_t contact, uint32_t major,
			    uint32_t minor)
{
	if (major > INT32_MAX || minor > INT32_MAX)
		return -ERANGE;
	return put_at(in, XENAV_INPUT_SHAPE, contact, NULL, (int32_t)major, (int32_t)minor, 0);
}

int xenav_input_touch_orientation(struct xenav_input *in, uint32_t contact, int32_t degrees)
{
	return put_at(in, XENAV_INPUT_ORIENTATION, contact, NULL, degrees, 0, 0);
}

int xenav_input_touch_end(struct xenav_input *in, uint32_t contact)
{
	return put_at(in, XENAV_INPUT_LIFT, contact, NULL, 0, 0, 0);
}

int xenav_input_reset(struct xenav_input *in)
{
	if (base_is_over(in->o.x))
		return -ENOTCONN;
	if (!in->o.claimed)
		return -EINVAL;
	in->n_queue = 0;
	in->held = in->press = in->release = (struct keyset){0};
	if (base_is_paused(&in->o))
		forget_queue(in);
	send_cancel(&in->o, OUT_EVENTS);
	send_post(&in->o, OUT_RESET);
	return 0;
}

int xenav_input_flush(struct xenav_input *in)
{
	if (base_is_over(in->o.x))
		return -ENOTCONN;
	if (has_events(in))
		send_post(&in->o, OUT_EVENTS);
	return 0;
}
