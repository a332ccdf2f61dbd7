/* SPDX-License-Identifier: MIT */
/*
 * The connection to the PipeWire server.  It is made anew when the server ends, after 100 ms at
 * first and up to 5 s later.  All functions and callbacks are for the thread of the loop.
 */
#ifndef XENAV_PIPEWIRE_SERVER_H
#define XENAV_PIPEWIRE_SERVER_H

#include <stdbool.h>

#include <pipewire/pipewire.h>

#include "out.h"

struct server;

struct server_config {
	struct pw_loop *loop;
	const char *remote; /* name of the server, NULL: the usual one */
	bool reconnect;     /* wait for a server that is not there, or is gone */
	struct out *out;
	void *data; /* of the functions below */

	/* The server has answered: nodes can be made with core. */
	void (*up)(void *data, struct pw_core *core);
	/* The server is gone: all that was made with its core has to be destroyed now. */
	void (*down)(void *data);
	/* Without reconnect, after down(): the server is not there, or gone. */
	void (*lost)(void *data);
};

/**
 * Start to connect; server calls config->up later.  config is copied.
 *
 * @return 0 and *server; without reconnect also -errno if the server is not there.
 */
int server_open(struct server **server, const struct server_config *config);

/* Disconnect, without calling anything; all that was made with the core is destroyed already.
 * server may be NULL. */
void server_close(struct server *server);

#endif
