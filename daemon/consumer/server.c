/* SPDX-License-Identifier: MIT */
/* See server.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/closer.h"
#include "base/container.h"
#include "consumer/headline.h"
#include "consumer/listen.h"
#include "consumer/objects.h"
#include "consumer/reserve.h"
#include "consumer/server.h"
#include "consumer/session.h"
#include "report/log.h"
#include "report/news.h"
#include "report/status.h"
#include "wire/wire.h"

/* Connections accepted in one turn. */
#define ACCEPT_BURST 16

/* A price for all that a consumer can cause before it pays: HELLO, announcements, its end. */
#define ACCEPT_PRICE 50

struct server {
	struct objects objects;
	struct reserve reserve;
	struct session_env env;
	struct users users;
	struct log_source log; /* for lines that are not about a connected consumer */
	struct budget accepting;
	struct status_source status;
	struct headline *headline;
	struct listen_file file;
	int sock;
	struct session_list sessions;
	struct session_counts counts;
	uint32_t last_id; /* of a session */
	struct event *acceptable;
	struct event *accept_again; /* ends a pause of accepting */
	struct event *burial;       /* destroys the dead sessions */
};

/* -------- the end of sessions -------- */

static void on_burial(evutil_socket_t, short, void *arg)
{
	struct server *server = arg;
	struct session *s, *next;

	for (s = LIST_FIRST(&server->sessions); s; s = next) {
		next = LIST_NEXT(s, link);
		if (!s->dead)
			continue;
		LIST_REMOVE(s, link);
		session_destroy(s);
		headline_changed(server->headline);
	}
}

static void on_died(void *data)
{
	struct server *server = data;

	event_active(server->burial, EV_TIMEOUT, 0);
}

static bool on_kick(uint32_t id, uint32_t by, void *data)
{
	const struct server *server = data;
	struct session *s;

	LIST_FOREACH (s, &server->sessions, link) {
		if (s->claims.id != id || s->dead)
			continue;
		session_kick(s, by);
		return true;
	}
	return false;
}

/* -------- connections -------- */

/* @return why no more consumers of the user are accepted, or NULL.  For root only the number of
 * places counts. */
static const char *full(const struct server *server, uid_t uid, const struct consumer_rule *section)
{
	const struct consumer_limits *limits = server->env.limits;
	const struct session *s;
	unsigned all = 0, own = 0, same = 0, roots = 0;

	LIST_FOREACH (s, &server->sessions, link) {
		if (s->dead)
			continue;
		all++;
		roots += s->peer.id.uid == 0;
		own += s->peer.id.uid == uid;
		same += s->section == section;
	}
	if (all >= limits->consumers)
		return "too many consumers are connected";
	if (uid == 0)
		return NULL;
	if (all - roots >= limits->consumers - limits->consumers_for_root)
		return "too many consumers are connected";
	if (own >= limits->consumers_per_uid)
		return "this user has too many consumers";
	return same >= section->max_consumers
		       ? "too many consumers have the rights of the same section"
		       : NULL;
}

static void refuse(struct server *server, int sock, const struct peer *peer, int error,
		   const char *why)
{
	union xenav_msg msg;

	server->counts.n_refused++;
	log_warn_from(&server->log, "Refused pid %d, uid %u: %s", (int)peer->pid,
		      (unsigned)peer->id.uid, why);
	wire_init(&msg, XENAV_OP_ERROR, 0);
	msg.error.error = error;
	msg.error.opcode = XENAV_OP_HELLO;
	wire_send(sock, &msg, -1);
	closer_part(sock, peer->id.uid);
}

/* @return 0, or -errno, whose reason is *why. */
static int check_peer(const struct server *server, const struct peer *peer,
		      const struct consumer_rule **section, const char **why)
{
	*why = "the configuration gives it no rights";
	*section = policy_admits(server->env.policy, &peer->id);
	if (!*section)
		return -EACCES;
	*why = full(server, peer->id.uid, *section);
	return *why ? -EUSERS : 0;
}

void server_reload(struct server *server, const struct policy *old)
{
	const struct consumer_rule *section;
	struct session *s;

	LIST_FOREACH (s, &server->sessions, link) {
		section = policy_admits(server->env.policy, &s->peer.id);
		if (section && users_assign(s->user, section) < 0)
			section = NULL; /* out of memory: it may come again */
		session_reload(s, old, section);
	}
}

static void welcome(struct server *server, int sock)
{
	struct peer peer;
	struct session *s;
	struct user *user;
	const struct consumer_rule *section;
	const char *why;
	int rc;

	rc = peer_read(&peer, sock);
	if (rc < 0) {
		refuse(server, sock, &peer, rc, strerror(-rc));
		return;
	}
	rc = check_peer(server, &peer, &section, &why);
	if (rc == 0) {
		user = users_get(&server->users, peer.id.uid, server->env.limits);
		rc = user ? users_assign(user, section) : -ENOMEM;
		if (rc == 0)
			rc = session_create(&s, &server->env, sock, &peer, user, ++server->last_id);
		why = strerror(-rc);
	}
	if (rc == 0) {
		server->counts.n_accepted++;
		s->section = section;
		LIST_INSERT_HEAD(&server->sessions, s, link);
		headline_changed(server->headline);
		return;
	}
	refuse(server, sock, &peer, rc, why);
	peer_finish(&peer);
}

/* A pending connection would wake the loop again at once. */
static void pause_accepting(struct server *server, uint64_t wait_ns)
{
	const struct timeval wait = timeval_of_ns(wait_ns);

	if (event_add(server->accept_again, &wait) == 0)
		event_del(server->acceptable);
}

/* Out of descriptors or memory. */
static void cannot_accept(struct server *server, const char *why)
{
	log_warn_from(&server->log, "Could not accept a connection: %s", why);
	pause_accepting(server, NS_PER_SEC);
}

/* Endless connecting must delay others no longer than endless requests do. */
static bool may_accept(struct server *server)
{
	const uint64_t wait_ns = budget_wait_ns(&server->accepting, now_ns());

	if (closer_is_full()) {
		cannot_accept(server, "too many ended connections cannot be closed");
		return false;
	}
	if (wait_ns > 0)
		pause_accepting(server, wait_ns);
	return wait_ns == 0;
}

static void pay_accept(struct server *server, uint64_t work_ns)
{
	const struct price price = work_price(work_ns);

	budget_spend(&server->accepting, price.time + price.harm + ACCEPT_PRICE, now_ns());
}

static void on_acceptable(evutil_socket_t, short, void *arg)
{
	struct server *server = arg;

	for (int i = 0; i < ACCEPT_BURST && may_accept(server); i++) {
		const uint64_t start_ns = work_clock_ns();
		const int sock = accept4(server->sock, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (sock >= 0) {
			welcome(server, sock);
			pay_accept(server, work_clock_ns() - start_ns);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			cannot_accept(server, strerror(errno));
			return;
		}
	}
}

static void on_accept_again(evutil_socket_t, short, void *arg)
{
	struct server *server = arg;

	if (event_add(server->acceptable, NULL) < 0)
		cannot_accept(server, strerror(ENOMEM));
}

/* -------- objects -------- */

void server_announce(struct server *server, const struct object_ops *ops, void *thing,
		     const struct guest_info *guest)
{
	struct session *s;
	int rc;

	rc = objects_add(&server->objects, ops, thing, guest);
	if (rc < 0) {
		log_warn_from(&server->log, "Could not announce a %s: %s", ops->name,
			      strerror(-rc));
		return;
	}
	LIST_FOREACH (s, &server->sessions, link)
		session_announce(s);
	news_of(XENAV_EVENT_ADDED, thing, 0);
	headline_changed(server->headline);
}

void server_withdraw(struct server *server, const void *thing)
{
	struct object *object = objects_of(&server->objects, thing);
	struct session *s;

	if (!object)
		return;
	news_of(XENAV_EVENT_REMOVED, thing, 0);
	claims_lost(object);
	LIST_FOREACH (s, &server->sessions, link)
		claims_removed(&s->claims, object);
	objects_remove(&server->objects, object);
	headline_changed(server->headline);
}

/* -------- beginning and end -------- */

static unsigned count_consumers(void *data)
{
	const struct server *server = data;
	const struct session *s;
	unsigned n = 0;

	LIST_FOREACH (s, &server->sessions, link)
		n += !s->dead;
	return n;
}

static void report(struct status_source *source)
{
	struct server *server = CONTAINER(source, struct server, status);
	const struct session *s;
	unsigned n_greeted = 0;

	LIST_FOREACH (s, &server->sessions, link)
		n_greeted += !s->dead && s->greeted;
	status_line("consumers connected=%u greeted=%u objects=%zu closing=%u",
		    count_consumers(server), n_greeted, server->objects.n, closer_waiting());
}

static int start(struct server *server, struct event_base *base)
{
	const struct headline_source counted = {
		.objects = &server->objects,
		.count_consumers = count_consumers,
		.data = server,
	};

	server->acceptable =
		event_new(base, server->sock, EV_READ | EV_PERSIST, on_acceptable, server);
	server->accept_again = evtimer_new(base, on_accept_again, server);
	server->burial = evtimer_new(base, on_burial, server);
	if (!server->acceptable || !server->accept_again || !server->burial ||
	    event_add(server->acceptable, NULL) < 0)
		return -ENOMEM;
	return headline_create(&server->headline, base, &counted);
}

static int create(struct server **out, struct event_base *base, const struct policy *policy,
		  const struct consumer_limits *limits, int sock)
{
	struct server *server = calloc(1, sizeof *server);
	int rc;

	if (!server)
		return -ENOMEM;
	LIST_INIT(&server->sessions);
	LIST_INIT(&server->users.all);
	budget_init(&server->accepting, limits->accept_tokens_per_sec, limits->accept_tokens,
		    now_ns());
	log_source_init(&server->log, "consumers");
	server->env = (struct session_env){
		.base = base,
		.limits = limits,
		.policy = policy,
		.objects = &server->objects,
		.sessions = &server->sessions,
		.counts = &server->counts,
		.reserve = &server->reserve,
		.died = on_died,
		.kick = on_kick,
		.data = server,
	};
	server->sock = sock;
	rc = start(server, base);
	if (rc < 0) {
		server->sock = -1;
		server_destroy(server);
		return rc;
	}
	status_add(&server->status, report);
	*out = server;
	return 0;
}

int server_create(struct server **out, struct event_base *base, const struct policy *policy,
		  const struct consumer_limits *limits, const char *path, const char *group,
		  bool everybody)
{
	struct listen_file file;
	const int sock = listen_open(&file, path, group, everybody);
	int rc;

	if (sock < 0)
		return sock;
	rc = create(out, base, policy, limits, sock);
	if (rc < 0) {
		log_err("Could not serve %s: %s", path, strerror(-rc));
		listen_file_remove(&file);
		close(sock);
		return rc;
	}
	(*out)->file = file;
	return 0;
}

void server_set_host(struct server *server, const struct status_host *host)
{
	server->env.host = host;
}

int server_recall(struct server *server, struct journal *journal)
{
	return reserve_start(&server->reserve, server->env.base, journal, &server->objects,
			     server->env.limits->resume_ms, claims_freed);
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

void server_destroy(struct server *server)
{
	struct session *s;

	if (!server)
		return;
	status_remove(&server->status);
	while ((s = LIST_FIRST(&server->sessions))) {
		LIST_REMOVE(s, link);
		session_destroy(s);
	}
	users_finish(&server->users);
	headline_destroy(server->headline);
	reserve_finish(&server->reserve);
	free_event(server->acceptable);
	free_event(server->accept_again);
	free_event(server->burial);
	listen_file_remove(&server->file);
	if (server->sock >= 0)
		closer_close(server->sock,
			     NOBODY); /* Closes the connections of its backlog, too. */
	objects_finish(&server->objects);
	free(server);
}
