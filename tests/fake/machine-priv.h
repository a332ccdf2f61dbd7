/* SPDX-License-Identifier: MIT */
/* Shared by the files of the machine. All but the last three are called with the lock held. */
#ifndef XENAVD_MACHINE_PRIV_H
#define XENAVD_MACHINE_PRIV_H

#include "machine.h"

extern char machine_dir[200];

/* @return the index of an existing or dying domain, or -ESRCH. */
int machine_index(uint16_t domid);
void machine_domain_settle(unsigned index);
void machine_frame_drop(uint32_t frame);
void machine_track_drop(uint32_t track);
void machine_alloc_end(int pid);
void machine_ports_end(uint16_t domid);
void machine_handle_end(int handle);

void machine_close_fifos(void);
void machine_raise_virq(void);

#endif
