/* SPDX-License-Identifier: MIT */
/* Descriptors of which nobody wants to drop the last reference: TCP sockets with SO_LINGER and
 * something unsent. */
#ifndef XENAVD_TEST_POISON_H
#define XENAVD_TEST_POISON_H

#include <stddef.h>

#include "xenav-proto.h"

/*
 * Make a socket whose last close() waits for so long, unless far_end, which does not read, is
 * closed before. @return the descriptor or -errno.
 */
int poison_make(unsigned seconds, int *far_end);

/* Send the message with n descriptors, at most eight. @return 0 or -errno. */
int poison_pass(int sock, const union xenav_msg *msg, const int *fds, size_t n);

#endif
