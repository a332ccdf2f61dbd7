/* SPDX-License-Identifier: MIT */
/*
 * Input devices: what the daemon is told of the keys, pointer and contacts that the program feeds.
 *
 * After a pause the keys that are down behind what the daemon had taken are pressed again, and then
 * follow the events that it had not taken, although they were sent, and those of the pause.  When
 * too many wait they are forgotten, except for what is held in the end.  Contacts of a touch screen
 * are told again where they are now.
 *
 * The daemon says what it has taken when the guest has it.  One that is killed between these two
 * moments, which are microseconds apart unless our socket is full, has its last events repeated.
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

	eventlog_clear(&in->log);
	in->held = (struct keyset){0};
	in->told = (struct telling){0};
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

/* -------- what is sent -------- */

static bool first_key(const struct keyset *from, bool pressed, struct xenav_input_event *event)
{
	const int code = keyset_first(from);

	if (code < 0)
		return false;
	*event = (struct xenav_input_event){
		.kind = XENAV_INPUT_KEY,
		.value = pressed,
		.code = (uint16_t)code,
	};
	return true;
}

/* The next event that is told before the log. */
static bool next_again(const struct xenav_input *in, struct telling *t,
		       struct xenav_input_event *event)
{
	if (first_key(&t->again, true, event)) {
		keyset_put(&t->again, event->code, false);
		return true;
	}
	return touches_next(&t->touches, in->o.x, event);
}

/*
 * The next event of the log, from entry *i on.  Without a daemon that could be told a reset, that
 * is the release of every key.  A position on a connector that is not there is left out.
 */
static bool next_of_log(const struct xenav_input *in, struct telling *t, unsigned int *i,
			struct xenav_input_event *event)
{
	for (; *i < in->log.n; ++*i) {
		const struct eventlog_entry *entry = &in->log.entries[*i];
		const int64_t connector = connector_number(in->o.x, entry->connector);

		if (entry->event.kind != XENAV_INPUT_NONE && connector >= 0) {
			*event = entry->event;
			event->connector = (uint32_t)connector;
			++*i;
			return true;
		}
		if (entry->event.kind == XENAV_INPUT_NONE && first_key(&t->down, false, event)) {
			keyset_put(&t->down, event->code, false);
			*i += keyset_first(&t->down) < 0;
			return true;
		}
	}
	return false;
}

static bool next_event(const struct xenav_input *in, struct telling *t, unsigned int *i,
		       struct xenav_input_event *event)
{
	return next_again(in, t, event) || next_of_log(in, t, i, event);
}

bool input_has_events(const struct xenav_input *in)
{
	struct telling told = in->told;
	struct xenav_input_event event;
	unsigned int i = in->log.n_sent;

	return next_event(in, &told, &i, &event);
}

/* The next events in their order, as far as there are any.  The socket may not take them. */
static int put_events(struct xenav_object *o, union xenav_msg *msg)
{
	struct xenav_input *in = input_of(o);
	struct xenav_msg_input_events *m = &msg->input_events;
	struct telling *t = &in->told_next;
	unsigned int i = in->log.n_sent;
	bool any = true;

	*t = in->told;
	for (m->n = 0; any && m->n < XENAV_INPUT_EVENTS_MAX; m->n += any) {
		struct xenav_input_event *event = &m->events[m->n];
		unsigned int from = i;

		any = next_event(in, t, &i, event);
		if (any && event->kind == XENAV_INPUT_KEY)
			keyset_put(&t->down, event->code, event->value);
		else if (any)
			touches_sent(&t->touches, event);
		t->n += any;
		while (from < i)
			in->log.entries[from++].number = t->n;
	}
	in->n_sent_next = i;
	return -1;
}

/* Such a daemon does not say what it takes. */
static void sent(struct xenav_input *in, unsigned int n)
{
	eventlog_sent(&in->log, n);
	if (!(in->o.x->features & XENAV_FEATURE_TAKEN))
		eventlog_taken(&in->log, in->told.n, in->told.n);
}

static bool events_sent(struct xenav_object *o)
{
	struct xenav_input *in = input_of(o);

	in->told = in->told_next;
	sent(in, in->n_sent_next);
	return input_has_events(in);
}

/* Its entry is the first that waits, if any key was down: see xenav_input_reset(). */
static bool reset_sent(struct xenav_object *o)
{
	struct xenav_input *in = input_of(o);
	struct eventlog *log = &in->log;
	unsigned int n = log->n_sent;

	in->told.n++;
	in->told.down = (struct keyset){0};
	touches_reset(&in->told.touches);
	if (n < log->n && log->entries[n].event.kind == XENAV_INPUT_NONE)
		log->entries[n++].number = in->told.n;
	sent(in, n);
	if (!input_has_events(in))
		send_cancel(o, OUT_EVENTS);
	return false;
}

static int on_taken(struct xenav_object *o, const struct incoming *msg)
{
	struct xenav_input *in = input_of(o);

	return eventlog_taken(&in->log, msg->msg.input_taken.count, in->told.n);
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

/* Contacts are told again otherwise. */
static bool is_kept(const struct xenav_input_event *event)
{
	return !is_touch(event);
}

static void on_lost(struct xenav_object *o)
{
	struct xenav_input *in = input_of(o);

	eventlog_lost(&in->log, is_kept);
	in->told.down = in->told.again = in->log.taken;
	in->told.n = 0;
	touches_lost(&in->told.touches);
}

static void on_resumed(struct xenav_object *o)
{
	if (input_has_events(input_of(o)))
		send_post(o, OUT_EVENTS);
}

static void append_all(struct xenav_input *in, struct keyset keys, bool pressed)
{
	struct xenav_input_event event;

	while (first_key(&keys, pressed, &event)) {
		keyset_put(&keys, event.code, false);
		eventlog_append(&in->log, &event, NULL);
	}
}

void input_forget_waiting(struct xenav_input *in)
{
	eventlog_drop_waiting(&in->log);
	append_all(in, keyset_but(&in->held, &in->told.down), true);
	append_all(in, keyset_but(&in->told.down, &in->held), false);
}

static const struct in_row in_rows[] = {
	{XENAV_OP_INPUT_TAKEN, on_taken},
	{0},
};

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
