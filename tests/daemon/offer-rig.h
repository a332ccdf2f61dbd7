/* SPDX-License-Identifier: MIT */
/*
 * The rig of tests of what consumers offer: a guest that draws into it, two dma-bufs, and two
 * consumers on a thread, a driver that offers and a watcher.
 */
#ifndef XENAVD_TEST_OFFER_RIG_H
#define XENAVD_TEST_OFFER_RIG_H

#include "rig.h"
#include "xenav.h"

#define OFFER(name) TEST_WITH(name, offer_rig_begin, offer_rig_end)

#define W     64u
#define H     48u
#define PAGES (W * H * 4 / MACHINE_PAGE)
#define BYTES (PAGES * MACHINE_PAGE)
#define FB    50u /* and 51 */
#define ALL   (XENAV_WAY_COPY | XENAV_WAY_DIRECT | XENAV_WAY_DMABUF)

/* A consumer that is served while a guest waits. */
struct consumer {
	struct xenav *x;
	struct xenav_connector *con;
	uint32_t ways;
	bool watches;
	bool claimed;
	int offer_error;
	unsigned n_frames;
	unsigned n_blanks;
	struct xenav_frame frame;
	uint32_t first; /* pixel of the last frame */
};

extern struct rig_guest rg;
extern struct dbuf dbufs[2];
extern struct consumer driver, watcher; /* of their thread, for enter() and leave() */
extern uint32_t memory[2];              /* first frames of what is offered */
extern int offers[2];

/* The driver as it was at the last look, for the thread of the test. */
extern struct consumer seen;

/* The number that was drawn last. */
extern uint32_t wanted;

int offer_rig_begin(void **state);
int offer_rig_end(void **state);

/* A guest that the consumers look for; it ends with rig_stop(). */
void start(uint16_t number);

void enter(struct consumer *c, uint32_t ways, bool watches);
void leave(struct consumer *c);

int offer(uint32_t index, int fd, uint32_t size_bytes);

/* Offers that are not refused by now are taken: the answer to a bad one comes after them. */
void offer_both(void);
void forget_error(void);

/* Buffer 0 or 1 of the guest, with its framebuffer. */
void create(unsigned i);
void destroy(unsigned i);
void draw(const struct dbuf *dbuf, uint32_t number);
void show(unsigned i, uint32_t number);

/* Wait until it is so, and look at the driver then. */
void await(bool (*done)(void));
bool is_claimed(void);
bool driver_sees(void); /* what is wanted */
bool watcher_sees(void);
bool is_refused(void);
bool watcher_is_told(void); /* that there is nothing to see */
bool is_ungranted(void);    /* no page is granted that was not before the test */

/* A number of the connector's status. */
long long count(const char *name);

#endif
