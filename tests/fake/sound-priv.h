/* SPDX-License-Identifier: MIT */
/* Shared by sound.c and pcm.c. */
#ifndef XENAVD_FRONT_SOUND_PRIV_H
#define XENAVD_FRONT_SOUND_PRIV_H

#include "sound.h"

void pcm_on_event(struct channel *ch, const uint8_t event[SLOT_BYTES]);

/* A program has closed a stream: perhaps xenwatch waited for that. */
void sound_closed(struct sound *card);

#endif
