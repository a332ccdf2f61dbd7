/* SPDX-License-Identifier: MIT */
/*
 * The facts about a display that all its parts share.
 *
 * A display is freed only after all of its jobs are done, so jobs may keep pointers to it and to
 * its connectors, and check `dead` when they are done.  Display buffers and framebuffers come and
 * go while jobs run: a job never keeps a pointer to one.  A copy reads the guest's memory itself
 * and holds the buffer, which is not unmapped meanwhile.
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
	bool be_alloc; /* the frontend may ask for buffers from us */
	int version;   /* of the protocol */
	bool dead;     /* being torn down: nothing is answered any more */
};

#endif
