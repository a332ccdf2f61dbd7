/* SPDX-License-Identifier: MIT */
/* See viewers.h.  A place may become free during any call of a viewer. */
#include <config.h>

#include <errno.h>
#include <stddef.h>

#include "base/container.h"
#include "display/viewers.h"
#include "xen/worker.h"

static void show_driver(struct viewers *viewers)
{
	if (viewers->all[PLACE_DRIVER])
		viewer_show(viewers->all[PLACE_DRIVER]);
}

/* Start behind the last one served: fast watchers cannot starve the others. */
static void show_watchers(struct viewers *viewers)
{
	const unsigned last = viewers->last_watcher;

	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		const unsigned at = PLACE_WATCHER + (last + i) % XENAV_MAX_WATCHERS;
		const bool copying = viewers->env.copying;

		if (viewers->all[at])
			viewer_show(viewers->all[at]);
		if (viewers->env.copying && !copying)
			viewers->last_watcher = at;
	}
}

/* The driver has every other turn. */
static void on_copied(struct viewer_env *env, enum xenav_mode mode)
{
	struct viewers *viewers = CONTAINER(env, struct viewers, env);

	if (mode == XENAV_MODE_WATCH)
		show_driver(viewers);
	show_watchers(viewers);
	show_driver(viewers);
}

void viewers_init(struct viewers *viewers, const struct viewer_env *env)
{
	viewers->env = *env;
	viewers->env.copied = on_copied;
}

bool viewers_has_driver(const struct viewers *viewers)
{
	return viewers->all[PLACE_DRIVER] != NULL;
}

unsigned viewers_n_watchers(const struct viewers *viewers)
{
	unsigned n = 0;

	for (unsigned i = PLACE_WATCHER; i < PLACES; i++)
		n += viewers->all[i] != NULL;
	return n;
}

int viewers_add(struct viewers *viewers, enum xenav_mode mode,
		const struct connector_listener *listener, uint32_t ways, void *data)
{
	const bool watches = mode == XENAV_MODE_WATCH;
	const unsigned end = watches ? PLACES : PLACE_WATCHER;
	unsigned i = watches ? PLACE_WATCHER : PLACE_DRIVER;

	while (i < end && viewers->all[i])
		i++;
	if (i == end)
		return watches ? -EUSERS : -EBUSY;
	return viewer_create(&viewers->all[i], &viewers->env, mode, listener, ways, data);
}

unsigned viewers_find(const struct viewers *viewers, const void *data)
{
	unsigned i = 0;

	while (i < PLACES && !(viewers->all[i] && viewer_is(viewers->all[i], data)))
		i++;
	return i;
}

void viewers_end(struct viewers *viewers, unsigned place)
{
	struct viewer *viewer = viewers->all[place];

	viewers->all[place] = NULL;
	if (viewer)
		viewer_end(viewer);
}

void viewers_show(struct viewers *viewers)
{
	show_driver(viewers);
	show_watchers(viewers);
}

void viewers_blank(struct viewers *viewers)
{
	for (unsigned i = 0; i < PLACES; i++)
		if (viewers->all[i])
			viewer_blank(viewers->all[i]);
}
