/* SPDX-License-Identifier: MIT */
/*
 * The guest's end of an input device (daemon/xen/kbdlink.h) without a page: events come one by one,
 * by the event loop.
 */
#ifndef XENAVD_DEMO_KEYPAGE_H
#define XENAVD_DEMO_KEYPAGE_H

#include <stdint.h>
#include <sys/queue.h>

#include "xen/kbdif.h"

struct event;
struct event_base;
struct kbdlink;
struct tree;

struct keypage {
	/* Set before keypage_open(). */
	void (*event)(struct keypage *page, const union xenkbd_in_event *event);

	/* Private to keypage.c. */
	uint32_t number;
	struct kbdlink *link; /* NULL: not connected */
	struct event *wake;
	union xenkbd_in_event events[XENKBD_IN_RING_LEN];
	unsigned n_placed;
	unsigned n_shown;
	LIST_ENTRY(keypage) list;
};

/* @return 0 or -ENOMEM. */
int keypage_open(struct keypage *page, struct event_base *base);

/* Idempotent; not before the device is gone. */
void keypage_close(struct keypage *page);

/* Publish it as a frontend does. @return 0 or an error of tree_add(). */
int keypage_publish(const struct keypage *page, struct tree *tree);

#endif
