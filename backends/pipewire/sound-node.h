/* SPDX-License-Identifier: MIT */
/*
 * The node of an open stream of a guest: PipeWire's thread reads the guest's samples from its
 * player, or writes samples to its recorder, and tells them PipeWire's delay.
 */
#ifndef XENAV_PIPEWIRE_SOUND_NODE_H
#define XENAV_PIPEWIRE_SOUND_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

#include "names.h"
#include "xenav.h"

struct node;

struct node_config {
	struct pw_core *core;
	const struct names *names;
	const char *target; /* target.object, NULL: none */
	const char *role;   /* media.role, NULL: none */
	long latency_frames;
	const struct xenav_pcm *pcm;     /* of a format that format_can() */
	struct xenav_player *player;     /* for playback, else NULL */
	struct xenav_recorder *recorder; /* for capture, else NULL */
	void *data;                      /* of the functions below */

	/* The volume of the node was moved by somebody: the mean of the factors of the channels. */
	void (*volume)(void *data, float factor, bool muted);
	/* The format is agreed on, and the volume can be set. */
	void (*ready)(void *data);
	/* PipeWire has no use for the node; it is to be freed, but not in this function. */
	void (*failed)(void *data, const char *error);
};

/**
 * Make the node.  config is copied; player and recorder have to stay.
 *
 * @return 0 and *node, -ENOMEM or another -errno.
 */
int node_new(struct node **node, const struct node_config *config);

/* Remove it: no other thread uses player or recorder when this returns.  node may be NULL. */
void node_free(struct node *node);

/* Let it play or stand.  An idle node lets the device sleep. */
void node_set_active(struct node *node, bool active);
bool node_is_active(const struct node *node);

/* Set the factors of all channels, and mute. */
void node_set_volume(struct node *node, const float *factors, bool muted);

#endif
