/* SPDX-License-Identifier: MIT */
/* Which pages of a browser may reach the guest. */
#ifndef XENAV_VNC_ORIGIN_H
#define XENAV_VNC_ORIGIN_H

#include <stdbool.h>

/*
 * May a page with that Origin header use a WebSocket at that Host?  A browser lets any page of the
 * internet connect to any address, this machine's own included, and says only here where the page
 * is from.  Admitted are pages from the host itself and from `extra`, an origin or NULL.  With
 * `local` the host must be a name of this machine: another site's name that resolves to it would
 * make its pages the host's own.
 *
 * origin: "" when the header is missing, as it is for programs that are no browsers.
 */
bool origin_admits(const char *origin, const char *host, bool tls, bool local, const char *extra);

#endif
