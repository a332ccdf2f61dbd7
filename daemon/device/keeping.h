/* SPDX-License-Identifier: MIT */
/*
 * What the journal has of a device itself: that its frontend is connected, and to what.  A device
 * with this record is resumed by the next process; its engine keeps the rest.
 */
#ifndef XENAVD_DEVICE_KEEPING_H
#define XENAVD_DEVICE_KEEPING_H

#include <stdbool.h>

struct journal;
struct journal_key;
struct store_view;
struct tree;

/* The device is connected: from here on it can be resumed. @param uuid of the domain */
void keeping_begin(struct journal *journal, const struct journal_key *device, const char *uuid,
		   const struct tree *config);

/* Did an earlier process keep this very device, with the rings that the view shows? */
bool keeping_fits(struct journal *journal, const struct journal_key *device,
		  const struct store_view *view);

#endif
