/* SPDX-License-Identifier: MIT */
/*
 * The fd store of a service manager, within the test's process: it takes what
 * daemon/service/fdstore sends, and passes it on to the next "process", which is the same one.
 */
#ifndef XENAVD_FDSTORE_RIG_H
#define XENAVD_FDSTORE_RIG_H

/* An empty store; fdstore_works() is true from here on. */
int fdstore_rig_setup(void **state);
int fdstore_rig_teardown(void **state);

/* Before anything of a test opens descriptors: keep the numbers free at which the next process
 * inherits its own.  And after all of them are closed. */
void fdstore_rig_reserve(void);
void fdstore_rig_unreserve(void);

/* Stop and start: the next process inherits what is in the store. */
void fdstore_rig_restart(void);

/* The number of descriptors of this name that are in the store; NULL: of any. */
unsigned fdstore_rig_count(const char *name);

/* The store's own duplicate; -1 when there is none. */
int fdstore_rig_fd(const char *name);

/* Put one there by hand, or drop all of that name. */
void fdstore_rig_put(const char *name, int fd);
void fdstore_rig_drop(const char *name);

#endif
