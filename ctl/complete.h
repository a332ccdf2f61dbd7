/* SPDX-License-Identifier: MIT */
/* Words for the completion of shells. */
#ifndef XENAVCTL_COMPLETE_H
#define XENAVCTL_COMPLETE_H

#include "ctl.h"

/* Print "guests" or "consumers" that xenavd has now, one on a line; nothing without xenavd. */
void complete_words(const struct ctl *ctl, const char *what);

#endif
