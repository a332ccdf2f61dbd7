/* SPDX-License-Identifier: MIT */
/* See input.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/engine.h"
#include "config/policy.h"
#include "input/feeder.h"
#include "input/input.h"
#include "input/published.h"
#include "report/log.h"
#include "report/status.h"
#include "xen/kbdif.h"
#include "xen/kbdlink.h"

/* Between two notifications of a guest, and two events of motion. */
#define PAUSE_NS NS_PER_MS

struct member {
	const void *data;
	struct feeder feeder;
	LIST_ENTRY(member) link;
};

struct input {
	struct engine engine;
	const struct input_env *env;
	struct guest_info guest;
	uint16_t devid;
	char unique_id[INPUT_UNIQUE_ID_BYTES];
	struct kbdlink link;
	struct input_state state;
	LIST_HEAD(, member) members;
	unsigned n_members;
	struct event *timer;
	uint64_t pushed_ns;   /* last time that events were placed */
	uint64_t notified_ns; /* last time that the guest was notified */
	bool unnotified;
	bool announced;
	bool leaving;
	uint64_t n_events;
	struct status_source status;
};

/* -------- to the guest -------- */

/* The page has more slots than the guest should find full. */
static unsigned room(struct input *input)
{
	const unsigned kept = XENKBD_IN_RING_LEN - INPUT_AT_ONCE;
	const unsigned space = kbdlink_space(&input->link);

	return space > kept ? space - kept : 0;
}

/* Place what the guest does not know yet, as far as there is room. */
static void push(struct input *input, uint64_t now)
{
	union xenkbd_in_event event;
	unsigned space = room(input);
	unsigned n = 0;

	while (n < space && input_state_next(&input->state, space - n, &event)) {
		kbdlink_put(&input->link, &event);
		n++;
	}
	if (n == 0)
		return;
	kbdlink_publish(&input->link);
	input->n_events += n;
	input->pushed_ns = now;
	input->unnotified = true;
}

static void come_back(struct input *input, uint64_t at_ns, uint64_t now)
{
	const struct timeval tv = timeval_of_ns(at_ns - now);

	if (!event_pending(input->timer, EV_TIMEOUT, NULL))
		event_add(input->timer, &tv);
}

static void notify(struct input *input, uint64_t now)
{
	if (!input->unnotified)
		return;
	if (now < input->notified_ns + PAUSE_NS) {
		come_back(input, input->notified_ns + PAUSE_NS, now);
		return;
	}
	input->unnotified = false;
	input->notified_ns = now;
	kbdlink_notify(&input->link);
}

void input_flush(struct input *input)
{
	const uint64_t now = now_ns();

	if (now < input->pushed_ns + PAUSE_NS)
		come_back(input, input->pushed_ns + PAUSE_NS, now);
	else
		push(input, now);
	notify(input, now);
}

static void push_now(struct input *input)
{
	const uint64_t now = now_ns();

	push(input, now);
	notify(input, now);
}

static void on_timer(evutil_socket_t, short, void *arg)
{
	push_now(arg);
}

/* -------- feeders -------- */

static struct member *find(struct input *input, const void *data)
{
	struct member *member;

	LIST_FOREACH (member, &input->members, link)
		if (member->data == data)
			return member;
	return NULL;
}

int input_join(struct input *input, const void *data)
{
	struct member *member;

	if (input->n_members >= INPUT_MAX_FEEDERS)
		return -EUSERS;
	member = calloc(1, sizeof *member);
	if (!member)
		return -ENOMEM;
	member->data = data;
	LIST_INSERT_HEAD(&input->members, member, link);
	input->n_members++;
	return 0;
}

static void remove_member(struct input *input, struct member *member)
{
	feeder_reset(&member->feeder, &input->state);
	LIST_REMOVE(member, link);
	input->n_members--;
	free(member);
}

void input_leave(struct input *input, const void *data)
{
	struct member *member = find(input, data);

	if (!member)
		return;
	remove_member(input, member);
	push_now(input);
}

void input_reset(struct input *input, const void *data)
{
	struct member *member = find(input, data);

	if (!member)
		return;
	feeder_reset(&member->feeder, &input->state);
	push_now(input);
}

void input_key(struct input *input, const void *data, uint32_t code, bool pressed)
{
	struct member *member = find(input, data);

	if (member && feeder_key(&member->feeder, &input->state, code, pressed) == 0)
		push(input, now_ns());
}

void input_move(struct input *input, int32_t dx, int32_t dy, int32_t wheel)
{
	input_state_move(&input->state, dx, dy, wheel);
}

void input_place(struct input *input, struct input_point at, int32_t wheel)
{
	input_state_place(&input->state, at.x, at.y, wheel);
}

void input_touch(struct input *input, const void *data, uint32_t contact, struct input_point at)
{
	struct member *member = find(input, data);

	if (member)
		feeder_touch(&member->feeder, &input->state, contact, at.x, at.y);
}

void input_shape(struct input *input, const void *data, uint32_t contact, uint32_t major,
		 uint32_t minor)
{
	struct member *member = find(input, data);

	if (member)
		feeder_shape(&member->feeder, &input->state, contact, major, minor);
}

void input_turn(struct input *input, const void *data, uint32_t contact, int32_t degrees)
{
	struct member *member = find(input, data);

	if (member)
		feeder_turn(&member->feeder, &input->state, contact, degrees);
}

void input_lift(struct input *input, const void *data, uint32_t contact)
{
	struct member *member = find(input, data);

	/* A touch that was not sent yet would be lost. */
	push(input, now_ns());
	if (member)
		feeder_lift(&member->feeder, &input->state, contact);
}

/* -------- life -------- */

void input_get_info(const struct input *input, struct input_info *info)
{
	*info = (struct input_info){
		.guest = &input->guest,
		.devid = input->devid,
		.unique_id = input->unique_id,
		.caps = &input->state.caps,
	};
}

static struct input *input_of_link(struct kbdlink *link)
{
	return CONTAINER(link, struct input, link);
}

static struct input *input_of_engine(struct engine *engine)
{
	return CONTAINER(engine, struct input, engine);
}

static void report(struct status_source *source)
{
	const struct input *input = CONTAINER(source, struct input, status);

	status_line("input domain=%u device=%u feeders=%u events=%llu", input->guest.domid,
		    input->devid, input->n_members, (unsigned long long)input->n_events);
}

static void on_connected(struct kbdlink *link, int rc)
{
	struct input *input = input_of_link(link);

	if (rc == 0) {
		/* Keys may be down since an earlier connection. */
		if (kbdlink_was_used(link))
			input_state_release_all(&input->state);
		input->announced = true;
		status_add(&input->status, report);
		input->env->observer->added(input, input->env->observer_data);
		push_now(input);
	}
	input->engine.events->connected(input->engine.data, rc);
}

static void on_broke(struct kbdlink *link)
{
	struct input *input = input_of_link(link);

	/* The memory of a guest that has let go of its page may be anything by now. */
	if (!input->leaving)
		input->engine.events->broke(input->engine.data);
}

static void on_room(struct kbdlink *link)
{
	push_now(input_of_link(link));
}

static void on_gone(struct kbdlink *link)
{
	struct input *input = input_of_link(link);
	const struct engine engine = input->engine;

	event_free(input->timer);
	free(input);
	engine.events->gone(engine.data);
}

static const struct kbdlink_events link_events = {on_connected, on_room, on_broke, on_gone};

static void input_connect(struct engine *engine)
{
	kbdlink_connect(&input_of_engine(engine)->link);
}

/* The guest is told that no key is down any more, if it still reads. */
static void input_disconnect(struct engine *engine)
{
	struct input *input = input_of_engine(engine);
	struct member *member;

	input->leaving = true;
	if (input->announced)
		input->env->observer->removed(input, input->env->observer_data);
	while ((member = LIST_FIRST(&input->members)))
		remove_member(input, member);
	push(input, now_ns());
	if (input->unnotified)
		kbdlink_notify(&input->link);
	status_remove(&input->status);
	event_del(input->timer);
	kbdlink_disconnect(&input->link);
}

static unsigned input_n_channels(const struct engine *)
{
	return 1;
}

static bool input_is_open(const struct engine *)
{
	return false;
}

static const struct engine_ops input_ops = {
	.connect = input_connect,
	.disconnect = input_disconnect,
	.n_channels = input_n_channels,
	.is_open = input_is_open,
};

static void input_init(struct input *input, const struct input_env *env,
		       const struct guest_info *guest, const struct input_published *published,
		       struct log_source *log)
{
	LIST_INIT(&input->members);
	input->engine.ops = &input_ops;
	input->env = env;
	input->guest = *guest;
	memcpy(input->unique_id, published->unique_id, sizeof input->unique_id);
	input_state_init(&input->state, &published->caps);
	input->link = (struct kbdlink){
		.xen = env->xen,
		.domid = guest->domid,
		.log = log,
		.refs = published->refs,
		.events = &link_events,
	};
}

int input_create(struct engine **out, const struct input_env *env, const struct guest_info *guest,
		 uint16_t devid, const struct tree *config, struct log_source *log)
{
	struct input_published published;
	struct input *input;
	int rc;

	if (guest->policy.max_inputs == 0) {
		log_warn_from(log, "Refused an input device: the guest may have no more (inputs in "
				   "xenavd.conf)");
		return -E2BIG;
	}
	rc = input_published_read(&published, config, log);
	if (rc < 0)
		return rc;
	input = calloc(1, sizeof *input);
	if (!input)
		return -ENOMEM;
	input->timer = event_new(env->base, -1, 0, on_timer, input);
	if (!input->timer) {
		free(input);
		return -ENOMEM;
	}
	input_init(input, env, guest, &published, log);
	input->devid = devid;
	*out = &input->engine;
	return 0;
}
