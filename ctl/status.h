/* SPDX-License-Identifier: MIT */
/* The whole status as xenavd tells it, sorted: guests, their devices, the objects of these. */
#ifndef XENAVCTL_STATUS_H
#define XENAVCTL_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "client.h"

/* Lists of messages of one kind. */
struct status {
	struct xenav_msg_status_daemon daemon;
	struct xenav_msg_status_guest *guests;
	size_t n_guests;
	struct xenav_msg_status_device *devices;
	size_t n_devices;
	struct xenav_msg_status_stream *streams;
	size_t n_streams;
	struct xenav_msg_status_connector *connectors;
	size_t n_connectors;
	struct xenav_msg_status_input *inputs;
	size_t n_inputs;
	struct xenav_msg_status_claim *claims;
	size_t n_claims;
	struct xenav_msg_status_consumer *consumers; /* but this program */
	size_t n_consumers;
};

/* Ask for it. @return 0, -EACCES without the right, -ENOMEM, or as client_next(). */
int status_get(struct client *client, struct status *status);
void status_free(struct status *status);

/* Keep only the guest of that number, name or UUID, and what belongs to it.  @return whether there
 * is one. */
bool status_keep_guest(struct status *status, const char *who);

/* NULL when there is none, or it may not be seen. */
const struct xenav_msg_status_guest *status_guest(const struct status *status, uint32_t domid);
const struct xenav_msg_status_consumer *status_consumer(const struct status *status,
							uint32_t consumer);

#endif
