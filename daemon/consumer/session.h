/* SPDX-License-Identifier: MIT */
/*
 * One connected consumer, from accept to its end.  Its messages are hostile: a violation of the
 * protocol ends this session alone.
 *
 * A session is never freed under its caller: it dies, calls `died`, and is destroyed by its owner
 * later, from the event loop.
 */
#ifndef XENAVD_SESSION_H
#define XENAVD_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "consumer/claims.h"
#include "consumer/limits.h"
#include "consumer/monitor.h"
#include "consumer/outbox.h"
#include "consumer/peer.h"
#include "consumer/purse.h"
#include "consumer/snapshot.h"
#include "consumer/users.h"

struct event;
struct event_base;
struct reserve;
struct objects;
struct policy;
struct session;

LIST_HEAD(session_list, session);

/* Of all consumers since the daemon began. */
struct session_counts {
	uint64_t n_accepted;
	uint64_t n_refused;
};

/* The part that all sessions share; outlives them. */
struct session_env {
	struct event_base *base;
	const struct consumer_limits *limits;
	const struct policy *policy;
	const struct objects *objects;
	const struct session_list *sessions;
	const struct session_counts *counts;
	const struct status_host *host; /* may be NULL */
	struct reserve *reserve;
	void (*died)(void *data); /* a session is to be destroyed, but not during the call */
	/* Disconnect the consumer of that number for another one. @return false without it. */
	bool (*kick)(uint32_t id, uint32_t by, void *data);
	void *data;
};

/* Private to session.c, but for the readable fields. */
struct session {
	const struct session_env *env;
	struct peer peer;                    /* readable */
	struct user *user;                   /* readable */
	const struct consumer_rule *section; /* the rule of its admission; set by the owner */
	struct log_source *log;              /* for lines about the consumer */
	struct purse purse;
	bool dead; /* readable */
	bool greeted;
	int sock;
	unsigned n_credit; /* messages that are read without tokens */
	bool may_pass;     /* else messages with descriptors are not taken out of the socket */
	char name[64];     /* of the program, fit to be logged */
	struct outbox box;
	struct claims claims; /* for claims_removed() of the owner, too */
	uint64_t connected_ns;
	uint64_t n_received; /* messages */
	struct snapshot snapshot;
	struct monitor monitor;
	struct event *readable;
	struct patience hello;
	struct event *afford_timer; /* pending: the consumer is not read for want of tokens */
	LIST_ENTRY(session) link;   /* the owner's */
};

/*
 * Start a session with another consumer of that user.  On success sock and the contents of peer
 * are the session's.  id is never that of another session.
 *
 * @return 0 or -ENOMEM.
 */
int session_create(struct session **out, const struct session_env *env, int sock,
		   const struct peer *peer, struct user *user, uint32_t id);

/* The policy has other rules than old, and the consumer another section, or none: NULL.  It is
 * disconnected unless all its rights are as before. */
void session_reload(struct session *s, const struct policy *old,
		    const struct consumer_rule *section);

/* End the session at the order of the consumer of that number. */
void session_kick(struct session *session, uint32_t by);

/* Release the claims, close, free.  Not from within a call of the session. */
void session_destroy(struct session *session);

/* Announce new objects. */
void session_announce(struct session *session);

#endif
