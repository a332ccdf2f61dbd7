/* SPDX-License-Identifier: MIT */
/* See patience.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/patience.h"

/* Of each time: so a stop of the daemon takes away a fifth of it at most. */
#define TICKS 5u

static void on_tick(evutil_socket_t, short, void *arg)
{
	struct patience *patience = arg;

	if (--patience->ticks_left > 0)
		return;
	event_del(patience->tick);
	patience->over(patience->data);
}

int patience_init(struct patience *patience, struct event_base *base, void (*over)(void *data),
		  void *data)
{
	patience->over = over;
	patience->data = data;
	patience->tick = event_new(base, -1, EV_PERSIST, on_tick, patience);
	return patience->tick ? 0 : -ENOMEM;
}

int patience_start(struct patience *patience, unsigned ms)
{
	const struct timeval tick = timeval_of_ns(ms * NS_PER_MS / TICKS);

	patience->ticks_left = TICKS;
	return event_add(patience->tick, &tick) < 0 ? -ENOMEM : 0;
}

bool patience_runs(const struct patience *patience)
{
	return patience->tick && event_pending(patience->tick, EV_TIMEOUT, NULL);
}

void patience_stop(struct patience *patience)
{
	if (patience->tick)
		event_del(patience->tick);
}

void patience_finish(struct patience *patience)
{
	if (patience->tick)
		event_free(patience->tick);
	patience->tick = NULL;
}
