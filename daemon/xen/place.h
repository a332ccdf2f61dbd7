/* SPDX-License-Identifier: MIT */
/*
 * The place of the one xenavd that serves a domain: a lock on /dev/xen/evtchn, of which there is
 * one in a domain whatever sockets and directories are, and which only those can lock who may use
 * it.
 */
#ifndef XENAVD_PLACE_H
#define XENAVD_PLACE_H

/*
 * Take it, for as long as the descriptor is open, before anything is done to guests.  Says why it
 * cannot be had.
 *
 * @return the descriptor, the caller's; -EWOULDBLOCK when somebody else has it; -EOPNOTSUPP when
 * the kernel's pages are larger than Xen's, which libxengnttab does not tell apart; or another
 * -errno of opening it.
 */
int place_take(void);

#endif
