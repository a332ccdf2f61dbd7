/* SPDX-License-Identifier: MIT */
/*
 * The web side of xenav-vnc: a page with noVNC that shows a guest and plays its sound, and the
 * WebSocket that carries RFB to it.  HTTP, TLS and WebSockets are libwebsockets', in a thread of
 * their own: the rest of the program sees a listener of stream sockets that speak plain RFB.
 */
#ifndef XENAV_VNC_WEB_H
#define XENAV_VNC_WEB_H

#include <stdbool.h>
#include <stdint.h>

struct web;

struct web_config {
	const char *address; /* numeric, or unix:PATH */
	uint16_t port;       /* of TCP */
	bool local;          /* only this machine reaches it: hosts of other names are refused */
	const char *page;    /* folder with the page */
	const char *novnc;   /* folder with noVNC: core/rfb.js is there */
	const char *cert;    /* files in PEM for TLS, or NULL: none */
	const char *key;
	const char *origin; /* one more origin, such as that of a reverse proxy, or NULL */
	unsigned int max_clients;
	unsigned int screens; /* servers, of which a page asks for one by its number */
};

struct web_client {
	int fd; /* a stream socket, which the caller owns */
	unsigned int screen;
	char from[64]; /* the browser's address */
};

/**
 * Serve the page.  The strings must stay until web_stop().
 *
 * @return 0, -EINVAL when only one of cert and key is given or the address is none, -ENOENT or
 * -EACCES for a folder or file that cannot be read, -EADDRINUSE or -EADDRNOTAVAIL for the address,
 * -EPROTO for a certificate that is none, -ENOMEM, or another -errno.
 */
int web_start(struct web **web, const struct web_config *config);

/* @return a descriptor that is readable when web_accept() has a client. */
int web_get_fd(const struct web *web);

/* @return 0 and a client; -EAGAIN while there is none. */
int web_accept(struct web *web, struct web_client *client);

/* End all clients and the thread.  NULL does nothing. */
void web_stop(struct web *web);

#endif
