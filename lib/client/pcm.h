/* SPDX-License-Identifier: MIT */
/* The parameters of an opening. */
#ifndef XENAV_CLIENT_PCM_H
#define XENAV_CLIENT_PCM_H

#include <stdbool.h>

#include "xenav-proto.h"
#include "xenav.h"

/* Is it a ring of whole frames, with samples of the size of the format? */
bool pcm_is_ok(const struct xenav_msg_stream_opened *m);

struct xenav_pcm pcm_of(const struct xenav_msg_stream_opened *m);

bool pcm_is_same(const struct xenav_pcm *a, const struct xenav_pcm *b);

#endif
