/* SPDX-License-Identifier: MIT */
/* Wrong passwords, counted by where they come from: an address, or a network of 64 bits of IPv6. */
#ifndef XENAV_VNC_LOCKOUT_H
#define XENAV_VNC_LOCKOUT_H

#include <stdint.h>

/* So many wrong passwords are free; then each costs twice the time of the one before. */
#define LOCKOUT_FREE    5u
#define LOCKOUT_FIRST_S 10u
#define LOCKOUT_MAX_S   3600u

/* After so long without a wrong one, those before do not count. */
#define LOCKOUT_MEMORY_S (24u * 3600u)

#define LOCKOUT_PLACES 64

#define LOCKOUT_NAME_BYTES 64

struct lockout {
	struct {
		char from[LOCKOUT_NAME_BYTES]; /* empty: this place is free */
		unsigned int wrong;
		uint64_t until_ns;
		uint64_t last_ns;
	} places[LOCKOUT_PLACES];
};

/* @return the seconds for which nobody from there is let in, or 0. */
unsigned int lockout_left(const struct lockout *lockout, const char *from, uint64_t now_ns);

/* A password from there was wrong. @return the wrong ones in a row, and as above in *left_s. */
unsigned int lockout_add(struct lockout *lockout, const char *from, uint64_t now_ns,
			 unsigned int *left_s);

/* One was right, and gives all that any password gives. */
void lockout_forget(struct lockout *lockout, const char *from);

#endif
