/* SPDX-License-Identifier: MIT */
/* The lines that xenav-pipewire prints.  Guests cause many of them, so each object has a limit. */
#ifndef XENAV_PIPEWIRE_OUT_H
#define XENAV_PIPEWIRE_OUT_H

#include <stdbool.h>
#include <stdint.h>

struct out {
	const char *label;   /* begins each line; has to stay */
	bool quiet;          /* print only warnings */
	bool urgent;         /* prints always: look at out_room_ns() */
	uint64_t paid_ns;    /* time up to which lines are paid for */
	unsigned suppressed; /* lines since the last one printed */
};

/* @return the time at which a line of this object can be printed (CLOCK_MONOTONIC). */
uint64_t out_room_ns(const struct out *out);

/* Print a line on stdout. */
__attribute__((format(printf, 2, 3))) void out_say(struct out *out, const char *format, ...);

/* Print a line on stderr, with --quiet too. */
__attribute__((format(printf, 2, 3))) void out_warn(struct out *out, const char *format, ...);

#endif
