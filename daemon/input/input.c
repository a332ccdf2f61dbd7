/* SPDX-License-Identifier: MIT */
/* See input.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/engine.h"
#include "base/patience.h"
#include "config/policy.h"
#include "input/input.h"
#include "input/keeping.h"
#include "input/published.h"
#include "input/sender.h"
#include "report/log.h"
#include "report/status.h"
#include "xen/kbdlink.h"
#include "xen/xen.h"

/* After a restart: how long what was down stays down until somebody presses it again, and how long
 * when all those who fed the device are back. */
#define UNHELD_MS      5000
#define UNHELD_BACK_MS 500

struct input {
	struct engine engine;
	const struct input_env *env;
	struct guest_info guest;
	uint16_t devid;
	char unique_id[INPUT_UNIQUE_ID_BYTES];
	struct kbdlink link;
	struct sender sender;
	bool announced;
	bool leaving;
	bool warned;        /* of dropped keys, since none waited */
	uint64_t n_dropped; /* of the feeders, when it was looked at last */
	struct status_source status;

	/* After a restart: */
	struct patience unheld; /* what nobody has pressed again is released then */
	unsigned n_expected;    /* feeders that there were before */
};

/* -------- feeders -------- */

/* Once all feeders of before a restart are back, they press at once what they hold. */
int input_join(struct input *input, const void *data)
{
	int rc = feeders_join(&input->sender.feeders, data);

	if (rc == 0 && input->sender.feeders.n >= input->n_expected &&
	    patience_runs(&input->unheld))
		patience_start(&input->unheld, UNHELD_BACK_MS);
	return rc;
}

/* Once until nothing waits any more. */
static void warn_of_dropped(struct input *input)
{
	const struct feeders *feeders = &input->sender.feeders;

	if (feeders->n_dropped > input->n_dropped && !input->warned) {
		input->warned = true;
		log_warn_from(input->link.log, "Dropped keys: the guest does not read them as fast "
					       "as consumers send them");
	} else if (feeders->n_waiting == 0) {
		input->warned = false;
	}
	input->n_dropped = feeders->n_dropped;
}

void input_leave(struct input *input, const void *data)
{
	feeders_leave(&input->sender.feeders, data);
	sender_send(&input->sender);
	warn_of_dropped(input);
}

void input_count(struct input *input, const void *data)
{
	feeders_count(&input->sender.feeders, data);
}

void input_reset(struct input *input, const void *data)
{
	feeders_reset(&input->sender.feeders, data);
	sender_send(&input->sender);
}

void input_key(struct input *input, const void *data, uint32_t code, bool pressed)
{
	feeders_key(&input->sender.feeders, data, code, pressed);
	sender_push(&input->sender);
	warn_of_dropped(input);
}

void input_move(struct input *input, const void *data, int32_t dx, int32_t dy, int32_t wheel)
{
	feeders_move(&input->sender.feeders, data, dx, dy, wheel);
}

void input_place(struct input *input, const void *data, struct input_point at, int32_t wheel)
{
	feeders_place(&input->sender.feeders, data, at.x, at.y, wheel);
}

void input_touch(struct input *input, const void *data, uint32_t contact, struct input_point at)
{
	struct feeder *feeder = feeders_find(&input->sender.feeders, data);

	if (feeder)
		feeder_touch(feeder, &input->sender.state, contact, at.x, at.y);
}

void input_shape(struct input *input, const void *data, uint32_t contact, uint32_t major,
		 uint32_t minor)
{
	struct feeder *feeder = feeders_find(&input->sender.feeders, data);

	if (feeder)
		feeder_shape(feeder, &input->sender.state, contact, major, minor);
}

void input_turn(struct input *input, const void *data, uint32_t contact, int32_t degrees)
{
	struct feeder *feeder = feeders_find(&input->sender.feeders, data);

	if (feeder)
		feeder_turn(feeder, &input->sender.state, contact, degrees);
}

void input_lift(struct input *input, const void *data, uint32_t contact)
{
	struct feeder *feeder = feeders_find(&input->sender.feeders, data);

	/* A touch that was not sent yet would be lost. */
	sender_push(&input->sender);
	if (feeder)
		feeder_lift(feeder, &input->sender.state, contact);
}

void input_flush(struct input *input)
{
	sender_flush(&input->sender);
}

/* -------- life -------- */

void input_get_info(const struct input *input, struct input_info *info)
{
	*info = (struct input_info){
		.guest = &input->guest,
		.devid = input->devid,
		.unique_id = input->unique_id,
		.caps = &input->sender.state.caps,
	};
}

void input_get_status(const struct input *input, struct xenav_msg_status_input *msg)
{
	const struct sender *sender = &input->sender;

	msg->when_ns = now_ns();
	msg->feeders = sender->feeders.n;
	msg->waiting = sender->feeders.n_waiting;
	msg->events = sender->n_events;
	msg->dropped = sender->feeders.n_dropped;
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

	status_line("input domain=%u device=%u feeders=%u events=%llu waiting=%u dropped=%llu",
		    input->guest.domid, input->devid, input->sender.feeders.n,
		    (unsigned long long)input->sender.n_events, input->sender.feeders.n_waiting,
		    (unsigned long long)input->sender.feeders.n_dropped);
}

static void begin(struct input *input)
{
	struct kept_input kept;

	/* Keys may be down since an earlier connection. */
	if (kbdlink_was_used(&input->link))
		input_state_release_all(&input->sender.state);
	kept_input_take(&kept, &input->sender.state, kbdlink_prod(&input->link), 0);
	input->sender.slot = keeping_input_begin(input->env->xen->journal, input->guest.domid,
						 input->devid, &kept);
}

static void on_unheld(void *data)
{
	struct input *input = data;

	input_state_release_unheld(&input->sender.state);
	sender_send(&input->sender);
}

/* The guest may not have heard of the last events. */
static void resume(struct input *input)
{
	patience_start(&input->unheld, UNHELD_MS);
	kbdlink_notify(&input->link);
}

static void on_connected(struct kbdlink *link, int rc)
{
	struct input *input = input_of_link(link);

	if (rc == 0) {
		if (link->resumes)
			resume(input);
		else
			begin(input);
		input->announced = true;
		status_add(&input->status, report);
		input->env->observer->added(input, input->env->observer_data);
		sender_send(&input->sender);
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
	sender_send(&input_of_link(link)->sender);
}

static void destroy(struct input *input)
{
	sender_destroy(&input->sender);
	patience_finish(&input->unheld);
	free(input);
}

static void on_gone(struct kbdlink *link)
{
	struct input *input = input_of_link(link);
	const struct engine engine = input->engine;

	destroy(input);
	engine.events->gone(engine.data);
}

static const struct kbdlink_events link_events = {on_connected, on_room, on_broke, on_gone};

/* @return 0 or -errno. */
static int recall(struct input *input)
{
	struct input_state *state = &input->sender.state;
	struct kept_input kept;
	int rc;

	rc = keeping_input_find(input->env->xen->journal, input->guest.domid, input->devid,
				&state->caps, &kept, &input->sender.slot);
	if (rc < 0)
		return rc;
	rc = patience_init(&input->unheld, input->env->base, on_unheld, input);
	if (rc < 0)
		return rc;
	input_state_recall(state, &kept.down, kept.contacts, kept.tags, kept.unsynced);
	state->x = kept.x;
	state->y = kept.y;
	input->n_expected = kept.n_feeders;
	input->link.resumes = true;
	input->link.prod = kept.prod;
	return 0;
}

static void input_connect(struct engine *engine)
{
	struct input *input = input_of_engine(engine);
	int rc = engine->resumes ? recall(input) : 0;

	if (rc == 0)
		kbdlink_connect(&input->link);
	else
		engine->events->connected(engine->data, rc);
}

/* The guest is told that no key is down any more, if it still reads. */
static void input_disconnect(struct engine *engine)
{
	struct input *input = input_of_engine(engine);

	input->leaving = true;
	if (input->announced)
		input->env->observer->removed(input, input->env->observer_data);
	sender_end(&input->sender);
	patience_stop(&input->unheld);
	status_remove(&input->status);
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

static void input_limit(struct engine *engine, const struct guest_policy *policy)
{
	input_of_engine(engine)->guest.policy = *policy;
}

static const struct engine_ops input_ops = {
	.connect = input_connect,
	.disconnect = input_disconnect,
	.n_channels = input_n_channels,
	.is_open = input_is_open,
	.limit = input_limit,
};

static void input_init(struct input *input, const struct input_env *env,
		       const struct guest_info *guest, const struct input_published *published,
		       struct log_source *log)
{
	input->engine.ops = &input_ops;
	input->env = env;
	input->guest = *guest;
	memcpy(input->unique_id, published->unique_id, sizeof input->unique_id);
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
	rc = sender_init(&input->sender, &input->link, &published.caps, env->base);
	if (rc < 0) {
		free(input);
		return rc;
	}
	input_init(input, env, guest, &published, log);
	input->sender.feeders.taken = env->observer->taken;
	input->devid = devid;
	*out = &input->engine;
	return 0;
}
