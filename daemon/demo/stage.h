/* SPDX-License-Identifier: MIT */
/* The rooms of the daemon that made-up guests live in, and what they say. */
#ifndef XENAVD_DEMO_STAGE_H
#define XENAVD_DEMO_STAGE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "config/policy.h"
#include "display/display.h"
#include "input/input.h"
#include "sound/card.h"
#include "xen/xen.h"

struct options;
struct plug;
struct server;

struct stage {
	const struct options *options;
	struct event_base *base;
	struct policy policy;
	struct xen xen; /* the worker and the deadlines alone */
	struct server *server;
	struct sound_env sound;
	struct display_env display;
	struct input_env input;
	LIST_HEAD(, plug) plugs;
	bool is_still;                      /* guests that flip show the same frame */
	void (*full)(struct stage *stage);  /* called when all devices are connected */
	void (*empty)(struct stage *stage); /* called when none is plugged in any more */
};

/* Open the socket and everything behind it; failures are logged. @return 0 or -errno; stage_close()
 * is right in both cases. */
int stage_open(struct stage *stage, const struct options *options);

/* All plugs are out. */
void stage_close(struct stage *stage);

/* Let guests that flip stand still, or flip on. */
void stage_turn_still(struct stage *stage);

/* Print a line of what a guest does. */
void stage_say(const struct plug *plug, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
