/* SPDX-License-Identifier: MIT */
/* Streams as objects of the registry: how they are announced and claimed, and what they tell the
 * consumers that have claimed them. */
#ifndef XENAVD_STREAMS_H
#define XENAVD_STREAMS_H

#include "sound/stream.h"

/* To be given to the engine, with the server as its data. */
extern const struct stream_observer server_streams;

#endif
