/* SPDX-License-Identifier: MIT */
/* Shared by the preloaded libraries: the machine this process runs on, and its domain there. */
#ifndef XENAVD_PRELOAD_H
#define XENAVD_PRELOAD_H

#include "machine.h"

/* Attach to the machine that the environment names, once. @return whether there is one. */
bool preload_attach(void);

/* The domain that this process is of. */
uint16_t preload_domid(void);

#endif
