/* SPDX-License-Identifier: MIT */
/*
 * Reading the configuration again while xenavd runs.  Files are read, and names of users and groups
 * looked up, by a thread that exists meanwhile: a name service may take longer than the loop may
 * stand still.
 */
#ifndef XENAVD_RELOAD_H
#define XENAVD_RELOAD_H

struct config;
struct event_base;
struct options;
struct registry;
struct reload;
struct server;

/* What follows the configuration; all of it outlives the reload. */
struct reload_env {
	struct event_base *base;
	const struct options *options;
	struct config *config; /* that applies */
	struct server *server;
	struct registry *registry;
};

/* @return 0 or -ENOMEM. */
int reload_create(struct reload **out, const struct reload_env *env);

/* Give up what is being read.  NULL is fine. */
void reload_destroy(struct reload *reload);

/*
 * Begin to read the files again, and tell the service manager so.  If they have a mistake, it is
 * logged, and what was read before goes on to apply.  While they are being read, they are read once
 * more afterwards.
 */
void reload_config(struct reload *reload);

#endif
