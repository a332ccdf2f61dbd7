/* SPDX-License-Identifier: MIT */
/* See monitor.h. */
#include <config.h>

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/clock.h"
#include "base/container.h"
#include "consumer/monitor.h"
#include "consumer/session.h"
#include "wire/wire.h"

/* Events in a second, and at once. */
#define EVENTS_PER_SEC 200
#define EVENTS_AT_ONCE 500

/* What may wait in the socket, by the kernel's count: less than it takes, so that no message is
 * queued here, where the consumer would be disconnected for not reading it. */
#define MOST_WAITING 65536

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static bool takes_more(struct session *s, struct budget *budget)
{
	int waiting;

	return outbox_ready(&s->box) && budget_wait_ns(budget, now_ns()) == 0 &&
	       ioctl(s->sock, SIOCOUTQ, &waiting) == 0 && waiting < MOST_WAITING;
}

/* Say which object it is, with the words of its announcement. */
static void name_object(const struct object *object, struct xenav_msg_status_event *m)
{
	union xenav_msg added;

	object->ops->announce(object, &added);
	m->domid = object->guest->domid;
	object_put_string(m->domain_name, sizeof m->domain_name, object->guest->name);
	switch (object->ops->kind) {
	case OBJECT_STREAM:
		m->object_kind = XENAV_OBJECT_STREAM;
		m->devid = added.stream_added.devid;
		m->index = added.stream_added.pcm;
		m->stream = added.stream_added.stream;
		return;
	case OBJECT_CONNECTOR:
		m->object_kind = XENAV_OBJECT_CONNECTOR;
		m->devid = added.connector_added.devid;
		m->index = (uint16_t)added.connector_added.connector;
		return;
	case OBJECT_INPUT:
		m->object_kind = XENAV_OBJECT_INPUT;
		m->devid = added.input_added.devid;
		return;
	case OBJECT_ANY:
		return;
	}
}

/* May the consumer know?  Who comes and goes is its own user's business, or an administrator's. */
static bool may_know(const struct session *s, const struct news *news, const struct object *object)
{
	const struct policy *policy = s->env->policy;

	if (news->thing)
		return object && policy_tells_of(policy, &s->peer.id, object->guest);
	return (news->name && news->uid == s->peer.id.uid) || policy_controls(policy, &s->peer.id);
}

static void send_event(struct monitor *monitor, const struct news *news,
		       const struct object *object)
{
	struct session *s = monitor->session;
	union xenav_msg msg;
	struct xenav_msg_status_event *m = &msg.status_event;

	wire_init(&msg, XENAV_OP_STATUS_EVENT, object ? object->id : 0);
	m->wall_ns = wall_ns();
	m->kind = news->kind;
	m->value = news->value;
	m->consumer = news->consumer;
	m->uid = news->uid;
	if (news->name)
		object_put_string(m->consumer_name, sizeof m->consumer_name, news->name);
	if (object)
		name_object(object, m);
	m->lost = monitor->lost;
	monitor->lost = 0;
	budget_spend(&monitor->budget, 1, now_ns());
	lane_send(&s->box.replies, &msg, -1);
}

static void on_news(struct news_reader *reader, const struct news *news)
{
	struct monitor *monitor = CONTAINER(reader, struct monitor, reader);
	struct session *s = monitor->session;
	const struct object *object;

	if (s->dead)
		return;
	/* First, because it costs least: a flood of events is to be cheap. */
	if (!takes_more(s, &monitor->budget)) {
		monitor->lost++;
		return;
	}
	object = news->thing ? objects_of(s->env->objects, news->thing) : NULL;
	if (may_know(s, news, object))
		send_event(monitor, news, object);
}

void monitor_start(struct monitor *monitor, struct session *session)
{
	if (monitor->reader.read)
		return;
	monitor->session = session;
	monitor->lost = 0;
	budget_init(&monitor->budget, EVENTS_PER_SEC, EVENTS_AT_ONCE, now_ns());
	news_add(&monitor->reader, on_news);
}

void monitor_stop(struct monitor *monitor)
{
	news_remove(&monitor->reader);
}
