/* SPDX-License-Identifier: MIT */
/* The addresses at which clients come in. */
#ifndef XENAV_VNC_DOORS_H
#define XENAV_VNC_DOORS_H

#include "vnc/net.h"
#include "vnc/options.h"

/* Sockets in the file system that are ours. */
struct doors {
	char paths[MAX_ADDRESSES * MAX_SCREENS][108];
	unsigned int n_paths;
};

/*
 * Open all addresses of the options, those of a service manager, or the usual one, and give them to
 * net; say what goes wrong.
 *
 * @param screens servers: each has an address of its own
 * @return 0 or -errno; both ways doors_close() is to be called.
 */
int doors_open(struct doors *doors, struct net *net, const struct vnc_options *o,
	       unsigned int screens);

/* Remove the sockets in the file system. */
void doors_close(struct doors *doors);

#endif
