/* SPDX-License-Identifier: MIT */
/* The parts of xenav-view. */
#ifndef XENAV_VIEW_VIEW_H
#define XENAV_VIEW_VIEW_H

#include <stdbool.h>
#include <sys/queue.h>

#include "common/link.h"
#include "view/inputs.h"
#include "view/options.h"
#include "view/sound.h"
#include "view/wake.h"
#include "view/window.h"

/* Exit code when the connection, the guest or the display server is lost, or nothing can start. */
#define EXIT_LOST 1

struct view {
	const struct view_options *o;
	struct link *link;
	struct wake *wake;
	LIST_HEAD(, window) windows;
	struct inputs inputs;
	struct sounds sounds;
	bool has_audio;        /* SDL has some audio */
	unsigned int n_wanted; /* connectors that were there */
	unsigned int n_opened; /* windows */
	uint64_t end_ns;       /* when to end because all guests are gone; 0: never */
	bool is_over;
	int exit_code;
};

static inline void view_end(struct view *v, int exit_code)
{
	if (!v->is_over)
		v->exit_code = exit_code;
	v->is_over = true;
}

#endif
