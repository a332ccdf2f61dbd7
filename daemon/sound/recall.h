/* SPDX-License-Identifier: MIT */
/* A stream as an earlier process has kept it. */
#ifndef XENAVD_SOUND_RECALL_H
#define XENAVD_SOUND_RECALL_H

#include "sound/keeping.h"

/*
 * Recall a stream as an earlier process has left it, but for its buffer: when the stream is open,
 * stream->frame_bytes is not 0, and the caller maps the buffer of stream->open.
 *
 * @return 0; -ENOENT when it was not kept, -EINVAL when what was kept makes no sense.
 */
int stream_recall(struct stream *stream, unsigned index);

#endif
