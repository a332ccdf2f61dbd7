/* SPDX-License-Identifier: MIT */
/* A folder with a configuration for alsa-lib and the card of card.h, for a test. */
#ifndef XENAV_TEST_ALSA_RIG_H
#define XENAV_TEST_ALSA_RIG_H

#include "alsa/card.h"
#include "unit/test.h"

/*
 * The PCMs of the configuration: "card" and "mic", which are the card, "plugcard" with conversion
 * before it, "nothing" without a clock, and "tofile", which writes what it plays into DIR/file.raw.
 */
struct alsa_rig {
	char dir[64];
	struct card *card;
};

/* Make the folder, and have alsa-lib of this process and of its children use it. */
void alsa_rig_start(struct alsa_rig *rig);
void alsa_rig_stop(struct alsa_rig *rig);

/* Add text to the configuration; before alsa-lib is used. */
void alsa_rig_configure(struct alsa_rig *rig, const char *text);

#endif
