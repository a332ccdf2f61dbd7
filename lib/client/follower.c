/* SPDX-License-Identifier: MIT */
/* See follower.h. */
#include <config.h>

#include "client/clock.h"
#include "client/follower.h"
#include "xenav-proto.h"

bool follower_attend(struct follower *f, struct opening *o, uint32_t frames)
{
	if (f->generation != o->generation)
		*f = (struct follower){.generation = o->generation};
	mailbox_read(&o->orders, f->orders.words);
	if (frames > f->most_frames)
		f->most_frames = frames;
	return f->orders.state == XENAV_STREAM_STARTED;
}

bool follower_follow(struct follower *f)
{
	const bool anew = f->change == 0 || f->orders.stops != f->stops;

	f->change = f->orders.change;
	f->stops = f->orders.stops;
	return anew;
}

uint64_t follower_clock(const struct follower *f, const struct opening *o, uint64_t now_ns)
{
	const uint64_t clock_ns = f->orders.clock_ns;

	if (clock_ns == 0 || now_ns < clock_ns)
		return f->orders.base_frames;
	return f->orders.base_frames + clock_frames(now_ns - clock_ns, o->pcm.rate_hz);
}
