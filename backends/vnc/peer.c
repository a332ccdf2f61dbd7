/* SPDX-License-Identifier: MIT */
/* See peer.h. */
#include <config.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "vnc/peer.h"

struct peer {
	atomic_uint refs;
	atomic_size_t backlog_bytes;
	atomic_bool wants_wake;
	atomic_bool is_in;
	atomic_bool is_gone;
	char name[64];
};

struct peer *peer_new(const char *name)
{
	struct peer *peer = calloc(1, sizeof *peer);

	if (!peer)
		return NULL;
	atomic_init(&peer->refs, 1);
	snprintf(peer->name, sizeof peer->name, "%s", name);
	return peer;
}

void peer_ref(struct peer *peer)
{
	atomic_fetch_add(&peer->refs, 1);
}

void peer_unref(struct peer *peer)
{
	if (peer && atomic_fetch_sub(&peer->refs, 1) == 1)
		free(peer);
}

const char *peer_get_name(const struct peer *peer)
{
	return peer->name;
}

void peer_let_in(struct peer *peer)
{
	atomic_store(&peer->is_in, true);
}

bool peer_is_in(const struct peer *peer)
{
	return atomic_load(&peer->is_in);
}

void peer_leave(struct peer *peer)
{
	atomic_store(&peer->is_gone, true);
}

bool peer_is_gone(const struct peer *peer)
{
	return atomic_load(&peer->is_gone);
}

void peer_set_backlog(struct peer *peer, size_t bytes)
{
	atomic_store(&peer->backlog_bytes, bytes);
}

size_t peer_get_backlog(const struct peer *peer)
{
	return atomic_load(&peer->backlog_bytes);
}

void peer_want_wake(struct peer *peer)
{
	atomic_store(&peer->wants_wake, true);
}

bool peer_take_wake(struct peer *peer)
{
	return atomic_exchange(&peer->wants_wake, false);
}
