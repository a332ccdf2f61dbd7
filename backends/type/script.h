/* SPDX-License-Identifier: MIT */
/*
 * The events that are sent to a guest, in order, with pauses between them.
 */
#ifndef XENAV_TYPE_SCRIPT_H
#define XENAV_TYPE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/keys.h"

/* Desktops take presses of a button that follow each other faster for a bad contact. */
#define CLICK_MS 40

enum op_kind {
	OP_KEY,      /* code goes down or up */
	OP_POSITION, /* the pointer is at x, y */
	OP_WHEEL,    /* the wheel turns by notches, downwards */
	OP_PAUSE     /* send all before, and wait */
};

struct op {
	enum op_kind kind;
	bool pressed;
	uint16_t code;
	union {
		struct {
			int32_t x, y;
		};
		int32_t notches;
		uint32_t pause_ms;
	};
};

struct script {
	struct op *ops;
	size_t n;
	size_t size;
	uint32_t needs;     /* XENAV_INPUT_KEYBOARD and XENAV_INPUT_POINTER, as it has them */
	bool has_positions; /* of which these are the largest */
	int32_t max_x, max_y;
};

void script_free(struct script *script);

/* Add to the end. @return 0 or -ENOMEM. */
int script_chord(struct script *script, const struct chord *chord, uint32_t delay_ms);
int script_move(struct script *script, int32_t x, int32_t y, uint32_t delay_ms);
int script_click(struct script *script, uint16_t button, unsigned int times, uint32_t delay_ms);
int script_wheel(struct script *script, int32_t notches, uint32_t delay_ms);

#endif
