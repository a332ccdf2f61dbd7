/* SPDX-License-Identifier: MIT */
/*
 * One input device, with fakes of mapping, of the port and of the worker: the page is memory of the
 * test.
 */
#ifndef INPUT_ONE_H
#define INPUT_ONE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"
#include "input/input.h"
#include "xen/worker.h"
#include "xen/xen.h"

#define PORT 5

/* -------- Xen -------- */

extern uint8_t page[4096];
extern int map_rc, bind_rc;
extern int n_mapped, n_bound;
extern unsigned n_notified;
extern struct job *submitted;

/* The worker does one job. */
void work(void);

/* -------- the device and the observer -------- */

extern struct engine *engine;
extern struct input *input;
extern unsigned n_connected, n_broke, n_gone, n_removed;
extern int connected_rc;
extern struct event_base *base;
extern struct xen xen;
extern struct guest_info guest;
extern bool resumes;    /* the next device does */
extern bool with_touch; /* it has a touch screen */

int input_setup(void **state);
int input_teardown(void **state);
void begin_anew(void);

/* Make the device and let it connect; the worker is left to work(). */
int create(void);
void connect_it(void);
void leave(void);

/* -------- the guest -------- */

uint32_t *word(unsigned i);

/* The guest reads all there is. @return how many of them were keys that go down or up. */
unsigned read_keys(bool pressed);

/* It signals. @return the work that this was. */
uint32_t raise_event(void);

#endif
