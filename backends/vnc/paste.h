/* SPDX-License-Identifier: MIT */
/*
 * The clipboard of a client, typed into the guest key by key.
 */
#ifndef XENAV_VNC_PASTE_H
#define XENAV_VNC_PASTE_H

#include <stddef.h>
#include <stdint.h>

#include "common/layout.h"
#include "vnc/inputs.h"

/* A longer text is not typed. */
#define PASTE_MAX_BYTES (16u << 10)

/* The time between two keys. */
#define PASTE_STEP_NS 5000000u

struct paste {
	struct inputs *inputs;
	const struct layout *layout;
	char *text; /* NULL: there is nothing to type */
	size_t at_bytes;
	unsigned int chord;    /* of the character there */
	unsigned int left_out; /* characters that the layout cannot type */
	uint64_t waiting_ns;   /* since when a modifier is down */
};

/* Type this text, of bytes of UTF-8, in place of what is not typed yet. @return 0, -E2BIG, -EILSEQ
 * or -ENOMEM. */
int paste_begin(struct paste *paste, const char *text, size_t bytes);

/* The same for the text of clients that only know ISO 8859-1. */
int paste_begin_latin1(struct paste *paste, const char *text, size_t bytes);

/* Type the next key.  While somebody holds a modifier nothing is typed, and after five seconds of
 * that it is given up. */
void paste_step(struct paste *paste, uint64_t now_ns);

/* Type nothing more. */
void paste_end(struct paste *paste);

#endif
