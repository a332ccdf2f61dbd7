/* SPDX-License-Identifier: MIT */
/* The places of the claims of one object: one drives or feeds it, the others watch. */
#ifndef XENAVD_PLACES_H
#define XENAVD_PLACES_H

#include "xenav-proto.h"

enum { PLACE_DRIVER, PLACE_WATCHER, PLACES = PLACE_WATCHER + XENAV_MAX_WATCHERS };

#endif
