/* SPDX-License-Identifier: MIT */
/* Addresses as the options give them. */
#ifndef XENAV_VNC_ADDRESS_H
#define XENAV_VNC_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_HOST_MAX 128

/* @return the path in "unix:PATH", or NULL for another address. */
const char *address_unix_path(const char *address);

/* Take "HOST:PORT", "[HOST]:PORT" or "PORT", which is of 127.0.0.1, apart. @return the port from 1
 * on, or -EINVAL. */
long address_split(const char *address, char *host, size_t size);

/* Is it a numeric address that only this machine reaches? */
bool address_is_local(const char *host);

#endif
