/* SPDX-License-Identifier: MIT */
/* The address at which browsers come in: --web and what belongs to it. */
#ifndef XENAV_VNC_WEBDOOR_H
#define XENAV_VNC_WEBDOOR_H

#include "common/loop.h"
#include "vnc/address.h"
#include "vnc/net.h"
#include "vnc/options.h"

struct web;

/* All zero at first. */
struct webdoor {
	struct web *web; /* NULL without --web */
	struct net *net;
	char host[ADDRESS_HOST_MAX];
};

/*
 * Serve the page if the options ask for it, and give its clients to net; say what goes wrong.
 *
 * @param screens servers: a page asks for one of them
 * @return 0; -ENOSYS in a build without libwebsockets, or another -errno.
 */
int webdoor_open(struct webdoor *door, struct loop *loop, struct net *net,
		 const struct vnc_options *o, unsigned int screens);

void webdoor_close(struct webdoor *door, const struct vnc_options *o);

#endif
