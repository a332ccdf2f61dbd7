/* SPDX-License-Identifier: MIT */
/* The facts about guests and devices that consumers are told of by the status: who has them. */
#ifndef XENAVD_HOST_H
#define XENAVD_HOST_H

#include <stdbool.h>

#include "config/policy.h"
#include "xenav-proto.h"

struct status_host;

struct status_device {
	struct xenav_msg_status_device msg; /* but for its header */
	struct guest_info guest;
};

/* Embedded in the part that knows them; outlives the server. */
struct status_host {
	/* Replace the device by the one that follows it, all devices of a domain in a row; zeroed:
	 * by the first one.  @return false behind the last. */
	bool (*next)(const struct status_host *host, struct status_device *device);

	/* Fill in what a guest costs, but not who it is. */
	void (*guest)(const struct status_host *host, const struct guest_info *guest,
		      struct xenav_msg_status_guest *msg);

	/* Fill in what all together cost. */
	void (*daemon)(const struct status_host *host, struct xenav_msg_status_daemon *msg);
};

#endif
