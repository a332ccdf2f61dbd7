/* SPDX-License-Identifier: MIT */
/*
 * The answer to one STATUS_GET.  It is sent a few messages at a time, as far as the socket takes
 * them and the consumer can pay, so that it never holds up guests or other consumers, however many
 * devices there are.
 */
#ifndef XENAVD_SNAPSHOT_H
#define XENAVD_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "consumer/host.h"

struct event;
struct session;

enum status_part {
	STATUS_NOTHING,
	STATUS_OF_DAEMON,
	STATUS_OF_DEVICES,
	STATUS_OF_OBJECTS,
	STATUS_OF_CONSUMERS,
	STATUS_AT_END,
};

/* Private to snapshot.c. */
struct snapshot {
	struct session *session;
	struct event *timer;   /* sends what follows */
	enum status_part part; /* that is sent next */
	uint32_t serial;
	struct status_device device; /* the last one */
	uint32_t id;                 /* of the last object or consumer */
	bool told_guest;             /* of the last device */
};

/* Part of a session. @return 0 or -ENOMEM; snapshot_finish() is right in both cases. */
int snapshot_init(struct snapshot *snap, struct session *session);
void snapshot_finish(struct snapshot *snap);

/* Begin to answer. @return false while the answer before is on its way. */
bool snapshot_begin(struct snapshot *snap, uint32_t serial);

/* The socket has room again. */
void snapshot_room(struct snapshot *snap);

#endif
