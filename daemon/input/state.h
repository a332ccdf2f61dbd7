/* SPDX-License-Identifier: MIT */
/*
 * The state of a guest's keyboard, pointer and touch screen: as it should be, and as it was sent.
 * Keys and contacts are state, motion is a sum, so nothing queues here: a guest is sent the
 * difference, and no key stays down.  Keys that must not be lost wait before they come here, see
 * feeders.h.  Pure.
 */
#ifndef XENAVD_INPUT_STATE_H
#define XENAVD_INPUT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define INPUT_KEYS     768 /* KEY_* and BTN_* of linux/input-event-codes.h are below */
#define INPUT_WORDS    (INPUT_KEYS / 64)
#define INPUT_CONTACTS 32

union xenkbd_in_event;

/* The devices that the frontend has made, as agreed on in xenstore. */
struct input_caps {
	bool keyboard;
	bool pointer;
	bool absolute;   /* the pointer takes positions, else motion */
	uint32_t width;  /* largest X of a position */
	uint32_t height; /* largest Y of a position */
	bool touch;
	uint32_t touch_width;
	uint32_t touch_height;
	unsigned contacts; /* at most INPUT_CONTACTS */
};

struct input_keys {
	uint64_t words[INPUT_WORDS];
};

struct input_contact {
	bool down;   /* as it should be */
	bool sent;   /* as the guest knows it */
	bool lifted; /* up in between: the guest has to be told that first */
	bool moved, shaped, turned;
	int32_t x, y;
	uint32_t major, minor;
	int16_t orientation;
	uint8_t tag; /* of its consumer's number, see feeder.c */
};

struct input_state {
	struct input_caps caps;
	uint8_t holders[INPUT_KEYS]; /* the number of those that hold the key down */
	struct input_keys down;      /* as it should be: the keys that have holders */
	struct input_keys sent;      /* as the guest knows it */
	struct input_keys lifted;    /* up in between: the guest has to hear that first */
	struct input_keys again;     /* pressed once more while down, which is a repetition */
	struct input_keys stale;     /* may be down since before; released when there is time */
	bool moved;
	int32_t x, y;   /* the last position */
	int32_t dx, dy; /* since the last MOTION */
	int32_t wheel;
	struct input_contact contacts[INPUT_CONTACTS];
	bool unsynced; /* events of contacts were sent without SYN */
};

static inline bool input_keys_has(const struct input_keys *keys, unsigned code)
{
	return keys->words[code / 64] >> code % 64 & 1;
}

static inline void input_keys_set(struct input_keys *keys, unsigned code)
{
	keys->words[code / 64] |= (uint64_t)1 << code % 64;
}

static inline void input_keys_clear(struct input_keys *keys, unsigned code)
{
	keys->words[code / 64] &= ~((uint64_t)1 << code % 64);
}

void input_state_init(struct input_state *state, const struct input_caps *caps);

/*
 * Is that a key that the guest's driver survives?  Linux takes KEY_* of 1..239 and 352..766 for the
 * keyboard and BTN_LEFT..BTN_TASK for the pointer, does not check the bounds of others, and
 * dereferences NULL at any key when it has no pointer.
 */
bool input_key_allowed(const struct input_caps *caps, unsigned code);

/* One more holds an allowed key down, or one less; a key that is held by nobody is up. */
void input_state_press(struct input_state *state, unsigned code);
void input_state_release(struct input_state *state, unsigned code);

/* A key that is held is pressed once more by the same holder. */
void input_state_repeat(struct input_state *state, unsigned code);

/* Move the pointer; wheel is in notches, positive downwards.  Positions are clamped to the caps. */
void input_state_move(struct input_state *state, int32_t dx, int32_t dy, int32_t wheel);
void input_state_place(struct input_state *state, int32_t x, int32_t y, int32_t wheel);

/* A contact below caps.contacts touches or moves, has that shape or direction (-180..180), or is
 * lifted. */
void input_state_touch(struct input_state *state, unsigned contact, int32_t x, int32_t y);
void input_state_shape(struct input_state *state, unsigned contact, uint32_t major, uint32_t minor);
void input_state_turn(struct input_state *state, unsigned contact, int16_t degrees);
void input_state_lift(struct input_state *state, unsigned contact);

/* Release all keys and contacts that may be down for the guest. */
void input_state_release_all(struct input_state *state);

/*
 * Go on with what the guest knew before a restart: these keys and contacts (a bit and a tag for
 * each) are down, although nobody holds them.  Whoever presses one of them again holds it, of which
 * the guest hears nothing; those that nobody holds go up with input_state_release_unheld().
 */
void input_state_recall(struct input_state *state, const struct input_keys *down, uint32_t contacts,
			const uint8_t tags[INPUT_CONTACTS], bool unsynced);
void input_state_release_unheld(struct input_state *state);

/* Keys that may be down since before are released while so many slots are free: what is pressed
 * now shall find room. */
#define INPUT_SPARE 12

/* Linux hands on at once what it finds in the page, and has little room for it: see pace.h. */
#define INPUT_AT_ONCE 24

/*
 * The next event that the guest has to be sent: motion first, so that a button is where the pointer
 * is, then keys that are up, keys that are down, and contacts with a SYN behind them.
 *
 * @param space the number of free slots, at least 1
 * @return false when there is none; else the whole event, which is taken as sent.
 */
bool input_state_next(struct input_state *state, unsigned space, union xenkbd_in_event *event);

#endif
