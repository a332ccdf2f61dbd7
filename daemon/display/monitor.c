/* SPDX-License-Identifier: MIT */
/* See monitor.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "display/monitor.h"

_Static_assert(EDID_MADE_MAX_BYTES <= MONITOR_MAX_BYTES, "an EDID that is made fits");
_Static_assert(XENAV_EDID_BLOCK_BYTES == EDID_BLOCK_BYTES, "one size of a block");

void monitor_init(struct monitor *monitor, const struct edid_monitor *made)
{
	memset(monitor, 0, sizeof *monitor);
	monitor->made = *made;
}

void monitor_forget(struct monitor *monitor)
{
	monitor->own_bytes = 0;
	monitor->n_coming = 0;
}

int monitor_take(struct monitor *monitor, unsigned index, unsigned n_blocks,
		 const uint8_t block[EDID_BLOCK_BYTES])
{
	size_t size_bytes;

	if (n_blocks == 0) {
		monitor_forget(monitor);
		return 0;
	}
	if (index == 0) {
		monitor->n_coming = 0;
		monitor->n_expected = n_blocks;
	}
	if (n_blocks > XENAV_EDID_MAX_BLOCKS || index >= n_blocks || index != monitor->n_coming ||
	    n_blocks != monitor->n_expected) {
		monitor->n_coming = 0;
		return -EINVAL;
	}
	memcpy(monitor->coming + (size_t)index * EDID_BLOCK_BYTES, block, EDID_BLOCK_BYTES);
	if (++monitor->n_coming < n_blocks)
		return 0;
	monitor->n_coming = 0;
	size_bytes = (size_t)n_blocks * EDID_BLOCK_BYTES;
	if (!edid_is_whole(monitor->coming, size_bytes, XENAV_EDID_MAX_BLOCKS))
		return -EINVAL;
	memcpy(monitor->own, monitor->coming, size_bytes);
	monitor->own_bytes = size_bytes;
	return 0;
}

size_t monitor_edid(const struct monitor *monitor, uint8_t edid[MONITOR_MAX_BYTES])
{
	if (monitor->own_bytes == 0)
		return edid_make(edid, &monitor->made);
	memcpy(edid, monitor->own, monitor->own_bytes);
	return monitor->own_bytes;
}
