/* SPDX-License-Identifier: MIT */
/*
 * The monitor that a guest believes to be at a connector: one that is made of the resolution, or
 * the one that the consumer says it has, block by block.  Pure.
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
	size_t own_bytes;               /* 0: it has none */
	uint8_t coming[MONITOR_MAX_BYTES];
	unsigned n_coming;   /* blocks that have come */
	unsigned n_expected; /* in all */
};

/* unique_id lives as long as the monitor. */
void monitor_init(struct monitor *monitor, const struct edid_monitor *made);

/*
 * Take one of n_blocks blocks of the consumer's EDID.  They come in order; the first starts anew,
 * the last makes it the current one if it is whole.  With n_blocks 0 there is no longer one.
 *
 * @return 0; -EINVAL for a block that is out of order and for the last one of what is no EDID: then
 * what has come is forgotten and the EDID stays what it was.
 */
int monitor_take(struct monitor *monitor, unsigned index, unsigned n_blocks,
		 const uint8_t block[EDID_BLOCK_BYTES]);

/* The consumer has gone. */
void monitor_forget(struct monitor *monitor);

/* @return how many bytes the current EDID has. */
size_t monitor_edid(const struct monitor *monitor, uint8_t edid[MONITOR_MAX_BYTES]);

#endif
