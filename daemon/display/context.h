/* SPDX-License-Identifier: MIT */
/*
 * What every part of a display knows of the whole.
 *
 * A display is freed only after all of its jobs have come home, so jobs may keep pointers to it and
 * to its connectors, and check `dead` when they are back.  Display buffers and framebuffers come
 * and go while jobs run: a job never keeps a pointer to one.  A copy reads from the guest's memory
 * itself, and holds the buffer, which is not unmapped before.
 */
#ifndef XENAVD_DISPLAY_CONTEXT_H
#define XENAVD_DISPLAY_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"
#include "display/display.h"

struct farewells;
struct offers;

struct display_context {
	const struct display_env *env;
	struct log_source *log;
	struct guest_info guest;
	uint16_t devid;
	struct farewells *farewells;
	struct offers *offers;
	bool be_alloc; /* the toolstack wants us to supply buffers */
	int version;   /* of the protocol */
	bool dead;     /* being torn down: nothing is answered any more */
};

#endif
