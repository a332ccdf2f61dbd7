/* SPDX-License-Identifier: MIT */
/* A status with something of everything, and an event of each kind. */
#ifndef XENAV_TEST_FAKE_STATUS_H
#define XENAV_TEST_FAKE_STATUS_H

#include <stdint.h>

#include "xenav-proto.h"

typedef void (*fake_sender)(int sock, const union xenav_msg *msg);

/* Send all messages; turn n is n seconds later. */
void fake_status_send(int sock, fake_sender send_msg, unsigned turn, uint32_t serial);

void fake_events_send(int sock, fake_sender send_msg);

#endif
