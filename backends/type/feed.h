/* SPDX-License-Identifier: MIT */
/*
 * The script as it is sent: what has to wait for the daemon, the clock or a signal.
 */
#ifndef XENAV_TYPE_FEED_H
#define XENAV_TYPE_FEED_H

#include "common/loop.h"
#include "type/script.h"
#include "type/target.h"

struct feed {
	struct target *target;
	struct loop *loop; /* with the target's link */
};

/*
 * Functions return 0; -EINTR when a signal has come; -ENODEV when the input device is gone; or the
 * error of a connection that is over.
 */

/* Wait until the script can be sent; -ETIMEDOUT when it cannot after that time, or as
 * input_failed. */
int feed_wait(struct feed *f, const struct script *script, uint32_t wait_s);

/* Send all of it, to the last byte. */
int feed_send(struct feed *f, const struct script *script);

/* Release what is down, for an end in the middle. */
int feed_release(struct feed *f);

#endif
