/* SPDX-License-Identifier: MIT */
/*
 * A VNC client: libvncserver's side of it, and its keyboard, pointer, clipboard and ear.
 */
#ifndef XENAV_VNC_CLIENT_H
#define XENAV_VNC_CLIENT_H

#include <rfb/rfb.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/layout.h"
#include "common/link.h"
#include "vnc/inputs.h"
#include "vnc/lockout.h"
#include "vnc/net.h"
#include "vnc/options.h"
#include "vnc/picture.h"
#include "vnc/sound.h"

struct event_base;
struct client;

/* What all clients of the program share. */
struct client_env {
	struct event_base *base;
	struct link *link; /* to be woken after calls of libxenav */
	const struct vnc_options *o;
	const struct layout *layout;
	struct inputs *inputs;
	struct sound *sound; /* NULL: none */
	struct lockout lockout;
	unsigned int n_clients;
	unsigned int n_active; /* those that are let in */
};

/* More are refused. */
#define CLIENTS_MAX NET_MAX_CLIENTS

struct client_owner {
	struct client_env *env;
	rfbScreenInfoPtr rfb;
	const struct picture *picture;
	/* The client may want a picture now. */
	void (*wants)(void *data);
	/* The client is gone, and freed when this returns. */
	void (*gone)(void *data, struct client *client);
	void *data;
};

/* Offer QEMU's extensions to all clients; once. */
void client_register(bool with_sound);

/* Let a server of libvncserver call for its clients. */
void client_install_hooks(rfbScreenInfoPtr rfb);

/* Begin with a client that has told its version, which belongs to the client from now on.  owner
 * stays the caller's. @return NULL: it is not let in, and was told why. */
struct client *client_start(const struct client_owner *owner, const struct net_client *from);

/* Has the network's thread closed its connection?  It has to be closed here, too. */
bool client_is_gone(const struct client *client);

/* Disconnect it; gone() is called. */
void client_close(struct client *client);

/* Does it wait for a picture that could be sent now?  If it could not, *next_ns is lowered to when
 * to ask again, if that is known. */
bool client_wants(const struct client *client, uint64_t now_ns, uint64_t *next_ns);

/* Send what has changed.  The client may be gone when this returns. */
void client_update(struct client *client, uint64_t now_ns);

/* The same with sound. */
void client_play(struct client *client);

/* The picture has another size.  The client may be gone when this returns. */
void client_resized(struct client *client);

#endif
