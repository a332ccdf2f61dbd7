/* SPDX-License-Identifier: MIT */
/* Reading the configuration again while xenavd runs. */
#ifndef XENAVD_RELOAD_H
#define XENAVD_RELOAD_H

struct config;
struct options;
struct registry;
struct server;

/* What follows the configuration. */
struct reload {
	const struct options *options;
	struct config *config; /* that applies */
	struct server *server;
	struct registry *registry;
};

/* Read the files again.  If they have a mistake, it is logged, and what was read before goes on to
 * apply. */
void reload_config(struct reload *reload);

#endif
