/* SPDX-License-Identifier: MIT */
/* Shared by the files of the machine. All but the last two are called with the lock held. */
#ifndef XENAVD_MACHINE_PRIV_H
#define XENAVD_MACHINE_PRIV_H

#include "machine.h"

extern char machine_dir[200];

/* @return the index of an existing or dying domain, or -ESRCH. */
int machine_index(uint16_t domid);
void machine_domain_settle(unsigned index);
int64_t machine_frames_take(uint16_t domid, uint32_t count, uint16_t alloc);
void machine_frame_drop(uint32_t frame);
int machine_grant_end_locked(int index, uint32_t ref);
int64_t machine_grant_locked(uint16_t domid, uint16_t to, uint32_t frame, bool readonly);
void machine_track_drop(uint32_t track);
void machine_alloc_end(int handle);
void machine_ports_end(uint16_t domid);
void machine_ports_close(int handle);
void machine_deliver(uint32_t port);
void machine_handles_settle(void);

/* A descriptor of that fifo of events, of this process, which nobody closes. */
int machine_fifo(int handle);

/* A process was killed while it changed something: put right what it has left half done. */
void machine_repair(void);

void machine_close_fifos(void);
void machine_raise_virq(void);

#endif
