/* SPDX-License-Identifier: MIT */
/* The store thread, see store.h. */
#ifndef XENAVD_STORE_THREAD_H
#define XENAVD_STORE_THREAD_H

struct knowledge;

/* Connect to xenstored, answer the mailbox, and serve until it tells the thread to stop. */
void store_serve(struct knowledge *k);

#endif
