/* SPDX-License-Identifier: MIT */
/* Players: a reader for the other thread, and reports for the guest. */
#include <config.h>

#include <errno.h>
#include <limits.h>

#include "client/clock.h"
#include "client/reader.h"
#include "client/stream.h"

struct xenav_player {
	struct handover handover; /* first */
	struct mailbox report;
	/* The thread of the connection. */
	struct xenav_sound_stats stats;
	union played played;
	/* The other thread. */
	struct reader reader;
};

int xenav_player_new(struct xenav_player **player, struct xenav_stream *s)
{
	struct handover *h;
	const int rc = handover_new(&h, sizeof **player, s, XENAV_PLAYBACK);

	if (rc == 0)
		*player = (struct xenav_player *)h;
	return rc;
}

void xenav_player_free(struct xenav_player *player)
{
	handover_free((struct handover *)player);
}

int xenav_player_hold(struct xenav_player *player, int hold)
{
	return handover_hold(&player->handover, hold != 0);
}

int xenav_player_read(struct xenav_player *player, void *dst, uint32_t frames,
		      uint32_t delay_frames)
{
	struct opening *o = handover_enter(&player->handover);
	uint32_t n;

	if (!o)
		return -EAGAIN;
	n = reader_read(&player->reader, o, dst, frames, delay_frames, clock_now_ns());
	mailbox_write(&player->report, player->reader.played.words);
	handover_leave(&player->handover);
	return n > INT_MAX ? INT_MAX : (int)n;
}

/* Tell the guest where it is, if the other thread follows the present orders. */
static void report(struct handover *h)
{
	struct xenav_player *player = (struct xenav_player *)h;
	struct xenav_stream *s = h->stream;
	const union played *played = &player->played;
	const uint64_t now_ns = clock_now_ns();
	uint64_t position, left;

	mailbox_read(&player->report, player->played.words);
	if (played->generation != s->generation || played->change != s->orders.change)
		return;
	position = played_position(played, s->pcm.rate_hz, now_ns, &left);
	/* xenavd carries the position on, and the guest overwrites what is before it: no further
	 * than to what is read. */
	if (position > s->position)
		stream_position(s, position, now_ns, left < UINT32_MAX ? (uint32_t)left : 0);
}

int64_t xenav_player_flush(struct xenav_player *player)
{
	return handover_flush(&player->handover, report);
}

const struct xenav_sound_stats *xenav_player_get_stats(struct xenav_player *player)
{
	const union played *played = &player->played;

	mailbox_read(&player->report, player->played.words);
	player->stats = (struct xenav_sound_stats){
		.frames = played->frames,
		.late_frames = played->late_frames,
		.skipped_frames = played->skipped_frames,
		.takeovers = player->handover.moves,
		.delay_frames = (uint32_t)played->delay_frames,
	};
	return &player->stats;
}
