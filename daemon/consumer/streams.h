/* SPDX-License-Identifier: MIT */
/* Streams as objects of the registry: their announcements, claims and messages. */
#ifndef XENAVD_STREAMS_H
#define XENAVD_STREAMS_H

#include "sound/stream.h"

/* For the sound engine, with the server as its data. */
extern const struct stream_observer server_streams;

#endif
