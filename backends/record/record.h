/* SPDX-License-Identifier: MIT */
/*
 * What the files of xenav-record share: its options and state, and what it says.
 *
 * main.c has the loop, options.c the options; sound.c the streams, with clock.c, wav.c and feed.c
 * below it; display.c the connectors, with frames.c; folder.c what both write into; pcm.c,
 * pixels.c, image.c and names.c are pure.  All of that is one thread.  Another one, in encoder.c
 * with png.c below it, makes copies of frames into files.
 */
#ifndef XENAV_RECORD_H
#define XENAV_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "clock.h"
#include "folder.h"
#include "xenav.h"

/* A claim that failed because others have the object is tried again. */
#define RECORD_RETRY_NS (500 * NS_PER_MS)

struct record_options {
	const char *socket;
	const char *output;
	const char *domain; /* a name or a number, NULL: any */
	long device;        /* -1: any */
	const char *unique_id;
	const char *feed;
	struct folder_limits limits;
	unsigned long every;      /* keep one in so many frames; 0: only the newest */
	unsigned long refresh_hz; /* how often to look at what does not change; 0: never */
	bool direct;              /* take the guest's own memory */
	bool watch;               /* claim nothing */
	bool no_sound;
	bool no_display;
	bool quiet;
	bool reconnect;
	bool version; /* print it, or the help, and leave */
	bool help;
};

struct sound;
struct display;
TAILQ_HEAD(sound_list, sound);
TAILQ_HEAD(display_list, display);

struct record {
	struct record_options opt;
	struct xenav *x;
	struct folder folder;
	bool connected; /* the daemon has answered */
	int lost;       /* the error for which the connection ended */
	struct sound_list sounds;
	struct display_list displays;
	struct display_list leaving; /* gone, with pictures that are still being written */
	struct encoder *encoder;
	bool terminal;
	uint64_t next_status_ns;
	uint64_t sound_ns;  /* recorded */
	uint64_t pictures;  /* written */
	uint64_t presented; /* frames */
};

/* -------- options.c -------- */

/* Returns -1, or the exit code if there is nothing to run. */
int record_parse(struct record_options *o, int argc, char **argv);

/* Is that what the options select? */
bool record_selects(const struct record *r, uint32_t domid, uint32_t devid, const char *domain_name,
		    const char *unique_id);

/* -------- out.c -------- */

/* One line about an object, on stdout. */
__attribute__((format(printf, 3, 4))) void out_event(struct record *r, const char *label,
						     const char *fmt, ...);

/* One line about something that is not as it should be, on stderr. */
__attribute__((format(printf, 2, 3))) void out_warn(struct record *r, const char *fmt, ...);

/* Renew the status line, if there is a terminal and it is time; returns when it will be. */
uint64_t out_status(struct record *r, uint64_t now_ns);

/* Say, once, that the guest has reached a limit of the folder. */
void out_limit(struct record *r, struct account *account);

/* Leave the status line behind. */
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

/* Do what is due; returns when the next thing is, or UINT64_MAX. */
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

/* Do what is due, for a few milliseconds at most; returns when to come back, or UINT64_MAX.  It has
 * to be called, too, whenever the encoder has something to say. */
uint64_t display_work(struct record *r, uint64_t now_ns);

/* Forget all connectors.  Their pictures are still written. */
void display_finish(struct record *r);

/* Is there any such picture? */
bool display_is_leaving(struct record *r);

#endif
