/* SPDX-License-Identifier: MIT */
/* The viewers of one connector, and their turns for copies on the worker. */
#ifndef XENAVD_VIEWERS_H
#define XENAVD_VIEWERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/places.h"
#include "display/viewer.h"
#include "xenav-proto.h"

struct viewers {
	struct viewer_env env;
	struct viewer *all[PLACES];
	unsigned last_watcher;      /* for whom a copy was begun */
	STAILQ_ENTRY(viewers) link; // farewells::viewers
};

/* env.copied is set here. */
void viewers_init(struct viewers *viewers, const struct viewer_env *env);

bool viewers_has_driver(const struct viewers *viewers);
unsigned viewers_n_watchers(const struct viewers *viewers);

/* See connector_claim(). */
int viewers_add(struct viewers *viewers, enum xenav_mode mode,
		const struct connector_listener *listener, uint32_t ways, void *data);

/* The place of the viewer whose listener is called with data, or PLACES. */
unsigned viewers_find(const struct viewers *viewers, const void *data);

/* End the viewer in that place, if there is one. */
void viewers_end(struct viewers *viewers, unsigned place);

/* Give the picture to the viewers that wait for one. */
void viewers_show(struct viewers *viewers);

/* Tell them that nothing is shown. */
void viewers_blank(struct viewers *viewers);

#endif
