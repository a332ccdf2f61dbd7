/* SPDX-License-Identifier: MIT */
/*
 * A world for the xenbus state machine: the toolstack's nodes, an engine that takes a while, and
 * the Linux frontends.  Time is virtual and goes in steps of a millisecond.  Every decision is
 * checked against what must always hold.
 */
#ifndef XENAVD_XENBUS_MODELS_H
#define XENAVD_XENBUS_MODELS_H

#include <stdbool.h>
#include <stdint.h>

#include "device/xenbus.h"
#include "xen/store.h"

#define MAX_WRITES 256

enum frontend_kind { SOUND, DISPLAY, DISPLAY_BE_ALLOC, KEYBOARD };
enum frontend_mode { ABSENT, LOADED, UNLOADING, SHUTTING_DOWN, KEXEC_5, KEXEC_6, KEXEC_1 };

struct world {
	/* what the store and the daemon's device know */
	struct xenbus xb;
	struct xenbus_facts f;
	uint64_t engine_due_ns;
	uint64_t again_ns;
	bool dirty;
	bool start_fails;
	unsigned renewals; /* devices that the guest was to make anew */
	/* the frontend */
	enum frontend_kind kind;
	enum frontend_mode mode;
	uint64_t mode_since_ns;
	bool card;            /* its sound card or DRM device exists */
	bool held;            /* and a program has it open */
	bool broken;          /* it fails in InitWait */
	unsigned fails_in_ms; /* after it was seen in 1; 0: too soon to be seen */
	uint64_t fails_at_ns;
	unsigned reaction_ms; /* to a write of ours */
	unsigned unheard;     /* writes it was told of and has not looked at */
	uint64_t heard_at_ns;
	unsigned published;
	bool saw_what_it_waited_for;
	uint64_t waited_ns;
	/* what was written, and when */
	int writes[MAX_WRITES];
	uint64_t written_ns[MAX_WRITES];
	unsigned n_writes;
	unsigned nudges;
	unsigned complaints; /* of a frontend that has to wait */
	unsigned stops;
};

/* All of them but KEYBOARD, which has rules of its own. */
extern const enum frontend_kind kinds[3];

#define FOR_EACH_KIND(k)                                                                           \
	for (const enum frontend_kind *k = kinds; k < kinds + sizeof kinds / sizeof kinds[0]; k++)

/* What libxl leaves behind: both states 1, nothing loaded. */
void world_init(struct world *w, enum frontend_kind kind);

/* Let that much time go by. */
void world_run(struct world *w, unsigned ms);

/* Some fact was changed by hand. */
void world_touch(struct world *w);

/* libxl asks for the device, to take it away. */
void world_detach(struct world *w);

/* A new daemon finds what the old one left: its engine is gone. */
void world_restart_daemon(struct world *w);

void frontend_load(struct world *w);

/* A keyboard's driver lets go, which ends in 6 at once; its guest comes back from a suspend. */
void keyboard_unbind(struct world *w);
void keyboard_resume(struct world *w);

/* The guest drops the device while its driver publishes it, and 3 stays.  It makes the device anew
 * when it sees 1, and then the engine starts. */
void keyboard_lose(struct world *w);

void frontend_set_mode(struct world *w, enum frontend_mode mode);

/* Load the frontend and run until both sides are Connected; forget the writes so far. */
void world_connect(struct world *w, enum frontend_kind kind);

void assert_connected(const struct world *w);

/* Exactly these states were written since the last time this was asked; ends with 0. */
void assert_writes(struct world *w, ...);

#endif
