/* SPDX-License-Identifier: MIT */
/*
 * Wakes SDL's event loop when a descriptor is readable, or a signal has come.  SDL waits for events
 * of its own only, so a small thread waits for these and makes an event of them.
 */
#ifndef XENAV_VIEW_WAKE_H
#define XENAV_VIEW_WAKE_H

#include <SDL.h>

struct wake;

/* The events, of type wake_event(): their code is one of these. */
enum wake_code {
	WAKE_READABLE = 1, /* call wake_again() when the descriptor is dealt with */
	WAKE_SIGNAL
};

/* Block SIGHUP, SIGINT and SIGTERM, before there is any thread. */
void wake_block_signals(void);

/* Start to watch fd, which stays the caller's, after SDL_Init(). @return 0 or -errno. */
int wake_start(struct wake **wake, int fd);

Uint32 wake_event(const struct wake *wake);

/* Watch the descriptor again. */
void wake_again(struct wake *wake);

/* NULL is fine. */
void wake_stop(struct wake *wake);

#endif
