/* SPDX-License-Identifier: MIT */
/* A keyboard, pointer and touch screen that says what it is sent. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/container.h"
#include "demo/keypage.h"
#include "demo/plug.h"
#include "demo/programs.h"
#include "demo/stage.h"
#include "xen/store-features.h"
#include "xen/tree.h"

#define CONTACTS "10"

struct keyboard {
	struct plug plug;
	struct keypage page;
};

static struct keyboard *keyboard_of(struct plug *plug)
{
	return CONTAINER(plug, struct keyboard, plug);
}

static void say_touch(const struct plug *plug, const struct xenkbd_mtouch *touch)
{
	switch (touch->event_type) {
	case XENKBD_MT_EV_DOWN:
	case XENKBD_MT_EV_MOTION:
		stage_say(plug, "event=touch contact=%u action=%s x=%d y=%d", touch->contact_id,
			  touch->event_type == XENKBD_MT_EV_DOWN ? "down" : "move",
			  touch->u.pos.abs_x, touch->u.pos.abs_y);
		break;
	case XENKBD_MT_EV_UP:
		stage_say(plug, "event=touch contact=%u action=up", touch->contact_id);
		break;
	case XENKBD_MT_EV_SYN:
		stage_say(plug, "event=touch contact=%u action=sync", touch->contact_id);
		break;
	case XENKBD_MT_EV_SHAPE:
		stage_say(plug, "event=touch contact=%u action=shape major=%u minor=%u",
			  touch->contact_id, touch->u.shape.major, touch->u.shape.minor);
		break;
	case XENKBD_MT_EV_ORIENT:
		stage_say(plug, "event=touch contact=%u action=turn degrees=%d", touch->contact_id,
			  touch->u.orientation);
		break;
	default:
		break;
	}
}

static void on_event(struct keypage *page, const union xenkbd_in_event *event)
{
	const struct plug *plug = &CONTAINER(page, struct keyboard, page)->plug;

	switch (event->type) {
	case XENKBD_TYPE_KEY:
		stage_say(plug, "event=key code=%u pressed=%u", event->key.keycode,
			  event->key.pressed);
		break;
	case XENKBD_TYPE_MOTION:
		stage_say(plug, "event=motion dx=%d dy=%d wheel=%d", event->motion.rel_x,
			  event->motion.rel_y, event->motion.rel_z);
		break;
	case XENKBD_TYPE_POS:
		stage_say(plug, "event=position x=%d y=%d wheel=%d", event->pos.abs_x,
			  event->pos.abs_y, event->pos.rel_z);
		break;
	case XENKBD_TYPE_MTOUCH:
		say_touch(plug, &event->mtouch);
		break;
	default:
		break;
	}
}

/* -------- the device -------- */

/* What a toolstack offers in the backend's directory, and what the frontend asks for. */
static int publish_features(const struct plug *plug, struct tree *tree)
{
	char width[12], height[12];
	const char *const nodes[][2] = {
		{STORE_FEATURE XENKBD_FIELD_UNIQUE_ID, plug->role.unique_id},
		{STORE_FEATURE XENKBD_FIELD_FEAT_ABS_POINTER, "1"},
		{STORE_FEATURE XENKBD_FIELD_WIDTH, width},
		{STORE_FEATURE XENKBD_FIELD_HEIGHT, height},
		{STORE_FEATURE XENKBD_FIELD_FEAT_MTOUCH, "1"},
		{STORE_FEATURE XENKBD_FIELD_MT_WIDTH, width},
		{STORE_FEATURE XENKBD_FIELD_MT_HEIGHT, height},
		{STORE_FEATURE XENKBD_FIELD_MT_NUM_CONTACTS, CONTACTS},
		{XENKBD_FIELD_REQ_ABS_POINTER, "1"},
		{XENKBD_FIELD_REQ_MTOUCH, "1"},
	};
	int rc = 0;

	snprintf(width, sizeof width, "%u", plug->role.width_px);
	snprintf(height, sizeof height, "%u", plug->role.height_px);
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0] && rc == 0; i++)
		rc = tree_add(tree, nodes[i][0], nodes[i][1]);
	return rc;
}

static int publish(struct plug *plug, struct tree *tree)
{
	const int rc = publish_features(plug, tree);

	return rc < 0 ? rc : keypage_publish(&keyboard_of(plug)->page, tree);
}

static void nothing(struct plug *)
{
}

static void finish(struct plug *plug)
{
	struct keyboard *keyboard = keyboard_of(plug);

	keypage_close(&keyboard->page);
	free(keyboard);
}

static const struct plug_ops ops = {
	.kind = PLUG_INPUT,
	.publish = publish,
	.up = nothing,
	.down = nothing,
	.finish = finish,
};

int keyboard_create(struct stage *stage, const struct role *role)
{
	struct keyboard *keyboard = calloc(1, sizeof *keyboard);

	if (!keyboard)
		return -ENOMEM;
	keyboard->page.event = on_event;
	if (keypage_open(&keyboard->page, stage->base) < 0) {
		free(keyboard);
		return -ENOMEM;
	}
	plug_init(&keyboard->plug, &ops, stage, role);
	return 0;
}
