/* SPDX-License-Identifier: MIT */
/* How many descriptors this process has open; -1 when that cannot be known. */
#ifndef XENAVD_COUNT_FDS_H
#define XENAVD_COUNT_FDS_H

int count_fds(void);

#endif
