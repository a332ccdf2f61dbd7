/* SPDX-License-Identifier: MIT */
/* See waiting.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "consumer/claims.h"
#include "consumer/waiting.h"

int waiting_add(struct claims *claims, struct object *object, const struct xenav_msg_claim *wish)
{
	struct waiting *w;
	unsigned n = 0;

	TAILQ_FOREACH (w, &object->waiting, by_turn)
		n++;
	if (n >= XENAV_MAX_WAITING)
		return -EUSERS;
	w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	w->claims = claims;
	w->object = object;
	w->wish = *wish;
	TAILQ_INSERT_TAIL(&object->waiting, w, by_turn);
	LIST_INSERT_HEAD(&claims->waiting, w, link);
	return 0;
}

struct waiting *waiting_find(const struct claims *claims, const struct object *object)
{
	struct waiting *w;

	TAILQ_FOREACH (w, &object->waiting, by_turn)
		if (w->claims == claims)
			return w;
	return NULL;
}

void waiting_end(struct waiting *w)
{
	TAILQ_REMOVE(&w->object->waiting, w, by_turn);
	LIST_REMOVE(w, link);
	free(w);
}
