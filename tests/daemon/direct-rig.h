/* SPDX-License-Identifier: MIT */
/*
 * The rig of tests of what is shown without a copy: a guest with two buffers, and a consumer that
 * looks at every pixel of them.
 */
#ifndef XENAVD_TEST_DIRECT_RIG_H
#define XENAVD_TEST_DIRECT_RIG_H

#include <pthread.h>

#include "rig.h"
#include "xenav.h"

#define DIRECT(name) TEST_WITH(name, rig_begin, rig_end_as_usual)

#define W      640u
#define H      480u
#define PIXELS (W * H)
#define FB     50u /* and 51 */
#define ALL    (XENAV_WAY_COPY | XENAV_WAY_DIRECT | XENAV_WAY_DMABUF)

/* A consumer on a thread of its own. */
struct consumer {
	pthread_t thread;
	struct xenav *x;
	uint32_t ways;
	int stop, stuck, is_stuck;
	int claimed, n_frames, n_gone, disconnected;
	int driver_fd;         /* of the dma-buf that a driver has not let go of yet, or 0 */
	uint64_t driver_waits; /* the number of waits after which it closes the dma-buf */
	uint32_t way;          /* of the last frame */
	uint32_t first;        /* its first pixel: the number of the picture */
	uint32_t pixels[PIXELS];
};

extern struct consumer *consumer; /* until it is stopped */
extern const struct xenav_listener listener;
extern struct rig_guest rg;
extern struct dbuf dbufs[2];

#define GET(field)        __atomic_load_n(&consumer->field, __ATOMIC_SEQ_CST)
#define SET(field, value) __atomic_store_n(&consumer->field, (value), __ATOMIC_SEQ_CST)

/* Xenavd with a file that lets who runs the test have everything, or not. */
void start(bool direct);

void start_consumer(uint32_t ways);
void stop_consumer(void);

/* It hears nothing from here on, until `stuck` is cleared. */
void let_hang(void);

/* Two buffers, the first of which is shown with picture number 1. */
void show(void);
void hide(void);

/* Show so many pictures from the given number on, in turn, the first on the second buffer. */
void flip_through(uint32_t from, uint32_t n);

void assert_seen(uint32_t number);

/* A machine so slow that the consumer was too late for half a second says nothing of it. */
void assert_not_parted_from(void);

/* A number of the connector's status. */
long long count(const char *name);

/* Mappings of guest memory in this process, apart from that of all of it. */
unsigned n_maps(void);

/* Nothing is mapped any more, as soon as the consumer's thread has had its turn. */
bool maps_go(void);

#endif
