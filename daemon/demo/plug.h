/* SPDX-License-Identifier: MIT */
/*
 * A device of a made-up guest, which is plugged in and out: what a toolstack and a frontend do, and
 * in place of daemon/device/.  Each kind of devices embeds it.
 */
#ifndef XENAVD_DEMO_PLUG_H
#define XENAVD_DEMO_PLUG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "config/policy.h"
#include "demo/options.h"
#include "report/log.h"

struct engine;
struct plug;
struct stage;
struct stream;
struct tree;

enum plug_kind { PLUG_CARD, PLUG_DISPLAY, PLUG_INPUT };

struct plug_ops {
	enum plug_kind kind;

	/* What the frontend publishes. @return 0 or -errno. */
	int (*publish)(struct plug *plug, struct tree *tree);

	/* The device is connected. */
	void (*up)(struct plug *plug);

	/* The device is gone: nothing is mapped any more. */
	void (*down)(struct plug *plug);

	/* The stage stands still from now on, or does not any more.  NULL: it plays on. */
	void (*still)(struct plug *plug);

	/* Free it, after down. */
	void (*finish)(struct plug *plug);
};

/* Whose device it is, and what it does. */
struct role {
	enum word word;
	uint16_t domid;
	uint16_t devid;
	uint32_t width_px; /* of all screens of the guest, side by side: what its pointer covers */
	uint32_t height_px;
	char guest[GUEST_NAME_BYTES];
	char unique_id[32];
};

struct plug {
	const struct plug_ops *ops;
	struct stage *stage;
	struct role role;
	struct guest_info guest;
	struct log_source log;
	struct engine *engine; /* NULL: not plugged in */
	struct stream *stream; /* of a card, while it is announced */
	bool wanted;           /* to be in */
	bool connected;
	bool leaving; /* the engine is being disconnected; a plug that is wanted follows */
	LIST_ENTRY(plug) link;
};

/* Add a plug to the stage, which frees it with stage_close(). */
void plug_init(struct plug *plug, const struct plug_ops *ops, struct stage *stage,
	       const struct role *role);

/* @return 0, -ENOMEM or another -errno, which is logged. */
int plug_in(struct plug *plug);

/* Without a word to the frontend, as when a device is detached. */
void plug_out(struct plug *plug);

/* Is its stream driven by a consumer? */
bool plug_is_driven(const struct plug *plug);

#endif
