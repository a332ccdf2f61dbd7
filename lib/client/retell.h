/* SPDX-License-Identifier: MIT */
/*
 * Streams over a pause: what the daemon tells again goes on where the program is.
 */
#ifndef XENAV_CLIENT_RETELL_H
#define XENAV_CLIENT_RETELL_H

#include "client/stream.h"

bool retell_is_same(const struct xenav_object *o, const union xenav_msg *msg, bool by_name);

/* The stream is claimed again; its state follows. */
void retell_begin(struct xenav_object *o);

/* Map the ring of the same opening, in place of the one before the pause.  @return 0 or -errno. */
int retell_ring(struct xenav_stream *s, const struct xenav_pcm *pcm, int fd);

/* The state is told, the positions of the stream are not changed yet: what the guest has played
 * meanwhile is lost. */
void retell_state(struct xenav_stream *s, const struct xenav_msg_stream_state *m);

/* @return from where on the frames [at, end) are news. */
uint64_t retell_data(struct xenav_stream *s, uint64_t at, uint64_t end);

#endif
