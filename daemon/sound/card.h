/* SPDX-License-Identifier: MIT */
/* A vsnd device: its streams, connected and torn down together. */
#ifndef XENAVD_CARD_H
#define XENAVD_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sound/stream.h"
#include "xen/channel.h"

struct card;
struct event_base;
struct guest_info;
struct tree;

/* What all cards share; outlives them. */
struct sound_env {
	const struct xen *xen;
	struct event_base *base;
	const struct stream_observer *observer;
	void *observer_data;
};

/*
 * Make a card from what its frontend has published.  log names the device and outlives the card.
 *
 * @return 0; -EINVAL or -ENOENT when the configuration is malformed, -E2BIG when it has more
 * streams than there may be or the guest's policy allows (logged); -ENOMEM.
 */
int card_create(struct card **out, const struct sound_env *env, const struct guest_info *guest,
		uint16_t devid, const struct tree *config, struct log_source *log);

/*
 * Map the rings and start serving; connected comes later with 0 or a -errno, broke when the
 * frontend breaks a ring (the caller then disconnects).
 */
void card_connect(struct card *card, void (*connected)(void *data, int rc),
		  void (*broke)(void *data), void *data);

unsigned card_n_streams(const struct card *card);

/* Is nothing open that the frontend would want to close in an orderly way? */
bool card_idle(const struct card *card);

/* Tear everything down from any state, free the card, then call gone (connected and broke will
 * not be called any more). */
void card_disconnect(struct card *card, void (*gone)(void *data), void *data);

#endif
