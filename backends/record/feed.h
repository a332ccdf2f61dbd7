/* SPDX-License-Identifier: MIT */
/*
 * A sound file, as samples for a capture stream.
 */
#ifndef XENAV_RECORD_FEED_H
#define XENAV_RECORD_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "xenav.h"

struct feed;

/*
 * Open a file for a stream that was opened like this.
 *
 * @return 0, -EMEDIUMTYPE if rate or channels differ, -EOPNOTSUPP if the stream's format cannot
 * be made, or another -errno.
 */
int feed_open(struct feed **out, const char *path, const struct xenav_pcm *pcm);

/* Fill samples with frames of the file from this one on, in the stream's format; with silence
 * where the file has none. */
void feed_read(struct feed *f, uint64_t from_frame, void *samples, uint32_t frames);

void feed_close(struct feed *f);

#endif
