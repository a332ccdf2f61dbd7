/* SPDX-License-Identifier: MIT */
/*
 * The monitor that a guest sees at a connector: one made from the resolution, or the consumer's,
 * whose EDID comes block by block.  Pure.
 */
#ifndef XENAVD_MONITOR_H
#define XENAVD_MONITOR_H

#include <stddef.h>
#include <stdint.h>

#include "display/edid.h"
#include "xenav-proto.h"

#define MONITOR_MAX_BYTES (XENAV_EDID_MAX_BLOCKS * EDID_BLOCK_BYTES)

struct monitor {
	struct edid_monitor made;
	uint8_t own[MONITOR_MAX_BYTES]; /* the consumer's */
	size_t own_bytes;               /* 0: there is none */
	uint8_t coming[MONITOR_MAX_BYTES];
	unsigned n_coming;   /* blocks that have come */
	unsigned n_expected; /* in all */
};

/* unique_id lives as long as the monitor. */
void monitor_init(struct monitor *monitor, const struct edid_monitor *made);

/*
 * Take one of n_blocks blocks of the consumer's EDID.  Blocks come in order; the first starts anew,
 * the last makes the EDID the current one if it is whole.  n_blocks 0 ends the consumer's EDID.
 *
 * @return 0; -EINVAL for a block out of order and for the last block of an invalid EDID: then the
 * blocks so far are forgotten and the EDID stays as it was.
 */
int monitor_take(struct monitor *monitor, unsigned index, unsigned n_blocks,
		 const uint8_t block[EDID_BLOCK_BYTES]);

/* The consumer has released the connector. */
void monitor_forget(struct monitor *monitor);

/* @return how many bytes the current EDID has. */
size_t monitor_edid(const struct monitor *monitor, uint8_t edid[MONITOR_MAX_BYTES]);

#endif
