/* SPDX-License-Identifier: MIT */
/* One display with two connectors, and a limit of the memory that its domain may have mapped. */
#ifndef XENAVD_DISPLAY_TWO_H
#define XENAVD_DISPLAY_TWO_H

#include "display-fake.h"

#define FIRST  0
#define SECOND 1

/* What the domain may have mapped. */
#define MAPPED_PAGES 4096

extern struct rig rig;

/* Send a request on a connector. @return the status. */
int call(unsigned connector, struct xendispl_req req);

/* For cmocka.  The connectors have 800x600 and 640x480 pixels. */
int setup(void **state);
int teardown(void **state);

#endif
