/* SPDX-License-Identifier: MIT */
/* The address at which browsers come in: --web and what belongs to it. */
#ifndef XENAV_VNC_WEBDOOR_H
#define XENAV_VNC_WEBDOOR_H

#include "common/loop.h"
#include "vnc/net.h"
#include "vnc/options.h"

struct web;

/*
 * Serve the page if the options ask for it, and give its clients to net; say what goes wrong.
 *
 * @param screens servers: a page asks for one of them
 * @return 0 and *web, which is NULL without --web; -ENOSYS in a build without libwebsockets, or
 * another -errno.
 */
int webdoor_open(struct web **web, struct loop *loop, struct net *net, const struct vnc_options *o,
		 unsigned int screens);

void webdoor_close(struct web *web, const struct vnc_options *o);

#endif
