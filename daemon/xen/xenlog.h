/* SPDX-License-Identifier: MIT */
/*
 * The logger of libxengnttab and libxenevtchn: our own log, at debug level.  They log every invalid
 * grant of a guest; the code that asked for the mapping logs the failure, with a limit.
 */
#ifndef XENAVD_XENLOG_H
#define XENAVD_XENLOG_H

struct xentoollog_logger;

struct xentoollog_logger *xen_logger(void);

#endif
