/* SPDX-License-Identifier: MIT */
/* Connectors as objects of the registry: their announcements, claims and messages. */
#ifndef XENAVD_CONNECTORS_H
#define XENAVD_CONNECTORS_H

#include "display/connector.h"

/* For the display engine, with the server as its data. */
extern const struct connector_observer server_connectors;

#endif
