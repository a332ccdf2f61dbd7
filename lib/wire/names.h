/* SPDX-License-Identifier: MIT */
/* The names by which an input device says which connectors it belongs to. */
#ifndef XENAV_WIRE_NAMES_H
#define XENAV_WIRE_NAMES_H

#include <stdbool.h>

/*
 * Does the unique-id of an input device name the connector with that unique-id?  It has parts such
 * as "K:left;P:left;T:left" for keyboard, pointer and touch screen, or a name alone.
 */
bool names_connector(const char *input_id, const char *connector_id);

#endif
