/* SPDX-License-Identifier: MIT */
/* A keyboard of a guest, and a consumer that feeds it. */
#ifndef XENAVD_TYPIST_H
#define XENAVD_TYPIST_H

#include <stdbool.h>

#include "daemon/rig.h"
#include "fake/keyboard.h"
#include "xenav.h"

struct typist {
	struct keyboard kb;
	struct xenav *x;
	struct xenav_input *in;
	bool ready; /* to feed */
};

/* The guest is up, see rig_bring_up(). @return NULL or what went wrong; to be ended in any case. */
const char *typist_begin(struct typist *t, struct rig_guest *rg);
void typist_end(struct typist *t);

#endif
