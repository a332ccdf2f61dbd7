/* SPDX-License-Identifier: MIT */
/* The handles that every device uses, once for the whole daemon. */
#ifndef XENAVD_XEN_H
#define XENAVD_XEN_H

struct deadlines;
struct evtchn;
struct gnttab;
struct journal;
struct worker;

struct xen {
	struct deadlines *deadlines;
	struct evtchn *evtchn;
	struct gnttab *gnttab; /* used on the worker thread only */
	struct worker *worker;
	struct journal *journal; /* NULL: nothing outlives this process */
};

#endif
