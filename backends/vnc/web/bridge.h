/* SPDX-License-Identifier: MIT */
/* The WebSocket of a browser, joined to a socket of ours; called by libwebsockets in its thread. */
#ifndef XENAV_VNC_BRIDGE_H
#define XENAV_VNC_BRIDGE_H

#include <libwebsockets.h>
#include <time.h>

/* What the protocols find as the user data of their context. */
struct bridge_host {
	const char *origin; /* one more that is admitted, or NULL */
	bool local;         /* the listener is of this machine alone */
	bool tls;
	int clients_fd; /* takes a struct web_client of each new client */
	unsigned int n_clients;
	unsigned int max_clients;
	unsigned int screens;
	time_t said_at; /* that a page was refused */
};

/* Protocols of the virtual host: HTTP, the WebSocket, and our end of the joined sockets. */
extern const struct lws_protocols bridge_protocols[];

#endif
