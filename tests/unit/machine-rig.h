/* SPDX-License-Identifier: MIT */
/*
 * The machine of tests/fake within one program, which is linked with libfakexen instead of Xen's
 * libraries: the program is the backend in domain 0, and plays the guest by calling the machine.
 */
#ifndef XENAVD_MACHINE_RIG_H
#define XENAVD_MACHINE_RIG_H

#include <stdint.h>

#include "fake/machine.h"

#define BACKEND 0
#define GUEST   3

/* Around each test; the second checks that nothing is mapped, granted, bound or open any more. */
void machine_up(void);
void machine_down(void);

/* Calls of Xen's libraries that follow are of that domain; at first they are of the backend. */
void play(uint16_t domid);

/* Of this program, whichever domain it plays. */
uint32_t mapped_pages(void);
uint32_t bound_ports(void);

/* The next call of that kind but `after` fails, once. */
void fail_call(enum machine_call call, uint32_t after, int error);

/* A port that the domain offers to the backend. */
uint32_t offer_port(uint16_t domid);

/* The guest signals through the other end of a port of the backend, if that is bound. */
void raise_event(int port);

/* The content of a page that the domain has granted. */
uint32_t *granted_page(uint16_t domid, uint32_t ref);
struct machine_grant *grant_of(uint16_t domid, uint32_t ref);

#endif
