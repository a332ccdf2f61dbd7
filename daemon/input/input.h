/* SPDX-License-Identifier: MIT */
/*
 * A vkbd device: a keyboard, a pointer and a touch screen of a guest, which several consumers feed.
 * Everything happens on the event loop.
 */
#ifndef XENAVD_INPUT_H
#define XENAVD_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "input/box.h"
#include "input/state.h"
#include "xenav-proto.h"

struct engine;
struct event_base;
struct guest_info;
struct input;
struct log_source;
struct tree;
struct xen;

/* Told of input devices that come and go.  No consumer feeds a device from removed on. */
struct input_observer {
	void (*added)(struct input *input, void *data);
	void (*removed)(struct input *input, void *data);

	/* Of all that the feeder has counted so many are done with: a restart changes nothing. */
	void (*taken)(const void *feeder, uint32_t count);
};

/* Shared by all input devices; outlives them. */
struct input_env {
	const struct xen *xen;
	struct event_base *base;
	const struct input_observer *observer;
	void *observer_data;
};

/*
 * Make an input device from what its frontend has published.  log names the device and outlives it.
 *
 * @return 0; -EINVAL or -ENOENT when the configuration is malformed, -E2BIG when the guest's policy
 * allows no more (logged); -ENOMEM.
 */
int input_create(struct engine **out, const struct input_env *env, const struct guest_info *guest,
		 uint16_t devid, const struct tree *config, struct log_source *log);

/* The pointers are valid as long as the device. */
struct input_info {
	const struct guest_info *guest;
	uint16_t devid;
	const char *unique_id; /* as the toolstack wrote it; may be empty */
	const struct input_caps *caps;
};

void input_get_info(const struct input *input, struct input_info *info);

/* Fill in the numbers of a STATUS_INPUT: see xenav-status.h. */
void input_get_status(const struct input *input, struct xenav_msg_status_input *msg);

/*
 * Begin to feed the device; data is what the feeder is known by.
 *
 * @return 0; -EUSERS when INPUT_MAX_FEEDERS feed it already, -ENOMEM.
 */
int input_join(struct input *input, const void *data);

/* Stop: what only this feeder held is released, behind those of its keys that wait. */
void input_leave(struct input *input, const void *data);

/* What comes next of this feeder, a reset or an event, which may be ignored, is one more. */
void input_count(struct input *input, const void *data);

/* Release what this feeder holds, behind those of its keys that wait. */
void input_reset(struct input *input, const void *data);

/*
 * Events of the feeder that data stands for.  Codes, contacts and coordinates that the guest does
 * not have are ignored.  Keys reach the guest's ring at once when there is room, behind all motion
 * before them, and wait otherwise, see feeders.h; motion without keys before it does at
 * input_flush(), at most once in a millisecond, as contacts do.
 */
void input_key(struct input *input, const void *data, uint32_t code, bool pressed);
void input_move(struct input *input, const void *data, int32_t dx, int32_t dy, int32_t wheel);

/* In the coordinates of struct input_caps. */
void input_place(struct input *input, const void *data, struct input_point at, int32_t wheel);
void input_touch(struct input *input, const void *data, uint32_t contact, struct input_point at);

void input_shape(struct input *input, const void *data, uint32_t contact, uint32_t major,
		 uint32_t minor);
void input_turn(struct input *input, const void *data, uint32_t contact, int32_t degrees);
void input_lift(struct input *input, const void *data, uint32_t contact);
void input_flush(struct input *input);

#endif
