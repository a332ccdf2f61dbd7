/* SPDX-License-Identifier: MIT */
/* See keyboard.h. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyboard.h"
#include "machine.h"
#include "xen/kbdif.h"

enum { IN_CONS, IN_PROD };

uint32_t *keyboard_word(const struct keyboard *kb, unsigned index)
{
	return (uint32_t *)(void *)kb->page.data + index;
}

/* -------- events -------- */

static bool is_of_keyboard(uint32_t code)
{
	return (code >= KEY_ESC && code < KEY_UNKNOWN) || (code >= KEY_OK && code < KEY_MAX);
}

static bool is_of_pointer(uint32_t code)
{
	return code >= BTN_LEFT && code <= BTN_TASK;
}

static void handle_key(struct keyboard *kb, const struct xenkbd_key *key)
{
	/* test_bit() in the pointer's map, then in the keyboard's, without a look at bounds. */
	if (!kb->has_pointer || key->keycode >= KEYBOARD_KEYS) {
		guest_oops(kb->front.guest, "a key without a pointer, or out of bounds");
		return;
	}
	if (key->pressed > 1 ||
	    !((kb->has_keyboard && is_of_keyboard(key->keycode)) || is_of_pointer(key->keycode))) {
		guest_oops(kb->front.guest, "a key that no device has");
		return;
	}
	if (key->pressed)
		kb->downs[key->keycode]++;
	else
		kb->ups[key->keycode] += kb->down[key->keycode];
	kb->down[key->keycode] = key->pressed;
	if (kb->listener)
		kb->listener(kb, key->keycode, key->pressed);
}

static void handle_position(struct keyboard *kb, const struct xenkbd_position *pos)
{
	if (!kb->absolute)
		guest_oops(kb->front.guest, "a position for a pointer without positions");
	if (pos->abs_x < 0 || pos->abs_x > kb->width || pos->abs_y < 0 || pos->abs_y > kb->height)
		guest_oops(kb->front.guest, "a position out of bounds");
	kb->x = pos->abs_x;
	kb->y = pos->abs_y;
	kb->wheel += pos->rel_z;
	kb->positions++;
}

static void handle_motion(struct keyboard *kb, const struct xenkbd_motion *motion)
{
	if (!kb->has_pointer || kb->absolute)
		guest_oops(kb->front.guest, "motion for a pointer without motion");
	kb->dx += motion->rel_x;
	kb->dy += motion->rel_y;
	kb->wheel += motion->rel_z;
	kb->motions++;
}

static void handle_touch(struct keyboard *kb, const struct xenkbd_mtouch *touch)
{
	struct keyboard_contact *contact = &kb->contacts[touch->contact_id % KEYBOARD_CONTACTS];

	if (!kb->has_touch || touch->contact_id >= kb->n_contacts) {
		guest_oops(kb->front.guest, "a contact that no device has");
		return;
	}
	switch (touch->event_type) {
	case XENKBD_MT_EV_DOWN:
		contact->downs++;
		contact->down = true;
		contact->x = touch->u.pos.abs_x;
		contact->y = touch->u.pos.abs_y;
		break;
	case XENKBD_MT_EV_MOTION:
		contact->motions++;
		contact->x = touch->u.pos.abs_x;
		contact->y = touch->u.pos.abs_y;
		break;
	case XENKBD_MT_EV_UP:
		contact->ups += contact->down;
		contact->down = false;
		break;
	case XENKBD_MT_EV_SYN:
		kb->syncs++;
		break;
	case XENKBD_MT_EV_SHAPE:
		contact->major = touch->u.shape.major;
		contact->minor = touch->u.shape.minor;
		break;
	case XENKBD_MT_EV_ORIENT:
		contact->orientation = touch->u.orientation;
		break;
	default:
		guest_oops(kb->front.guest, "an event of touch of no kind");
	}
}

static void handle(struct keyboard *kb, const union xenkbd_in_event *event)
{
	kb->events++;
	switch (event->type) {
	case XENKBD_TYPE_MOTION:
		handle_motion(kb, &event->motion);
		break;
	case XENKBD_TYPE_KEY:
		handle_key(kb, &event->key);
		break;
	case XENKBD_TYPE_POS:
		handle_position(kb, &event->pos);
		break;
	case XENKBD_TYPE_MTOUCH:
		handle_touch(kb, &event->mtouch);
		break;
	default:
		guest_oops(kb->front.guest, "an event of no kind");
	}
}

/* The interrupt handler: all there is, then tell the backend so. */
static void run(struct front *front)
{
	struct keyboard *kb = (struct keyboard *)(void *)front;
	uint32_t cons, prod;
	unsigned keys = 0;

	if (!kb->connected || kb->paused)
		return;
	machine_port_take(kb->port);
	prod = __atomic_load_n(keyboard_word(kb, IN_PROD), __ATOMIC_ACQUIRE);
	cons = *keyboard_word(kb, IN_CONS);
	if (cons == prod)
		return;
	kb->interrupts++;
	if (prod - cons > KEYBOARD_SLOTS)
		guest_oops(front->guest, "more events than slots");
	for (; cons != prod; cons++) {
		union xenkbd_in_event event;

		memcpy(&event, &XENKBD_IN_RING_REF(kb->page.data, cons), sizeof event);
		handle(kb, &event);
		keys += event.type == XENKBD_TYPE_KEY;
	}
	/* evdev keeps 64 events for a program, and a key is one with a SYN behind it. */
	if (keys > 31)
		guest_oops(front->guest, "more keys at once than a program has room for");
	__atomic_store_n(keyboard_word(kb, IN_CONS), cons, __ATOMIC_RELEASE);
	machine_port_notify(front->guest->domid, kb->port);
}

/* -------- the device -------- */

static int feature(struct keyboard *kb, const char *leaf, int otherwise)
{
	char path[RINGSTORE_PATH_MAX];
	char value[32];

	snprintf(path, sizeof path, "%s/%s", kb->front.backend, leaf);
	return ringstore_read(&kb->front.guest->store, 0, path, value, sizeof value) > 0
		       ? atoi(value)
		       : otherwise;
}

static void probe(struct keyboard *kb)
{
	kb->has_keyboard = !feature(kb, XENKBD_FIELD_FEAT_DSBL_KEYBRD, 0);
	kb->has_pointer = !feature(kb, XENKBD_FIELD_FEAT_DSBL_POINTER, 0);
	kb->absolute = kb->has_pointer && feature(kb, XENKBD_FIELD_FEAT_ABS_POINTER, 0);
	kb->width = feature(kb, XENKBD_FIELD_WIDTH, 800);
	kb->height = feature(kb, XENKBD_FIELD_HEIGHT, 600);
	kb->has_touch = feature(kb, XENKBD_FIELD_FEAT_MTOUCH, 0);
	kb->touch_width = feature(kb, XENKBD_FIELD_MT_WIDTH, 800);
	kb->touch_height = feature(kb, XENKBD_FIELD_MT_HEIGHT, 600);
	kb->n_contacts = feature(kb, XENKBD_FIELD_MT_NUM_CONTACTS, 1);
	if (kb->absolute)
		front_write_number(&kb->front, 0, "", XENKBD_FIELD_REQ_ABS_POINTER, 1);
	if (kb->has_touch)
		front_write_number(&kb->front, 0, "", XENKBD_FIELD_REQ_MTOUCH, 1);
}

static void disconnect(struct keyboard *kb)
{
	if (!kb->connected)
		return;
	kb->connected = false;
	machine_port_close(kb->front.guest->domid, kb->port);
	guest_pages_free(kb->front.guest, &kb->page);
}

static int publish(struct front *front, uint32_t tx)
{
	struct keyboard *kb = (struct keyboard *)(void *)front;
	int rc;

	disconnect(kb);
	rc = guest_pages_alloc(front->guest, &kb->page, 1);
	if (rc < 0)
		return rc;
	memset(kb->page.data, 0, MACHINE_PAGE);
	rc = machine_port_alloc(front->guest->domid, machine->backend_domid, -1);
	if (rc < 0)
		return rc;
	kb->port = (uint32_t)rc;
	kb->connected = true;
	rc = front_write_number(front, tx, "", XENKBD_FIELD_RING_REF, kb->page.first);
	if (rc == 0)
		rc = front_write_number(front, tx, "", XENKBD_FIELD_RING_GREF, kb->page.refs[0]);
	if (rc == 0)
		rc = front_write_number(front, tx, "", XENKBD_FIELD_EVT_CHANNEL, kb->port);
	return rc;
}

static void backend_changed(struct front *front, int state)
{
	switch (state) {
	case 2:
	case 4:
		front_switch(front, 4);
		break;
	case 5:
	case 6:
		front_switch(front, 6);
		break;
	default:
		break;
	}
}

static const struct front_ops ops = {
	.kind = "vkbd",
	.backend_changed = backend_changed,
	.publish = publish,
	.run = run,
};

int keyboard_load(struct keyboard *kb, struct guest *guest, unsigned devid)
{
	int rc;

	memset(kb, 0, sizeof *kb);
	rc = front_load(&kb->front, guest, &ops, devid);
	if (rc < 0)
		return rc;
	probe(kb);
	front_publish(&kb->front);
	return 0;
}

void keyboard_unbind(struct keyboard *kb)
{
	disconnect(kb);
	front_forget(&kb->front);
	front_switch(&kb->front, 6);
}

int keyboard_bind(struct keyboard *kb)
{
	const int state = kb->front.state;
	int rc = front_rebind(&kb->front);

	if (rc < 0)
		return rc;
	kb->front.state = state;
	probe(kb);
	front_publish(&kb->front);
	return 0;
}

int keyboard_resume(struct keyboard *kb)
{
	kb->front.state = 0;
	front_publish(&kb->front);
	return kb->front.state == 3 ? 0 : -EIO;
}

void keyboard_forget(struct keyboard *kb)
{
	if (!kb->front.guest)
		return;
	disconnect(kb);
	front_forget(&kb->front);
}
