/* SPDX-License-Identifier: MIT */
/* Volume and mute by an element of a card's mixer. */
#ifndef XENAV_ALSA_CARD_MIXER_H
#define XENAV_ALSA_CARD_MIXER_H

#include <stdbool.h>

#include "xenav.h"

struct mixer;

/*
 * Open an element for playback: ELEMENT[,INDEX][@CARD], where CARD is a name of alsa-lib for a
 * control device such as hw:1.
 *
 * @param card the number of the card if the text names none, -1: none either
 * @return 0, -ENODEV if there is no card, -ENOENT if there is no such element, -EOPNOTSUPP if it
 * has no volume in dB, -EINVAL, -ENOMEM, or another -errno of alsa-lib.
 */
int mixer_open(struct mixer **out, const char *text, int card);

/* mixer may be NULL. */
void mixer_close(struct mixer *mixer);

/* Does the element have a switch to mute it? */
bool mixer_can_mute(const struct mixer *mixer);

/* Give the element the volume of this open stream; element channels beyond the stream's get that of
 * its first channel. @return 0, -ENODEV if the card is gone, or another -errno. */
int mixer_set(struct mixer *mixer, const struct xenav_stream *s, unsigned int channels);

#endif
