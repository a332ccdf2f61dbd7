/* SPDX-License-Identifier: MIT */
/*
 * The EDID of a connector that has no monitor but a resolution: EDID 1.4, one mode at 60 Hz with
 * CVT reduced blanking, a name and numbers that stay the same as long as the guest's configuration
 * does.  Pure.
 *
 * A base block cannot describe more than 4095 pixels in a direction, nor a pixel clock above
 * 655.35 MHz.  Then a DisplayID block behind it has the mode, and the base block one of half the
 * size in both directions, or a quarter, and so on, for guests that read no DisplayID.
 */
#ifndef XENAVD_EDID_H
#define XENAVD_EDID_H

#include <stddef.h>
#include <stdint.h>

#include "wire/edid.h"

#define EDID_MADE_MAX_BYTES (2 * EDID_BLOCK_BYTES)

struct edid_monitor {
	uint32_t width_px; /* 1 to GEOMETRY_MAX_PX */
	uint32_t height_px;
	uint16_t devid;
	uint8_t index;         /* of the connector */
	const char *unique_id; /* its name; may be anything */
};

/* @return how many bytes it has: one or two blocks. */
size_t edid_make(uint8_t edid[EDID_MADE_MAX_BYTES], const struct edid_monitor *monitor);

#endif
