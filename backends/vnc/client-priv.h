/* SPDX-License-Identifier: MIT */
/* A client from inside: client.c has its life, client-hooks.c what it types, points and says. */
#ifndef XENAV_VNC_CLIENT_PRIV_H
#define XENAV_VNC_CLIENT_PRIV_H

#include "vnc/client.h"
#include "vnc/keyboard.h"
#include "vnc/paste.h"
#include "vnc/pointer.h"
#include "vnc/qemu.h"

struct event;

struct client {
	const struct client_owner *owner;
	rfbClientPtr cl;
	struct peer *peer;
	struct keyboard keyboard;
	struct pointer pointer;
	struct paste paste;
	struct tap *tap; /* NULL until it wants sound */
	int watch_fd;    /* of its own, because libvncserver closes the other one */
	struct event *readable;
	struct event *timer;
	struct event *typing;
	bool is_active;          /* it has logged in */
	bool has_asked;          /* for a picture */
	int width_px, height_px; /* what it was told when it logged in */
	bool is_playing;         /* it was told that sound has begun */
	uint64_t input_ns;       /* when somebody typed or pointed */
	uint64_t next_ns;        /* no picture before that */
};

/* What types the clipboard. @return 0 or -ENOMEM. */
int client_hooks_open(struct client *client);
void client_hooks_close(struct client *client);

#endif
