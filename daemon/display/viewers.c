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
	if (viewers->all[VIEWERS_DRIVER])
		viewer_show(viewers->all[VIEWERS_DRIVER]);
}

/* Each has its turn, however fast the first ones are. */
static void show_watchers(struct viewers *viewers)
{
	const unsigned last = viewers->last_watcher;

	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++) {
		const unsigned at = VIEWERS_DRIVER + 1 + (last + i) % XENAV_MAX_WATCHERS;
		const bool copying = viewers->env.copying;

		if (viewers->all[at])
			viewer_show(viewers->all[at]);
		if (viewers->env.copying && !copying)
			viewers->last_watcher = at;
	}
}

/* The driver has every other turn. */
static void on_copied(struct viewer_env *env, bool drives)
{
	struct viewers *viewers = CONTAINER(env, struct viewers, env);

	if (!drives)
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
	return viewers->all[VIEWERS_DRIVER] != NULL;
}

unsigned viewers_n_watchers(const struct viewers *viewers)
{
	unsigned n = 0;

	for (unsigned i = VIEWERS_DRIVER + 1; i < VIEWERS_MAX; i++)
		n += viewers->all[i] != NULL;
	return n;
}

int viewers_add(struct viewers *viewers, enum xenav_mode mode,
		const struct connector_listener *listener, uint32_t ways, void *data)
{
	const bool watches = mode == XENAV_MODE_WATCH;
	const unsigned end = watches ? VIEWERS_MAX : VIEWERS_DRIVER + 1;
	unsigned i = watches ? VIEWERS_DRIVER + 1 : VIEWERS_DRIVER;

	while (i < end && viewers->all[i])
		i++;
	if (i == end)
		return watches ? -EUSERS : -EBUSY;
	return viewer_create(&viewers->all[i], &viewers->env, !watches, listener, ways, data);
}

unsigned viewers_find(const struct viewers *viewers, const void *data)
{
	unsigned i = 0;

	while (i < VIEWERS_MAX && !(viewers->all[i] && viewer_is(viewers->all[i], data)))
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
	for (unsigned i = 0; i < VIEWERS_MAX; i++)
		if (viewers->all[i])
			viewer_blank(viewers->all[i]);
}
