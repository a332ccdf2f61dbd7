/* SPDX-License-Identifier: MIT */
/* The consumers of an attack: as many as one user may have, which speak message by message. */
#ifndef XENAVD_BENCH_CROWD_H
#define XENAVD_BENCH_CROWD_H

#include <stdbool.h>

#include "daemon/rig.h"
#include "wire/wire.h"

#define CONSUMERS 8

struct crowd {
	int socks[CONSUMERS];
	/* Called with each message that a consumer reads. */
	void (*note)(const union xenav_msg *msg);
};

/* Connect one more, which is the caller's.  @return its socket or -1. */
int crowd_connect_one(void);

/* Make ready for crowd_leave(), which does nothing where nobody has come. */
void crowd_init(struct crowd *crowd);

/* Connect all.  @return NULL or why it cannot be done. */
const char *crowd_come(struct crowd *crowd);

/* Let the guest run and the first consumer read, until what is needed is announced. */
const char *crowd_await(struct crowd *crowd, struct guest *guest, bool (*announced)(void));

/* Read what has come for the i-th. */
void crowd_read(struct crowd *crowd, unsigned i);

void crowd_leave(struct crowd *crowd);

#endif
