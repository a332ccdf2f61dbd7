/* SPDX-License-Identifier: MIT */
/*
 * Time as a test makes it: clock_gettime(CLOCK_MONOTONIC) of the whole process, its libraries and
 * plugins included.  Ten minutes of sound then take seconds, and every run is the same.
 */
#ifndef XENAV_TEST_ALSA_VIRTUAL_TIME_H
#define XENAV_TEST_ALSA_VIRTUAL_TIME_H

#include <stdint.h>

extern uint64_t virtual_ns; /* 0: real time */

#endif
