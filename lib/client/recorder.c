/* SPDX-License-Identifier: MIT */
/* Recorders: a writer for the other thread, and reports for the guest. */
#include <config.h>

#include <errno.h>
#include <limits.h>

#include "client/clock.h"
#include "client/send.h"
#include "client/stream.h"
#include "client/writer.h"

struct xenav_recorder {
	struct handover handover; /* first */
	struct mailbox report;
	/* The thread of the connection. */
	struct xenav_sound_stats stats;
	union captured captured;
	/* The other thread. */
	struct writer writer;
};

int xenav_recorder_new(struct xenav_recorder **recorder, struct xenav_stream *s)
{
	struct handover *h;
	const int rc = handover_new(&h, sizeof **recorder, s, XENAV_CAPTURE);

	if (rc == 0)
		*recorder = (struct xenav_recorder *)h;
	return rc;
}

void xenav_recorder_free(struct xenav_recorder *recorder)
{
	handover_free((struct handover *)recorder);
}

int xenav_recorder_hold(struct xenav_recorder *recorder, int hold)
{
	return handover_hold(&recorder->handover, hold != 0);
}

int xenav_recorder_write(struct xenav_recorder *recorder, const void *src, uint32_t frames,
			 uint32_t delay_frames)
{
	struct opening *o = handover_enter(&recorder->handover);
	uint32_t n;

	if (!o)
		return -EAGAIN;
	n = writer_write(&recorder->writer, o, src, frames, delay_frames, clock_now_ns());
	mailbox_write(&recorder->report, recorder->writer.captured.words);
	handover_leave(&recorder->handover);
	return n > INT_MAX ? INT_MAX : (int)n;
}

/* Tell the guest where it is, if the other thread follows the present orders. */
static void report(struct handover *h)
{
	struct xenav_recorder *recorder = (struct xenav_recorder *)h;
	struct xenav_stream *s = h->stream;
	const union captured *captured = &recorder->captured;
	const uint64_t now_ns = clock_now_ns();
	uint64_t position;

	mailbox_read(&recorder->report, recorder->captured.words);
	if (base_is_paused(&s->o) || captured->generation != s->generation ||
	    captured->change != s->orders.change)
		return;
	if (captured->end_frames > s->written) {
		s->written = captured->end_frames;
		send_post(&s->o, OUT_FILLED);
	}
	position = captured_position(captured, s->pcm.rate_hz, now_ns);
	if (position > s->position)
		xenav_stream_position(s, position, now_ns);
}

int64_t xenav_recorder_flush(struct xenav_recorder *recorder)
{
	return handover_flush(&recorder->handover, report);
}

const struct xenav_sound_stats *xenav_recorder_get_stats(struct xenav_recorder *recorder)
{
	const union captured *captured = &recorder->captured;

	mailbox_read(&recorder->report, recorder->captured.words);
	recorder->stats = (struct xenav_sound_stats){
		.frames = captured->frames,
		.late_frames = captured->late_frames,
		.skipped_frames = captured->skipped_frames,
		.takeovers = recorder->handover.moves,
		.delay_frames = (uint32_t)captured->delay_frames,
	};
	return &recorder->stats;
}
