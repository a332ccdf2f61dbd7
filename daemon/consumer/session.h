/* SPDX-License-Identifier: MIT */
/*
 * One connected consumer, from accept to its end.  Everything it sends is hostile; what breaks
 * the protocol ends the session, and nobody else notices.
 *
 * A session never goes away under whoever calls it: it only dies, says so, and is destroyed by
 * its owner later, from the event loop.
 */
#ifndef XENAVD_SESSION_H
#define XENAVD_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "consumer/claims.h"
#include "consumer/limits.h"
#include "consumer/outbox.h"
#include "consumer/peer.h"
#include "consumer/users.h"

struct event;
struct event_base;
struct object;
struct objects;
struct policy;
struct session;

/* What all sessions share; outlives them. */
struct session_env {
	struct event_base *base;
	const struct consumer_limits *limits;
	const struct policy *policy;
	const struct objects *objects;
	void (*died)(void *data); /* a session wants to be destroyed, but not now */
	void *data;
};

/* Private to session.c, except for what is said to be readable. */
struct session {
	const struct session_env *env;
	struct peer peer;                    /* readable */
	struct user *user;                   /* readable */
	const struct consumer_rule *section; /* by which it was let in: the owner's */
	struct log_source *log;              /* for lines about it */
	struct budget budget;
	bool dead; /* readable */
	bool greeted;
	int sock;
	bool may_pass; /* descriptors: others are not even taken out of the socket */
	char name[64]; /* of the program, fit to be logged */
	struct outbox box;
	struct claims claims;
	struct event *readable;
	struct event *hello_timer;
	struct event *afford_timer; /* pending: it is not read before it can pay again */
	LIST_ENTRY(session) link;   /* the owner's */
};

/*
 * Start talking to the consumer, one more of that user; sock and what peer holds become the
 * session's on success.
 *
 * @return 0 or -ENOMEM.
 */
int session_create(struct session **out, const struct session_env *env, int sock,
		   const struct peer *peer, struct user *user);

/* Release its claims, close, free.  Not from within a call of the session. */
void session_destroy(struct session *session);

/* There are new objects. */
void session_announce(struct session *session);

/* An object has gone. */
void session_removed(struct session *session, const struct object *object);

#endif
