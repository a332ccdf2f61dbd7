/* SPDX-License-Identifier: MIT */
/*
 * systemd's part for the xenavd of a lab: a unit of Type=notify with a store of descriptors.  It
 * takes what sd_notify() and sd_pid_notify_with_fds() send, keeps descriptors while no xenavd runs,
 * and gives them to the next one as sd_listen_fds_with_names() finds them, in another order than
 * they came.  A xenavd that is stopped and started again was restarted: the store stays.
 */
#ifndef XENAVD_FAKE_SERVICE_H
#define XENAVD_FAKE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

struct lab;

/* FileDescriptorStoreMax= */
#define SERVICE_MAX_STORED 600

/* From now on lab_start_xenavd() starts it as that unit. @return 0 or -errno. */
int service_start(struct lab *lab);

/* Close everything; done by lab_stop(), and fine if there is none. */
void service_stop(struct lab *lab);

/* The unit has a socket, as xenavd.socket: it listens at lab->socket from now on, for every xenavd
 * that comes, and is passed on under the name "socket". @return 0 or -errno. */
int service_listen(struct lab *lab);

/* -------- the store -------- */

/* Put a duplicate of a descriptor in, as a stranger would. @return 0, -ENOSPC, or -errno. */
int service_put(struct lab *lab, const char *name, int fd);

/* @return a duplicate of what is stored under that name, or -ENOENT. */
int service_get(struct lab *lab, const char *name);

/* Drop what has that name; everything, as `systemctl stop` does, for NULL. */
void service_forget(struct lab *lab, const char *name);

/* How many there are. */
unsigned service_stored(struct lab *lab);

/* -------- what the unit has said -------- */

/* The newest STATUS=. @return whether there was one. */
bool service_status(struct lab *lab, char *text, size_t size);

/* How often WATCHDOG=1 has come. */
unsigned service_pings(struct lab *lab);

/* WatchdogSec= of the xenavds to come, which nobody enforces; 0, as at first: none. */
void service_set_watchdog(struct lab *lab, unsigned usec);

/* -------- for the lab -------- */

/* In the parent, when nothing of the last xenavd is on its way any more; and in the child. */
void service_before_start(const struct lab *lab);
void service_in_child(const struct lab *lab);

/* Wait for READY=1. @return whether it came; true without a service. */
bool service_wait_ready(const struct lab *lab);

#endif
