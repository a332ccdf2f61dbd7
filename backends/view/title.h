/* SPDX-License-Identifier: MIT */
/* Texts about a connector, made of the strings that its guest's configuration has.  Pure. */
#ifndef XENAV_VIEW_TITLE_H
#define XENAV_VIEW_TITLE_H

#include <stddef.h>

#define TITLE_SIZE 256

/* The keys that a window takes for itself, as they stand in its title. */
#define TITLE_KEYS "Ctrl+Alt"

enum title_state {
	TITLE_SHOWN,
	TITLE_BLANK, /* the guest shows nothing */
	TITLE_GONE   /* there is no connection, or no guest */
};

/* Copy a string into a buffer, with ? for control characters, and for all that is not ASCII if it
 * is not UTF-8.  A string that is too long is cut. */
void title_clean(char *to, size_t size, const char *from);

/* The title of a window. */
void title_make(char to[TITLE_SIZE], const char *domain_name, const char *unique_id,
		enum title_state state, int is_grabbed);

#endif
