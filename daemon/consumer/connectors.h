/* SPDX-License-Identifier: MIT */
/* Connectors as objects of the registry: how they are announced and claimed, and what they tell the
 * consumers that have claimed them. */
#ifndef XENAVD_CONNECTORS_H
#define XENAVD_CONNECTORS_H

#include "display/connector.h"

/* To be given to the engine, with the server as its data. */
extern const struct connector_observer server_connectors;

#endif
