/* SPDX-License-Identifier: MIT */
/*
 * A connection to xenavd that comes back by itself, with one descriptor for any main loop.
 *
 * libxenav itself lives through a restart of xenavd.  When it has given up, or xenavd is not there,
 * the link prints one line, and tries again after 100 ms, later after up to 5 s.  A link belongs to
 * one thread.
 */
#ifndef XENAV_COMMON_LINK_H
#define XENAV_COMMON_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "xenav.h"

struct link;

struct link_config {
	const char *program; /* its name, for xenavd's log and in front of each line */
	const char *socket;  /* of xenavd; NULL: XENAV_DEFAULT_SOCKET */
	long patience_s;     /* libxenav waits for a restart: see xenav_set_patience() */
	bool reconnect;      /* wait for an xenavd that is not there, or is gone for longer */
	bool quiet;          /* leave out the line that says that xenavd is back */
	const struct xenav_listener *listener;
	void *data; /* of the listener and the functions below */

	/* Does what is due.  Called at every turn while there is a connection, after the messages
	 * that have come.  @return when to be called again (CLOCK_MONOTONIC ns), UINT64_MAX: only
	 * with the next message.  NULL: nothing is ever due. */
	uint64_t (*work)(void *data, uint64_t now_ns);

	/* The connection is over; all its objects are freed when this returns.  May be NULL. */
	void (*lost)(void *data, int error);

	/* Prints a line of the link.  NULL: to stderr, behind the program's name. */
	void (*say)(void *data, const char *line);
};

/**
 * Connect.  config is copied, its strings and listener are not and have to stay.
 *
 * @return 0 and *link, also if config->reconnect and xenavd is not there; else the error of
 * xenav_open(), -ENOMEM or -EMFILE.
 */
int link_open(struct link **link, const struct link_config *config);

/* The descriptor to watch: while it is readable, call link_turn().  It belongs to the link. */
int link_get_fd(const struct link *link);

/**
 * Handle what has come, do the work that is due, connect again.  Never blocks.  Not to be called by
 * the functions of the link's config and listener.
 *
 * @return 0, or, without reconnect, the -errno with which the connection has ended.
 */
int link_turn(struct link *link);

/* Make the descriptor readable, for another turn.  A program that calls libxenav outside of
 * callbacks and work() does this afterwards, so that messages are sent that had to wait. */
void link_work_soon(struct link *link);

/* The connection, NULL while there is none.  It is not to be closed. */
struct xenav *link_get(const struct link *link);

/* End it, without calling anything.  link may be NULL. */
void link_close(struct link *link);

#endif
