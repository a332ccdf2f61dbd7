/* SPDX-License-Identifier: MIT */
/* See session.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/closer.h"
#include "base/container.h"
#include "consumer/listen.h"
#include "consumer/requests.h"
#include "consumer/reserve.h"
#include "consumer/session.h"
#include "consumer/status.h"
#include "report/log.h"
#include "report/news.h"
#include "wire/wire.h"

/* The longest time between two looks for the end of a consumer that is not read. */
#define LOOK_NS (20 * NS_PER_MS)

static void tell_news(const struct session *s, enum xenav_event_kind kind, uint32_t value)
{
	news_tell(&(struct news){.kind = kind,
				 .value = value,
				 .consumer = s->claims.id,
				 .uid = s->peer.id.uid,
				 .name = s->name});
}

/* End the session; its owner destroys it later. */
static void die(struct session *s, enum log_level level, const char *why)
{
	if (s->dead)
		return;
	s->dead = true;
	log_full(s->log, level, level <= LOG_LEVEL_WARN ? LOG_CONSUMER_ENDED : LOG_PLAIN,
		 LOG_CONSUMER(s->name), "%s (pid %d, uid %u) %s", s->name, (int)s->peer.pid,
		 (unsigned)s->peer.id.uid, why);
	event_del(s->readable);
	if (s->greeted)
		tell_news(s, XENAV_EVENT_LEFT, 0);
	s->env->died(s->env->data);
}

static void send_error(struct session *s, const union xenav_msg *request, int error)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_ERROR, request->h.object);
	msg.error.error = error;
	msg.error.opcode = request->h.opcode;
	lane_send(&s->box.replies, &msg, -1);
}

/* -------- requests -------- */

static int on_hello(struct session *s, const union xenav_msg *request)
{
	union xenav_msg msg;

	if (s->greeted)
		return -EPROTO;
	peer_take_name(s->name, sizeof s->name, request->hello.name);
	wire_init(&msg, XENAV_OP_WELCOME, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	msg.hello.minor = XENAV_PROTO_MINOR;
	msg.hello.features = XENAV_FEATURE_RESUME | XENAV_FEATURE_TAKEN;
	strcpy(msg.hello.name, "xenavd");
	lane_send(&s->box.replies, &msg, -1);
	if (request->hello.major != XENAV_PROTO_MAJOR) {
		die(s, LOG_LEVEL_WARN, "speaks another version of the protocol");
		return 0;
	}
	s->greeted = true;
	s->claims.resumes = request->hello.features & XENAV_FEATURE_RESUME;
	s->claims.counts = request->hello.features & XENAV_FEATURE_TAKEN;
	claims_greet(&s->claims);
	patience_stop(&s->hello);
	log_about(s->log, LOG_LEVEL_DEBUG, LOG_CONSUMER(s->name),
		  "%s (pid %d, uid %u) is connected", s->name, (int)s->peer.pid,
		  (unsigned)s->peer.id.uid);
	tell_news(s, XENAV_EVENT_CONNECTED, 0);
	session_announce(s);
	return 0;
}

static int on_resume(struct session *s, const union xenav_msg *request)
{
	if (s->claims.resumes)
		reserve_resume(s->env->reserve, &s->claims, request->token.token);
	return 0;
}

/* @return 0, -EPROTO to end the session, or another -errno that answers the request. */
static int handle(struct session *s, const union xenav_msg *request, int passed)
{
	if (request->h.opcode == XENAV_OP_HELLO)
		return on_hello(s, request);
	if (!s->greeted)
		return -EPROTO;
	if (status_has(request->h.opcode))
		return status_serve(s, request);
	if (request->h.opcode == XENAV_OP_RESUME)
		return on_resume(s, request);
	return requests_serve(&s->claims, request, passed);
}

/* -------- events -------- */

/* The reason is logged first: sending the error may find that the consumer has left. */
static void receive_failed(struct session *s, const union xenav_msg *msg, int rc)
{
	char why[64], name[WIRE_NAME_SIZE];

	if (rc == -EPIPE) {
		die(s, LOG_LEVEL_DEBUG, "has left");
	} else if (rc == -EPROTO || rc == -EOPNOTSUPP) {
		snprintf(why, sizeof why, "sent %s message of type %s",
			 rc == -EPROTO ? "a malformed" : "an unexpected",
			 wire_op_name(msg->h.opcode, name));
		die(s, LOG_LEVEL_WARN, why);
		send_error(s, msg, rc);
	} else {
		snprintf(why, sizeof why, "cannot be read from: %s", strerror(-rc));
		die(s, LOG_LEVEL_WARN, why);
	}
}

static void serve(struct session *s, const union xenav_msg *msg, int passed)
{
	const int rc = handle(s, msg, passed);

	if (rc == -EPROTO)
		die(s, LOG_LEVEL_WARN, s->greeted ? "said HELLO twice" : "did not say HELLO first");
	if (rc == -EACCES &&
	    (msg->h.opcode == XENAV_OP_CLAIM || msg->h.opcode == XENAV_OP_CLAIM_WAIT))
		log_about(s->log, LOG_LEVEL_WARN, LOG_CONSUMER(s->name),
			  "%s (pid %d, uid %u) may only watch object %u", s->name, (int)s->peer.pid,
			  (unsigned)s->peer.id.uid, msg->h.object);
	if (rc < 0)
		send_error(s, msg, rc);
}

/* -------- prices -------- */

/* Read on when the consumer has tokens, and look for its end until then. */
static void await_tokens(struct session *s, uint64_t wait_ns)
{
	const struct timeval wait = timeval_of_ns(wait_ns < LOOK_NS ? wait_ns : LOOK_NS);

	event_del(s->readable);
	if (event_add(s->afford_timer, &wait) < 0)
		die(s, LOG_LEVEL_ERR, "cannot be waited for: Out of memory");
}

/* A consumer without tokens is not read until it has some: its messages stay in the socket.  Those
 * that a guest waits for are read all the same, and paid for later. */
static bool can_pay(struct session *s)
{
	uint64_t wait_ns = purse_wait_ns(&s->purse, 0);
	int opcode;

	if (wait_ns == 0)
		return true;
	/* A report costs less. */
	opcode = wire_next_opcode(s->sock);
	if (opcode == -EAGAIN && !s->box.broken)
		return false;
	if (opcode > 0)
		wait_ns = purse_wait_ns(&s->purse, (uint16_t)opcode);
	if (wait_ns > 0 && s->n_credit == 0) {
		await_tokens(s, wait_ns);
		return false;
	}
	s->n_credit -= wait_ns > 0;
	return true;
}

/*
 * Read and serve one message, from the time *clock_ns of work_clock_ns() on, which becomes that of
 * the end.  @return false when there is no other to be read now.
 */
static bool receive(struct session *s, uint64_t *clock_ns)
{
	union xenav_msg msg;
	struct wire_fds passed = {.n = 0};
	const int rc = wire_recv_stranger(s->sock, &msg, s->may_pass ? &passed : NULL, false);

	s->n_received += rc == 0;
	if (rc == 0)
		serve(s, &msg, passed.n > 0 ? passed.fd[0] : -1);
	else if (rc != -EAGAIN || s->box.broken)
		receive_failed(s, &msg, rc == -EAGAIN ? -EPIPE : rc);
	for (unsigned i = 0; i < passed.n; i++)
		closer_close(passed.fd[i], s->peer.id.uid);
	if (rc != -EAGAIN)
		*clock_ns = purse_pay(&s->purse, rc == 0 ? msg.h.opcode : 0, *clock_ns);
	return rc == 0 && !s->dead;
}

/* Is nothing more to be read before the consumer has taken replies? */
static bool has_enough_replies(const struct session *s)
{
	return !s->box.broken && s->box.replies.n_unsent >= s->env->limits->unsent_replies;
}

static void on_readable(evutil_socket_t, short, void *arg)
{
	const uint64_t start_ns = work_clock_ns();
	struct session *s = arg;
	const struct consumer_limits *limits = s->env->limits;
	const uint64_t turn_ns = (uint64_t)limits->turn_us * 1000;
	uint64_t clock_ns = start_ns;

	for (unsigned i = 0; i < limits->burst && clock_ns - start_ns < turn_ns; i++) {
		if (has_enough_replies(s)) {
			event_del(s->readable); /* until there is room */
			return;
		}
		if (!can_pay(s) || !receive(s, &clock_ns))
			return;
	}
}

/* Read on, unless the consumer has too many unread replies or no tokens. */
static void go_on_reading(struct session *s)
{
	if (has_enough_replies(s) || event_pending(s->afford_timer, EV_TIMEOUT, NULL))
		return;
	if (event_add(s->readable, NULL) < 0)
		die(s, LOG_LEVEL_ERR, "cannot be waited for: Out of memory");
}

/*
 * A consumer that has no tokens may have left.  Its end costs nothing.  What it has sent before
 * counts, and its user alone pays: there is no time of the consumer's own to be kept to any more.
 */
static void look_for_end(struct session *s)
{
	if (!wire_is_leaving(s->sock))
		return;
	s->purse.is_left = true;
	if (wire_has_ended(s->sock))
		die(s, LOG_LEVEL_DEBUG, "has left");
}

static void on_affords(evutil_socket_t, short, void *arg)
{
	struct session *s = arg;
	uint64_t wait_ns;

	if (!s->dead)
		look_for_end(s);
	if (s->dead)
		return;
	/* For the cheapest that may be next. */
	wait_ns = purse_wait_ns(&s->purse, XENAV_OP_STREAM_POSITION);
	if (wait_ns > 0)
		await_tokens(s, wait_ns);
	else
		go_on_reading(s);
}

/* What the consumer releases may be behind other messages: a turn of them is read. */
static void on_asked(struct claims *claims)
{
	struct session *s = CONTAINER(claims, struct session, claims);

	if (s->dead)
		return;
	s->n_credit = s->env->limits->burst;
	event_del(s->afford_timer);
	go_on_reading(s);
}

static void on_room(void *data)
{
	struct session *s = data;

	if (s->dead)
		return;
	session_announce(s);
	if (!s->dead)
		snapshot_room(&s->snapshot);
	if (!s->dead)
		go_on_reading(s);
}

static void on_broken(int rc, void *data)
{
	struct session *s = data;
	char why[64];

	switch (rc) {
	case -EPIPE:
		/* What it has sent before it left counts: it is read to its end. */
		go_on_reading(s);
		return;
	case -ETIMEDOUT:
	case -ENOBUFS:
		die(s, LOG_LEVEL_WARN, "does not read its messages");
		return;
	case -ETIME:
		die(s, LOG_LEVEL_WARN, "does not release memory that its guest wants back");
		return;
	}
	snprintf(why, sizeof why, "cannot be written to: %s", strerror(-rc));
	die(s, LOG_LEVEL_WARN, why);
}

static void on_no_hello(void *session)
{
	die(session, LOG_LEVEL_WARN, "did not say HELLO");
}

/* -------- for the server -------- */

void session_announce(struct session *s)
{
	if (s->greeted)
		claims_announce(&s->claims);
}

void session_kick(struct session *s, uint32_t by)
{
	const union xenav_msg hello = {.h = {.opcode = XENAV_OP_HELLO}};

	if (s->dead)
		return;
	/* libxenav would take a bare end for a restart, and connect again. */
	send_error(s, &hello, -ECONNABORTED);
	tell_news(s, XENAV_EVENT_KICKED, by);
	die(s, LOG_LEVEL_WARN, "is disconnected by an administrator");
}

static bool has_rights_as(const struct session *s, const struct policy *old)
{
	const struct policy *new = s->env->policy;
	const struct consumer_id *id = &s->peer.id;

	return policy_trusts(old, id) == policy_trusts(new, id) &&
	       policy_controls(old, id) == policy_controls(new, id) &&
	       policy_tells_status(old, id) == policy_tells_status(new, id) &&
	       claims_have_rights_as(&s->claims, old);
}

void session_reload(struct session *s, const struct policy *old,
		    const struct consumer_rule *section)
{
	union xenav_msg msg;

	s->section = section;
	if (s->dead || (section && has_rights_as(s, old)))
		return;
	if (!section) {
		wire_init(&msg, XENAV_OP_ERROR, 0);
		msg.error.error = -EACCES;
		msg.error.opcode = XENAV_OP_HELLO;
		lane_send(&s->box.replies, &msg, -1);
	}
	die(s, LOG_LEVEL_INFO,
	    section ? "has other rights now, and has to connect again" : "has no rights any more");
}

static int start(struct session *s)
{
	const struct consumer_limits *limits = s->env->limits;
	int rc;

	rc = outbox_init(&s->box, s->env->base, s->sock, limits, on_room, on_broken, s);
	if (rc < 0)
		return rc;
	rc = snapshot_init(&s->snapshot, s);
	if (rc < 0)
		return rc;
	s->readable = event_new(s->env->base, s->sock, EV_READ | EV_PERSIST, on_readable, s);
	s->afford_timer = evtimer_new(s->env->base, on_affords, s);
	if (!s->readable || !s->afford_timer || event_add(s->readable, NULL) < 0)
		return -ENOMEM;
	rc = patience_init(&s->hello, s->env->base, on_no_hello, s);
	return rc < 0 ? rc : patience_start(&s->hello, limits->hello_ms);
}

int session_create(struct session **out, const struct session_env *env, int sock,
		   const struct peer *peer, struct user *user, uint32_t id)
{
	struct session *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return -ENOMEM;
	s->env = env;
	s->peer = *peer;
	s->user = user;
	s->log = user_add_consumer(user);
	s->purse.user = user;
	s->connected_ns = now_ns();
	means_init(&s->purse.means, env->limits->tokens_per_sec, env->limits->tokens, now_ns());
	s->sock = sock;
	s->may_pass = policy_trusts(env->policy, &peer->id);
	if (s->may_pass)
		listen_let_pass(sock);
	strcpy(s->name, "?");
	s->claims.box = &s->box;
	s->claims.objects = env->objects;
	s->claims.reserve = env->reserve;
	s->claims.policy = env->policy;
	s->claims.consumer = &s->peer.id;
	s->claims.id = id;
	s->claims.name = s->name;
	s->claims.asked = on_asked;
	rc = start(s);
	if (rc < 0) {
		s->sock = -1;
		s->peer = (struct peer){0};
		session_destroy(s);
		return rc;
	}
	*out = s;
	return 0;
}

void session_destroy(struct session *s)
{
	struct event *events[] = {s->readable, s->afford_timer};
	const uint64_t start_ns = work_clock_ns();

	snapshot_finish(&s->snapshot);
	monitor_stop(&s->monitor);
	claims_finish(&s->claims);
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (events[i])
			event_free(events[i]);
	patience_finish(&s->hello);
	outbox_finish(&s->box);
	if (s->sock >= 0)
		closer_part(s->sock, s->peer.id.uid);
	peer_finish(&s->peer);
	purse_pay(&s->purse, 0, start_ns);
	user_remove_consumer(s->user, s->log);
	free(s);
}
