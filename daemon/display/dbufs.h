/* SPDX-License-Identifier: MIT */
/*
 * The requests that make and end display buffers: one at a time, all on the ring of connector 0.
 * Mapping, unmapping and supplying take time and are answered when they are done.
 */
#ifndef XENAVD_DBUFS_H
#define XENAVD_DBUFS_H

struct request;

/* @return 0 or -errno, with the reason in why, as for request_finish(); or LATER. */
int dbufs_serve_create(struct request *request, const char **why);
int dbufs_serve_destroy(struct request *request, const char **why);

#endif
