/* SPDX-License-Identifier: MIT */
/* A vsnd device: its streams, connected and torn down together. */
#ifndef XENAVD_CARD_H
#define XENAVD_CARD_H

#include <stdint.h>

#include "sound/stream.h"

struct engine;
struct event_base;
struct guest_info;
struct log_source;
struct tree;
struct xen;

/* The parts of the daemon that all cards use; outlives them. */
struct sound_env {
	const struct xen *xen;
	struct event_base *base;
	const struct stream_observer *observer;
	void *observer_data;
	uint32_t generation; /* streams number their openings from behind it */
};

/* A number that no earlier process is likely to have used: a consumer that has lived through a
 * restart takes an opening with the same number for the same opening. */
uint32_t card_new_generation(void);

/*
 * Make a card as its frontend has published it.
 *
 * @param log names the device and outlives the card
 * @return 0; -EINVAL or -ENOENT when the configuration is malformed, -E2BIG when it has more
 * streams than a card may have or the guest's policy allows (logged); -ENOMEM.
 */
int card_create(struct engine **out, const struct sound_env *env, const struct guest_info *guest,
		uint16_t devid, const struct tree *config, struct log_source *log);

#endif
