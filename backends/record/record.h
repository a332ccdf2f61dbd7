/* SPDX-License-Identifier: MIT */
/*
 * Options and state of xenav-record, and its output.
 *
 * main.c has the connection, options.c the options; sound.c the streams, above clock.c, wav.c and
 * feed.c; display.c the connectors, above frames.c; folder.c the output folder; pcm.c, pixels.c,
 * image.c and names.c are pure.  These files are one thread.  A second thread, in encoder.c above
 * png.c, writes copies of frames into files.
 */
#ifndef XENAV_RECORD_H
#define XENAV_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "clock.h"
#include "common/link.h"
#include "common/options.h"
#include "folder.h"
#include "xenav.h"

/* Time before a claim that failed because others have the object is tried again. */
#define RECORD_RETRY_NS (500 * NS_PER_MS)

struct record_options {
	struct common_options common;
	const char *output;
	const char *feed;
	struct folder_limits limits;
	unsigned long every;      /* keep the first of this many frames; 0: only the newest */
	unsigned long refresh_hz; /* looks per second at an unchanged picture */
	bool direct;              /* read the guest's own memory */
	bool no_sound;
	bool no_display;
};

struct sound;
struct display;
TAILQ_HEAD(sound_list, sound);
TAILQ_HEAD(display_list, display);

struct record {
	struct record_options opt;
	struct link *link; /* NULL at the end */
	struct folder folder;
	struct sound_list sounds;
	struct display_list displays;
	struct display_list leaving; /* removed, while their pictures are written */
	struct encoder *encoder;
	bool terminal;
	uint64_t next_status_ns;
	uint64_t sound_ns;  /* recorded sound */
	uint64_t pictures;  /* written pictures */
	uint64_t presented; /* frames of guests */
};

/* -------- options.c -------- */

/* @return -1, or the exit code if there is nothing to run. */
int record_parse(struct record_options *o, int argc, char **argv);

/* Do the options select this object? */
bool record_selects(const struct record *r, uint32_t domid, uint32_t devid, const char *domain_name,
		    const char *unique_id);

/* -------- out.c -------- */

/* Print one line about an object to stdout. */
__attribute__((format(printf, 3, 4))) void out_event(struct record *r, const char *label,
						     const char *fmt, ...);

/* Print one line about a problem to stderr. */
__attribute__((format(printf, 2, 3))) void out_warn(struct record *r, const char *fmt, ...);

/* Print the status line if it is due on a terminal.  @return when it is due next, or UINT64_MAX. */
uint64_t out_status(struct record *r, uint64_t now_ns);

/* Warn once that the guest has reached a limit of the folder. */
void out_limit(struct record *r, struct account *account);

/* End the status line. */
void out_end(struct record *r);

/* -------- sound.c -------- */

void sound_on_added(void *record, struct xenav_stream *s);
void sound_on_removed(void *record, struct xenav_stream *s);
void sound_on_claimed(void *record, struct xenav_stream *s);
void sound_on_claim_failed(void *record, struct xenav_stream *s, int error);
void sound_on_opened(void *record, struct xenav_stream *s, const struct xenav_pcm *pcm);
void sound_on_state(void *record, struct xenav_stream *s, int state, uint64_t position);
void sound_on_data(void *record, struct xenav_stream *s, uint64_t position, const void *samples,
		   uint32_t frames);
void sound_on_lost(void *record, struct xenav_stream *s, uint64_t position, uint32_t frames);
void sound_on_space(void *record, struct xenav_stream *s, uint64_t read, uint32_t space);
void sound_on_volume(void *record, struct xenav_stream *s);
void sound_on_closed(void *record, struct xenav_stream *s);

/* Do the due work.  @return when the next work is due, or UINT64_MAX. */
uint64_t sound_work(struct record *r, uint64_t now_ns);

/* Finish every file and forget all streams. */
void sound_finish(struct record *r);

/* -------- display.c -------- */

void display_on_added(void *record, struct xenav_connector *c);
void display_on_removed(void *record, struct xenav_connector *c);
void display_on_claimed(void *record, struct xenav_connector *c);
void display_on_claim_failed(void *record, struct xenav_connector *c, int error);
void display_on_frame(void *record, struct xenav_connector *c, const struct xenav_frame *frame);
void display_on_frame_gone(void *record, struct xenav_connector *c, uint64_t serial);
void display_on_blank(void *record, struct xenav_connector *c);

/* Do the due work, for a few milliseconds at most.  @return when more work is due, or UINT64_MAX.
 * Also call it when the encoder's descriptor is readable. */
uint64_t display_work(struct record *r, uint64_t now_ns);

/* Forget all connectors.  The encoder still writes their pictures. */
void display_finish(struct record *r);

/* Does the encoder have any picture of a removed connector? */
bool display_is_leaving(struct record *r);

#endif
