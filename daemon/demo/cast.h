/* SPDX-License-Identifier: MIT */
/* The made-up guests that the scripts name, and the devices of those that come and go. */
#ifndef XENAVD_DEMO_CAST_H
#define XENAVD_DEMO_CAST_H

#include <stdbool.h>

struct cast;
struct stage;

/* Make all guests and plug their devices in. @return 0 or -errno, which is logged; then nothing is
 * left but what stage_close() frees. */
int cast_create(struct cast **out, struct stage *stage);

/* Take all devices away, and let none come any more; stage->empty is called when the last is gone.
 * @return whether none was there. */
bool cast_leave(struct cast *cast);

/* NULL is fine. */
void cast_destroy(struct cast *cast);

#endif
