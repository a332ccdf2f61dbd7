/* SPDX-License-Identifier: MIT */
/* See keeping.h. */
#include <config.h>

#include <string.h>

#include "journal/journal.h"
#include "sound/keeping.h"

_Static_assert(sizeof(struct kept_stream) == 64, "it has no padding");
_Static_assert(sizeof(struct kept_stream) <= JOURNAL_DATA_BYTES, "it fits a record");
_Static_assert(sizeof(struct kept_volume) <= JOURNAL_DATA_BYTES, "it fits a record");

struct journal_key keeping_key(const struct stream *stream, uint8_t type, unsigned index)
{
	return (struct journal_key){
		.type = type,
		.kind = JOURNAL_SOUND,
		.domid = stream->guest->domid,
		.devid = stream->devid,
		.channel = (uint16_t)index,
	};
}

void keeping_begin_stream(struct stream *stream, unsigned index)
{
	const struct journal_key key = keeping_key(stream, JOURNAL_STREAM, index);

	stream->index = index;
	stream->kept = journal_add(stream->env->xen->journal, &key, NULL, 0);
	keeping_write(stream);
}

void keeping_write(struct stream *stream)
{
	const struct progress *p = &stream->progress;
	struct kept_stream kept = {
		.generation = stream->generation,
		.open = stream->buffer != NULL,
		.state = (uint8_t)stream->state,
		.refilled = p->refilled,
		.position_frames = p->position_frames,
		.edge_frames = p->edge_frames,
		.stood_frames = stream->stood_frames,
		.told_frames = stream->told_frames,
	};

	if (!stream->kept)
		return;
	kept.request = stream->open;
	journal_write(stream->kept, &kept, sizeof kept);
}

/* -------- volumes -------- */

unsigned keeping_channels(unsigned chunk)
{
	const unsigned rest = VOLUME_CHANNELS - chunk * XENAV_VOLUME_CHANNELS;

	return rest < XENAV_VOLUME_CHANNELS ? rest : XENAV_VOLUME_CHANNELS;
}

static void write_chunk(struct stream *stream, unsigned chunk)
{
	struct journal_slot **slot = &stream->kept_volume[chunk];
	struct journal_key key = keeping_key(stream, JOURNAL_VOLUME, stream->index);
	struct kept_volume kept = {.muted = stream->volume.muted[chunk]};

	memcpy(kept.mdb, &stream->volume.mdb[(size_t)chunk * XENAV_VOLUME_CHANNELS],
	       keeping_channels(chunk) * sizeof kept.mdb[0]);
	key.id = chunk;
	if (*slot)
		journal_write(*slot, &kept, sizeof kept);
	else
		*slot = journal_add(stream->env->xen->journal, &key, &kept, sizeof kept);
}

void keeping_write_volume(struct stream *stream, unsigned chunks)
{
	for (unsigned chunk = 0; stream->kept && chunk < VOLUME_CHUNKS; chunk++)
		if (chunks & 1u << chunk)
			write_chunk(stream, chunk);
}
