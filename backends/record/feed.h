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
 * Open a file for a stream with these parameters.
 *
 * @return 0, -EMEDIUMTYPE if rate or channels differ, -EOPNOTSUPP if there is no conversion to the
 * format of the stream, or another -errno.
 */
int feed_open(struct feed **out, const char *path, const struct xenav_pcm *pcm);

/* Fill samples with frames of the file from from_frame on, in the format of the stream, and with
 * silence behind its end. */
void feed_read(struct feed *f, uint64_t from_frame, void *samples, uint32_t frames);

void feed_close(struct feed *f);

#endif
