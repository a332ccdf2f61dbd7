/* SPDX-License-Identifier: MIT */
/*
 * One xenavd serves a domain: it holds a lock on /dev/xen/evtchn, which exists once in a domain,
 * and which only a process that may use it can lock.
 */
#ifndef XENAVD_PLACE_H
#define XENAVD_PLACE_H

/*
 * Take the lock, before any guest is served.  It lasts while the descriptor is open.  Logs why it
 * failed.
 *
 * @return the descriptor, the caller's; -EWOULDBLOCK when another xenavd has the lock; -EOPNOTSUPP
 * when the kernel's pages are larger than Xen's, which libxengnttab does not tell apart; or another
 * -errno.
 */
int place_take(void);

#endif
