/* SPDX-License-Identifier: MIT */
/* What a PCM can do, as limits of a guest's stream. */
#ifndef XENAV_ALSA_PROBE_H
#define XENAV_ALSA_PROBE_H

#include <stdbool.h>

#include "xenav.h"

/*
 * Open the PCM, look what it takes, and close it again.  May block as long as opening does.
 *
 * @return 0 with *limits and the number of its card, -1 for none; -EOPNOTSUPP if it takes no format
 * that a guest can have; or the errors of device_open().
 */
int probe_limits(const char *name, bool capture, struct xenav_limits *limits, int *card);

#endif
