/* SPDX-License-Identifier: MIT */
/* See recall.h.  What is recalled is checked like a request of a guest. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sound/format.h"
#include "sound/hwparams.h"
#include "sound/recall.h"

/* 46 years at the highest rate; products with the size of a frame fit 64 bits. */
#define MAX_FRAMES (UINT64_C(1) << 50)

static int recall_chunk(struct stream *stream, struct journal_slot *slot)
{
	const uint64_t chunk = journal_key(slot)->id;
	struct kept_volume kept;

	if (chunk >= VOLUME_CHUNKS || stream->kept_volume[chunk])
		return -EINVAL;
	journal_read(slot, &kept, sizeof kept);
	for (unsigned i = 0; i < keeping_channels((unsigned)chunk); i++) {
		if (kept.mdb[i] < XENAV_VOLUME_MIN_MDB || kept.mdb[i] > XENAV_VOLUME_MAX_MDB)
			return -EINVAL;
		stream->volume.mdb[chunk * XENAV_VOLUME_CHANNELS + i] = kept.mdb[i];
	}
	stream->volume.muted[chunk] = kept.muted;
	stream->volume.ever_set = true;
	stream->kept_volume[chunk] = slot;
	return 0;
}

static int recall_volumes(struct stream *stream)
{
	const struct journal_key key = keeping_key(stream, JOURNAL_VOLUME, stream->index);
	struct journal *journal = stream->env->xen->journal;
	struct journal_slot *slot = NULL;
	int rc = 0;

	while ((slot = journal_next(journal, &key, JOURNAL_VOLUME, slot)) && rc == 0)
		if (journal_key(slot)->channel == stream->index)
			rc = recall_chunk(stream, slot);
	return rc;
}

static bool makes_sense(const struct stream *stream, const struct kept_stream *kept)
{
	const char *problem;
	uint64_t buffer_frames;

	if (kept->generation == 0 || kept->state > XENAV_STREAM_PAUSED ||
	    hwparams_check_open(&stream->published.limits, &kept->request, &problem) < 0)
		return false;
	buffer_frames = kept->request.buffer_sz /
			format_frame_bytes(kept->request.pcm_format, kept->request.pcm_channels);
	return kept->position_frames <= MAX_FRAMES && kept->told_frames <= kept->position_frames &&
	       kept->stood_frames <= kept->position_frames &&
	       kept->edge_frames <= kept->position_frames + 2 * buffer_frames;
}

static int recall_opening(struct stream *stream, const struct kept_stream *kept)
{
	if (!makes_sense(stream, kept))
		return -EINVAL;
	stream_prepare(stream, &kept->request);
	stream->state = kept->state;
	stream->stood_frames = kept->stood_frames;
	stream->told_frames = kept->told_frames;
	stream->progress.position_frames = kept->position_frames;
	stream->progress.edge_frames = kept->edge_frames;
	stream->progress.refilled = kept->refilled;
	return 0;
}

int stream_recall(struct stream *stream, unsigned index)
{
	const struct journal_key key = keeping_key(stream, JOURNAL_STREAM, index);
	struct journal *journal = stream->env->xen->journal;
	struct journal_slot *slot = NULL;
	struct kept_stream kept;
	int rc;

	do
		slot = journal_next(journal, &key, JOURNAL_STREAM, slot);
	while (slot && journal_key(slot)->channel != index);
	if (!slot)
		return -ENOENT;
	journal_read(slot, &kept, sizeof kept);
	stream->index = index;
	stream->kept = slot;
	stream->generation = kept.generation;
	rc = recall_volumes(stream);
	if (rc == 0 && kept.open)
		rc = recall_opening(stream, &kept);
	return rc;
}
