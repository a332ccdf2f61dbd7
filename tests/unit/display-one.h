/* SPDX-License-Identifier: MIT */
/* One display with one consumer of its first connector, for tests that need no more. */
#ifndef XENAVD_DISPLAY_ONE_H
#define XENAVD_DISPLAY_ONE_H

#include "display-fake.h"

extern struct rig rig;
extern struct consumer consumer;

/* Send a request on the first connector. @return the status. */
int call(struct xendispl_req req);

void flip(unsigned fb);
unsigned n_events(void);

void claim(void);

int teardown(void **state);

#endif
