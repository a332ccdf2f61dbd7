/* SPDX-License-Identifier: MIT */
/*
 * A device of three channels.  Event channels, grants and the worker are the daemon's own, on the
 * fake machine.
 */
#ifndef XENAVD_CHANNEL_RIG_H
#define XENAVD_CHANNEL_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/channel.h"

#define CHANNELS 3

extern struct channel channels[CHANNELS];
extern struct channel_set set;

/* Callbacks that the device has got. */
extern int n_connected, connect_rc, n_broke, n_gone, n_requests, n_room;
extern uint8_t last_request[64];

/* Orders to the device. */
extern bool answer_at_once, tear_down_in_request, tear_down_when_connected;
extern uint32_t charged_bytes; /* for every request */

int setup(void **state);
int teardown(void **state);

void answer(struct channel *ch);
void on_connected(struct channel_set *s, int rc);
void on_broke(struct channel_set *s);
void on_gone(struct channel_set *s);

/* Run the loop until a counter has a value, or for a few turns. */
void wait_for(const int *count, int n);
void turn_loop(int turns);

void connect_set(void);
void disconnect_set(void);

/* New pages, all zero. */
void clear_pages(void);

/* The frontend of a channel: its pages, a slot of one, its ports, and a request with its event. */
uint32_t *ring_page(unsigned i);
uint32_t *event_page(unsigned i);
uint8_t *slot(uint32_t *page, uint32_t i);
void post_request(unsigned i, uint8_t fill);
uint32_t ring_port(unsigned i);
uint32_t event_port(unsigned i);

#endif
