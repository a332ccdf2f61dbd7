/* SPDX-License-Identifier: MIT */
/*
 * The streams of guests and their PCMs, as xenav-alsa has them.
 *
 * main.c has the loop; routes.c a route for each stream, with the callbacks of libxenav; report.c
 * says what happens to a route; line.c and line-thread.c, which know no other file of these, move
 * its samples in a thread of its own, by pump.c above device.c, gain.c and pace.c.
 */
#ifndef XENAV_ALSA_H
#define XENAV_ALSA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "alsa/card-mixer.h"
#include "alsa/line.h"
#include "alsa/options.h"
#include "common/link.h"
#include "xenav.h"

#define LABEL_SIZE 192

struct route;
TAILQ_HEAD(route_list, route);

struct alsa {
	struct alsa_options opt;
	struct link *link;
	struct route_list routes;
	int notify_fd; /* lines write to it when they have news */
	bool said_priority;
};

/* A burst of xruns is said in one line at its beginning, and one at its end. */
struct burst {
	uint64_t said;    /* xruns of this opening of the PCM that are reported */
	uint64_t last_ns; /* time of the newest */
	bool is_on;
};

/* Lines that a guest can cause are limited. */
struct chatter {
	uint64_t since_ns;
	unsigned int lines;
	unsigned int left_out;
};

struct route {
	TAILQ_ENTRY(route) link; /* alsa::routes */
	struct alsa *alsa;
	struct xenav_stream *s;
	bool capture;
	char label[LABEL_SIZE];
	char pcm_name[ALSA_NAME_SIZE];
	struct line *line;
	struct xenav_player *player;     /* of a playback stream */
	struct xenav_recorder *recorder; /* of a capture stream */
	struct mixer *mixer;             /* NULL: volume in software */
	bool mixer_failed;
	bool said_volume;
	bool said_busy;
	bool claimed;
	bool limits_buffers; /* the limits asked for are also of buffers */
	uint64_t retry_ns;   /* time to claim again, or 0 */
	struct line_news told;
	struct burst burst;
	struct chatter chatter;
};

/* -------- routes.c -------- */

extern const struct xenav_listener routes_listener;

/* Do what is due. @return when to be called again (CLOCK_MONOTONIC ns), or UINT64_MAX. */
uint64_t routes_work(void *alsa, uint64_t now_ns);

/* Lines have news. */
void routes_on_news(void *alsa);

/* The connection is over: forget all routes. */
void routes_lost(void *alsa, int error);

/* The volume of the open stream has changed, or what applies it. */
void routes_set_volume(struct route *r);

/* -------- report.c -------- */

/* Print a line about the route: an event to stdout unless --quiet, a problem to stderr.  Lines that
 * a guest causes too often are counted instead. */
__attribute__((format(printf, 2, 3))) void report_event(struct route *r, const char *format, ...);
__attribute__((format(printf, 2, 3))) void report_problem(struct route *r, const char *format, ...);

/* Say what is new of the line, and remember that. */
void report_news(struct route *r, const struct line_news *news, uint64_t now_ns);

/* Say what has waited for the end of a burst. @return when that is due, or UINT64_MAX. */
uint64_t report_due(struct route *r, uint64_t now_ns);

#endif
