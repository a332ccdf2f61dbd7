/* SPDX-License-Identifier: MIT */
/* The requests of a consumer that feeds an input device. */
#ifndef XENAVD_FEED_H
#define XENAVD_FEED_H

#include "xenav-proto.h"

struct claim;

/* INPUT_EVENTS: positions in the pixels of a connector are placed where the guest has its screens.
 */
void feed_events(const struct claim *claim, const struct xenav_msg_input_events *msg);

/* INPUT_RESET. */
void feed_reset(const struct claim *claim);

#endif
