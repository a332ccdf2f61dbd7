/* SPDX-License-Identifier: MIT */
/* Who is not let in is told why, in the place of libvncserver. */
#ifndef XENAV_VNC_REFUSAL_H
#define XENAV_VNC_REFUSAL_H

#include "vnc/client.h"

/* @return whether the client is refused; then its descriptor is closed. */
bool refusal_check(const struct client_env *env, const struct net_client *from);

#endif
