/* SPDX-License-Identifier: MIT */
/* See plug.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/engine.h"
#include "demo/plug.h"
#include "demo/stage.h"
#include "sound/audience.h"
#include "xen/tree.h"

static const char *const kind_names[] = {"vsnd", "vdispl", "vkbd"};

void plug_init(struct plug *plug, const struct plug_ops *ops, struct stage *stage,
	       const struct role *role)
{
	plug->ops = ops;
	plug->stage = stage;
	plug->role = *role;
	plug->guest.domid = role->domid;
	plug->guest.policy = (struct guest_policy)GUEST_POLICY_INIT;
	snprintf(plug->guest.name, sizeof plug->guest.name, "%s", role->guest);
	log_source_init(&plug->log, "%s %u/%u", kind_names[ops->kind], role->domid, role->devid);
	LIST_INSERT_HEAD(&stage->plugs, plug, link);
}

/* Devices that only come once need no word. */
static void say(const struct plug *plug, const char *event)
{
	if (plug->role.word == WORD_REMOVE)
		stage_say(plug, "event=%s kind=%s", event, kind_names[plug->ops->kind]);
}

static void tell_if_full(struct stage *stage)
{
	const struct plug *plug;

	LIST_FOREACH (plug, &stage->plugs, link)
		if (!plug->connected)
			return;
	if (stage->full)
		stage->full(stage);
}

static void on_connected(void *data, int rc)
{
	struct plug *plug = data;

	if (rc == 0) {
		plug->connected = true;
		say(plug, "added");
		plug->ops->up(plug);
		tell_if_full(plug->stage);
		return;
	}
	log_err("%s: Could not connect: %s", plug->log.name, strerror(-rc));
	plug_out(plug);
}

/* Ports do not break. */
static void on_broke(void *)
{
}

static void tell_if_empty(struct stage *stage)
{
	const struct plug *plug;

	LIST_FOREACH (plug, &stage->plugs, link)
		if (plug->engine)
			return;
	if (stage->empty)
		stage->empty(stage);
}

static void on_gone(void *data)
{
	struct plug *plug = data;

	plug->engine = NULL;
	plug->connected = false;
	plug->leaving = false;
	say(plug, "removed");
	plug->ops->down(plug);
	if (plug->wanted)
		plug_in(plug);
	tell_if_empty(plug->stage);
}

static const struct engine_events events = {on_connected, on_broke, on_gone};

static int create(struct plug *plug, const struct tree *tree)
{
	struct stage *stage = plug->stage;

	switch (plug->ops->kind) {
	case PLUG_CARD:
		return card_create(&plug->engine, &stage->sound, &plug->guest, plug->role.devid,
				   tree, &plug->log);
	case PLUG_DISPLAY:
		return display_create(&plug->engine, &stage->display, &plug->guest,
				      plug->role.devid, tree, &plug->log);
	case PLUG_INPUT:
		return input_create(&plug->engine, &stage->input, &plug->guest, plug->role.devid,
				    tree, &plug->log);
	}
	return -EINVAL;
}

int plug_in(struct plug *plug)
{
	struct tree *tree;
	int rc;

	plug->wanted = true;
	if (plug->engine)
		return 0;
	rc = tree_create(&tree);
	if (rc == 0)
		rc = plug->ops->publish(plug, tree);
	if (rc == 0)
		rc = create(plug, tree);
	tree_destroy(tree);
	if (rc < 0) {
		log_err("%s: Could not plug in: %s", plug->log.name, strerror(-rc));
		return rc;
	}
	plug->engine->events = &events;
	plug->engine->data = plug;
	plug->engine->ops->connect(plug->engine);
	return 0;
}

void plug_out(struct plug *plug)
{
	plug->wanted = false;
	if (!plug->engine || plug->leaving)
		return;
	plug->leaving = true;
	plug->engine->ops->disconnect(plug->engine);
}

bool plug_is_driven(const struct plug *plug)
{
	uid_t uid;

	return plug->stream && audience_driver_user(plug->stream, &uid);
}
