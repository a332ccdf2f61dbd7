/* SPDX-License-Identifier: MIT */
/* Time, and the frames that go by in it. */
#ifndef XENAV_CLIENT_CLOCK_H
#define XENAV_CLIENT_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC. */
uint64_t clock_now_ns(void);

/* The frames that go by in a time, of any length. */
uint64_t clock_frames(uint64_t time_ns, uint32_t rate_hz);

#endif
