/* SPDX-License-Identifier: MIT */
/*
 * A guest that plays clicks and flashes its screen together, as a player of videos does: it flips
 * when its sound card says that a click is played.  Programs outside hear the clicks and see the
 * flashes; how far are these apart?
 */
#ifndef XENAVD_BENCH_AV_H
#define XENAVD_BENCH_AV_H

#include "daemon/rig.h"

#define AV_RATE_HZ 48000u
#define AV_FLASH   0xffffffu /* each pixel of a flash */

/* Clicks that are heard or flashes that are seen, CLOCK_MONOTONIC. */
#define AV_EVENTS 256u

struct av_events {
	unsigned n;
	uint64_t when_ns[AV_EVENTS];
};

extern struct rig_guest av_guest;

/* A guest with a dark screen "left" of AV_WIDTH x AV_HEIGHT pixels; and its end. */
#define AV_WIDTH  800
#define AV_HEIGHT 600
void av_begin(uint16_t domid);
void av_end(void);

/* The pixels of its dark screen. */
const uint32_t *av_dark(void);

/* Play all clicks, once that node of PipeWire runs; NULL: at once. */
void av_play(const char *node_name);

/* Find the clicks in samples of two channels; when() tells the time of a frame. */
void av_find_clicks(struct av_events *clicks, const int16_t *stereo, size_t frames,
		    uint64_t (*when)(void *data, size_t frame), void *data);

/* Print a row: of flashes, and of positions that the guest was told. */
void av_print_head(void);
void av_print(const char *pair, const struct av_events *clicks, const struct av_events *flashes);

/* -------- av-programs.c -------- */

/* Run a program of the build, or one of a path, with these arguments up to NULL, its output behind
 * a file of the lab; wait until it has said something; end it. */
pid_t av_run(const char *log, const char *const *args);
#define AV_RUN(log, ...) av_run(log, (const char *const[]){__VA_ARGS__, NULL})
void av_wait_said(const char *log, const char *text);
void av_stop(pid_t pid);

/* Read the lines "click NS" and "flash NS" that a program has written. */
void av_read_events(const char *log, const char *word, struct av_events *events);

/* -------- av-window.c -------- */

/* Look at a window of the X server every millisecond, from when it is dark on. */
struct av_window;
struct av_window *av_window_open(const char *title);
void av_window_close(struct av_window *w, struct av_events *flashes);

#endif
