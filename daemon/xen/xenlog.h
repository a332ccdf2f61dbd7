/* SPDX-License-Identifier: MIT */
/*
 * Where libxengnttab and libxenevtchn log to: our own log, at debug level.  They log every grant
 * that a guest gets wrong; what matters of it is said, with a limit, by whoever asked for the map.
 */
#ifndef XENAVD_XENLOG_H
#define XENAVD_XENLOG_H

struct xentoollog_logger;

struct xentoollog_logger *xen_logger(void);

#endif
