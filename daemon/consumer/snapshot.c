/* SPDX-License-Identifier: MIT */
/* See snapshot.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>

#include "base/clock.h"
#include "config/keys.h"
#include "consumer/session.h"
#include "consumer/snapshot.h"
#include "report/log.h"
#include "wire/wire.h"

/* Messages sent in one turn; an object with its claims counts as one. */
#define MESSAGES_PER_TURN 32

static void send_msg(struct snapshot *snap, const union xenav_msg *msg)
{
	lane_send(&snap->session->box.replies, msg, -1);
}

static bool controls(const struct snapshot *snap)
{
	const struct session *s = snap->session;

	return policy_controls(s->env->policy, &s->peer.id);
}

static bool may_see(const struct snapshot *snap, const struct guest_info *guest)
{
	const struct session *s = snap->session;

	return policy_tells_of(s->env->policy, &s->peer.id, guest);
}

/* -------- the daemon -------- */

static void send_daemon(struct snapshot *snap)
{
	const struct session_env *env = snap->session->env;
	union xenav_msg msg;
	struct xenav_msg_status_daemon *m = &msg.status_daemon;
	const struct session *s;

	wire_init(&msg, XENAV_OP_STATUS_DAEMON, 0);
	if (env->host)
		env->host->daemon(env->host, m);
	m->accepted = env->counts->n_accepted;
	m->refused = env->counts->n_refused;
	LIST_FOREACH (s, env->sessions, link)
		m->consumers += !s->dead;
	m->objects = (uint32_t)env->objects->n;
	m->log_level = log_threshold;
	m->flags = controls(snap) ? XENAV_STATUS_CONTROLS : 0;
	object_put_string(m->version, sizeof m->version, PACKAGE_VERSION);
	send_msg(snap, &msg);
}

/* -------- guests and devices -------- */

static void send_guest(struct snapshot *snap, const struct guest_info *guest)
{
	const struct status_host *host = snap->session->env->host;
	union xenav_msg msg;
	struct xenav_msg_status_guest *m = &msg.status_guest;

	wire_init(&msg, XENAV_OP_STATUS_GUEST, 0);
	m->domid = guest->domid;
	m->when_ns = now_ns();
	host->guest(host, guest, m);
	m->max_mapped_pages = guest->policy.max_mapped_pages;
	m->max_copied_pages = guest->policy.max_copied_pages;
	m->max_supplied_pages = guest->policy.be_alloc ? guest->policy.max_supplied_pages : 0;
	object_put_string(m->name, sizeof m->name, guest->name);
	object_put_string(m->uuid, sizeof m->uuid, guest->uuid);
	send_msg(snap, &msg);
}

/* @return false when there is no other. */
static bool send_device(struct snapshot *snap)
{
	const struct status_host *host = snap->session->env->host;
	struct status_device *device = &snap->device;
	const uint32_t domid = device->msg.domid;
	union xenav_msg msg;

	if (!host || !host->next(host, device))
		return false;
	if (device->msg.domid != domid)
		snap->told_guest = false;
	if (!may_see(snap, &device->guest))
		return true;
	if (!snap->told_guest)
		send_guest(snap, &device->guest);
	snap->told_guest = true;
	wire_init(&msg, XENAV_OP_STATUS_DEVICE, 0);
	device->msg.h = msg.h;
	msg.status_device = device->msg;
	send_msg(snap, &msg);
	return true;
}

/* -------- objects -------- */

static void send_claim(struct snapshot *snap, const struct claims *claims,
		       const struct object *object, uint32_t mode, uint32_t ways, uint32_t flags)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STATUS_CLAIM, object->id);
	msg.status_claim.consumer = claims->id;
	msg.status_claim.mode = mode;
	msg.status_claim.ways = ways;
	msg.status_claim.flags = flags;
	send_msg(snap, &msg);
}

/* @return false when there is no other. */
static bool send_object(struct snapshot *snap)
{
	const struct objects *objects = snap->session->env->objects;
	const struct object *object = objects_after(objects, snap->id);
	const struct claim *claim;
	const struct waiting *w;
	union xenav_msg msg;

	if (!object)
		return false;
	snap->id = object->id;
	if (!may_see(snap, object->guest))
		return true;
	object->ops->status(object, &msg);
	send_msg(snap, &msg);
	LIST_FOREACH (claim, &object->claims, by_same)
		send_claim(snap, claim->claims, object, claim->mode, claim->ways, 0);
	TAILQ_FOREACH (w, &object->waiting, by_turn)
		send_claim(snap, w->claims, object, w->wish.mode, w->wish.ways, XENAV_STATUS_WAITS);
	return true;
}

/* -------- consumers -------- */

/* One that has to do with what may be seen, or of the same user. */
static bool may_see_consumer(const struct snapshot *snap, const struct session *other)
{
	const struct claim *claim;

	if (other->peer.id.uid == snap->session->peer.id.uid || controls(snap))
		return true;
	LIST_FOREACH (claim, &other->claims.all, link)
		if (may_see(snap, claim->object->guest))
			return true;
	return false;
}

static const struct session *next_consumer(const struct snapshot *snap)
{
	const struct session *s, *next = NULL;

	LIST_FOREACH (s, snap->session->env->sessions, link)
		if (!s->dead && s->claims.id > snap->id &&
		    (!next || s->claims.id < next->claims.id))
			next = s;
	return next;
}

static void fill_consumer(const struct session *s, struct xenav_msg_status_consumer *m)
{
	const struct claim *claim;

	m->consumer = s->claims.id;
	m->pid = (uint32_t)s->peer.pid;
	m->uid = s->peer.id.uid;
	m->gid = s->peer.id.gid;
	LIST_FOREACH (claim, &s->claims.all, link)
		m->claims++;
	m->unsent = s->box.n_unsent;
	m->connected_ns = s->connected_ns;
	m->received = s->n_received;
	m->sent = s->box.sent;
	m->work_us = s->purse.work_us;
	object_put_string(m->name, sizeof m->name, s->name);
	if (s->section)
		consumer_print_whom(m->section, sizeof m->section, s->section);
}

/* @return false when there is no other. */
static bool send_consumer(struct snapshot *snap)
{
	const struct session *s = next_consumer(snap);
	union xenav_msg msg;

	if (!s)
		return false;
	snap->id = s->claims.id;
	if (!may_see_consumer(snap, s))
		return true;
	wire_init(&msg, XENAV_OP_STATUS_CONSUMER, 0);
	fill_consumer(s, &msg.status_consumer);
	if (s == snap->session)
		msg.status_consumer.flags = XENAV_STATUS_SELF;
	send_msg(snap, &msg);
	return true;
}

/* -------- the answer as a whole -------- */

static void send_end(struct snapshot *snap)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STATUS_END, 0);
	msg.status_end.serial = snap->serial;
	send_msg(snap, &msg);
}

static void next_part(struct snapshot *snap)
{
	snap->part++;
	snap->id = 0;
}

static void send_next(struct snapshot *snap)
{
	bool more = false;

	switch (snap->part) {
	case STATUS_NOTHING:
		return;
	case STATUS_OF_DAEMON:
		send_daemon(snap);
		break;
	case STATUS_OF_DEVICES:
		more = send_device(snap);
		break;
	case STATUS_OF_OBJECTS:
		more = send_object(snap);
		break;
	case STATUS_OF_CONSUMERS:
		more = send_consumer(snap);
		break;
	case STATUS_AT_END:
		send_end(snap);
		snap->part = STATUS_NOTHING;
		return;
	}
	if (!more)
		next_part(snap);
}

/* Out of memory for a timer: the consumer asks again. */
static void go_on_after(struct snapshot *snap, uint64_t wait_ns)
{
	const struct timeval wait = timeval_of_ns(wait_ns);

	if (event_add(snap->timer, &wait) < 0)
		snap->part = STATUS_NOTHING;
}

static void on_turn(evutil_socket_t, short, void *arg)
{
	struct snapshot *snap = arg;
	struct session *s = snap->session;
	const uint64_t start_ns = work_clock_ns();

	for (int i = 0; i < MESSAGES_PER_TURN && snap->part && outbox_ready(&s->box); i++) {
		if (s->dead)
			return;
		send_next(snap);
	}
	purse_pay(&s->purse, XENAV_OP_STATUS_GET, start_ns);
	/* A full socket calls snapshot_room(). */
	if (!s->dead && snap->part && outbox_ready(&s->box))
		go_on_after(snap, purse_wait_ns(&s->purse, XENAV_OP_STATUS_GET));
}

void snapshot_room(struct snapshot *snap)
{
	if (snap->part && !event_pending(snap->timer, EV_TIMEOUT, NULL))
		go_on_after(snap, 0);
}

bool snapshot_begin(struct snapshot *snap, uint32_t serial)
{
	if (snap->part)
		return false;
	snap->part = STATUS_OF_DAEMON;
	snap->serial = serial;
	snap->device = (struct status_device){0};
	snap->told_guest = false;
	snap->id = 0;
	go_on_after(snap, 0);
	return true;
}

int snapshot_init(struct snapshot *snap, struct session *session)
{
	snap->session = session;
	snap->timer = evtimer_new(session->env->base, on_turn, snap);
	return snap->timer ? 0 : -ENOMEM;
}

void snapshot_finish(struct snapshot *snap)
{
	if (snap->timer)
		event_free(snap->timer);
	snap->timer = NULL;
}
