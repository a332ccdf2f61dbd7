/* SPDX-License-Identifier: MIT */
/*
 * The connectors of guests, with --video: each has a video source for as long as it exists, and is
 * watched for as long as a program looks at that.
 */
#ifndef XENAV_PIPEWIRE_SCREEN_H
#define XENAV_PIPEWIRE_SCREEN_H

#include "app.h"
#include "xenav.h"

/* Callbacks of libxenav; data is the struct app. */
void screen_on_added(void *data, struct xenav_connector *c);
void screen_on_removed(void *data, struct xenav_connector *c);
void screen_on_claim_failed(void *data, struct xenav_connector *c, int error);
void screen_on_frame(void *data, struct xenav_connector *c, const struct xenav_frame *frame);
void screen_on_blank(void *data, struct xenav_connector *c);

/* Do the due work.  @return when the next work is due (CLOCK_MONOTONIC), or UINT64_MAX. */
uint64_t screen_work(struct app *app, uint64_t now_ns);

/* The PipeWire server is gone: remove all nodes; screen_work() makes them anew when there is one.
 */
void screen_on_down(struct app *app);

/* The connection to xenavd is over: forget all connectors. */
void screen_finish(struct app *app);

#endif
