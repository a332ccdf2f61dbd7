/* SPDX-License-Identifier: MIT */
/* What the preloaded libraries share: which machine this process runs on. */
#ifndef XENAVD_PRELOAD_H
#define XENAVD_PRELOAD_H

#include "machine.h"

/* Both are dom0's. */
#define PRELOAD_DOMID 0

/* Attach to the machine that the environment names, once. @return whether there is one. */
bool preload_attach(void);

#endif
