/* SPDX-License-Identifier: MIT */
/* A guest in the middle of everything, which bears a restart that it notices: it says which of its
 * devices went on, and has the others again afterwards. */
#ifndef XENAVD_SCENE_H
#define XENAVD_SCENE_H

#include "restart-rig.h"

struct scene {
	struct rig_guest rg;
	struct keyboard kb;
	struct dbuf dbuf;
	uint64_t fb;
};

/* A stream that plays, a connector that shows something, a keyboard; asserts. */
void scene_begin(struct scene *scene, uint16_t domid);

/* After a restart: let the guest do what its kernel and programs do. @return the devices that have
 * gone on without a change, WITNESS_SOUND and so on; asserts that all work in the end. */
unsigned scene_goes_on(struct scene *scene);

/* The same if it does not matter what the guest thinks of it. */
void scene_end(struct scene *scene);
void scene_kill(struct scene *scene);

#endif
