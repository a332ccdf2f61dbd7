/* SPDX-License-Identifier: MIT */
/* Shared by the files of the lab: its programs, and how they are run. */
#ifndef XENAVD_LAB_PRIV_H
#define XENAVD_LAB_PRIV_H

#include "lab.h"

/* Known once lab_missing() has looked. */
extern char lab_xenstored_path[256];
extern char lab_xenavd_path[512];

enum lab_kind {
	LAB_PLAIN,
	LAB_XENAVD,
	LAB_SERVICE, /* xenavd, with what its service manager has for it, if there is one */
};

/* Run a program on the machine, with its output behind that log. @return the process or -1. */
pid_t lab_spawn(const struct lab *lab, const char *log, char *const argv[], enum lab_kind kind);

#endif
