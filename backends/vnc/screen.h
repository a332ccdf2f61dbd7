/* SPDX-License-Identifier: MIT */
/*
 * A server: a picture of connectors, its clients, and when it is looked at the guest for them.
 *
 * Nothing is looked at while no client asks for a picture.  While one does, frames are taken as the
 * guest shows them, at most --max-fps of them; and since programs in the guest may draw into what
 * is shown without a word, the present picture is asked for as well, ten times a second, and as
 * often as
 * --max-fps allows while that brings something new.
 */
#ifndef XENAV_VNC_SCREEN_H
#define XENAV_VNC_SCREEN_H

#include "vnc/client.h"
#include "vnc/passwords.h"

struct screen;

/* name stays the caller's. @return 0 and *screen, or -ENOMEM. */
int screen_new(struct screen **screen, struct client_env *env, struct passwords *passwords,
	       const char *name);

/* Disconnect its clients.  screen may be NULL. */
void screen_free(struct screen *screen);

/* Until it is set again. */
void screen_set_name(struct screen *screen, const char *name);

/* A client has come, and belongs to the screen. */
void screen_take(struct screen *screen, const struct net_client *from);

/* Close clients whose connections are closed: their descriptors may not have told it yet. */
void screen_drop_gone(struct screen *screen);

/* Clients may have taken what they got, or there is sound. */
void screen_wake(struct screen *screen);
void screen_play(struct screen *screen);

/* Connectors, and what xenavd says of them.  Others are left alone. @return whether it is shown. */
bool screen_add(struct screen *screen, struct xenav_connector *c);
void screen_remove(struct screen *screen, const struct xenav_connector *c);
void screen_frame(struct screen *screen, struct xenav_connector *c,
		  const struct xenav_frame *frame);
void screen_blank(struct screen *screen, const struct xenav_connector *c);

/* The connection is over: the picture stands. */
void screen_forget(struct screen *screen);

#endif
