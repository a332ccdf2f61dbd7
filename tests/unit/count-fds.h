/* SPDX-License-Identifier: MIT */
/* Descriptors and mappings that this process has, to be compared before and after a test. */
#ifndef XENAVD_COUNT_FDS_H
#define XENAVD_COUNT_FDS_H

int count_fds(void);

/* Mappings of files with this in their names, as in "/memfd:xenavd". */
int count_maps(const char *name);

#endif
