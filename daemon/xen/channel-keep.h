/* SPDX-License-Identifier: MIT */
/* What the journal has of a channel, for channel.c; channel_set_recall() is in channel.h. */
#ifndef XENAVD_CHANNEL_KEEP_H
#define XENAVD_CHANNEL_KEEP_H

#include "xen/channel.h"

/* Begin to keep the channels of a set that is connected for the first time. */
void channel_keep_begin(struct channel_set *set);

/* The channel is about to publish this answer, with which rsp_prod goes up by one. */
void channel_keep_answer(struct channel *ch, const uint8_t rsp[RING_SLOT_BYTES]);

/* The channel is about to publish the counters of its events. */
void channel_keep_events(struct channel *ch);

#endif
