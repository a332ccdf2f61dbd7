/* SPDX-License-Identifier: MIT */
/*
 * One display whose consumer, and a watcher, may have the guest's memory itself, as memory to map
 * and, once there are dma-bufs, as one of these.
 */
#ifndef XENAVD_DIRECT_RIG_H
#define XENAVD_DIRECT_RIG_H

#include "display-fake.h"

/* The size of every framebuffer, and the pages of its buffer. */
#define W     320
#define H     240
#define PAGES (W * H * 4 / 4096)

extern struct rig rig;
extern struct consumer consumer, watcher;

/* For cmocka. */
int setup(void **state);
int teardown(void **state);

/* Send a request. @return the status. */
int call(struct xendispl_req req);

/* Show a framebuffer, or flip to it in a new refresh. */
void show(unsigned fb);
void flip(unsigned fb);

void claim(void);
void ready_of(struct consumer *who);
void ready(void);
void done(void);

/* One framebuffer, that the consumer has been given; and the same as a dma-buf. */
void begin(void);
void start_with_dmabufs(void);

/* Does the last frame show the framebuffer n? */
void assert_shows(const struct consumer *who, unsigned n);

#endif
