/* SPDX-License-Identifier: MIT */
/*
 * A line: one stream of a guest, one PCM, and the thread between them.
 *
 * The functions below belong to the thread of the connection.  None of them waits for ALSA, which
 * may block whenever a device is opened or closed: that is left to the line's thread, which has
 * real-time priority where the system permits it.
 */
#ifndef XENAV_ALSA_LINE_H
#define XENAV_ALSA_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "alsa/gain.h"
#include "xenav.h"

struct line;

struct line_config {
	const char *pcm_name;
	bool capture;
	uint64_t queue_ns; /* of sound in the device */
	int notify_fd;     /* an eventfd that is written to when there is news */
};

/* What a line has to tell. */
struct line_news {
	unsigned int openings; /* of the PCM that were successful */
	unsigned int failures; /* of the PCM to be opened, or to run on */
	int error;             /* of the last failure; 0 since a successful opening */
	unsigned int losses;   /* failures of a PCM that was running: the device is gone */
	int loss_error;        /* of the last loss */
	unsigned int closings; /* of the guest's stream, with the numbers below as they were then */
	bool paced;            /* the PCM has no clock of its own */
	bool realtime;
	uint64_t xruns;    /* of this opening of the PCM */
	uint64_t least_ns; /* the shortest queue that was found */
	uint64_t queue_ns; /* the queue as it is kept */
	int card;          /* of the PCM, or -1 */
	int probe_error;   /* of asking what the PCM can do; 1: not asked yet */
	struct xenav_limits limits;
};

/* Start a line and its thread, which asks at once what the PCM can do.  The strings of config are
 * copied. @return 0, -ENOMEM or -EAGAIN. */
int line_new(struct line **out, const struct line_config *config);

/* Give the line the guest's end, or take it back with NULL.  When this returns the line's thread
 * uses the earlier one no more. */
void line_set_player(struct line *line, struct xenav_player *player);
void line_set_recorder(struct line *line, struct xenav_recorder *recorder);

/* The guest has opened the stream, or closed it. */
void line_open(struct line *line, const struct xenav_pcm *pcm);
void line_close(struct line *line);

/* The guest has started the stream, or stopped or paused it. */
void line_set_started(struct line *line, bool started);

/* The volume that the line applies. */
void line_set_gain(struct line *line, const struct gain *gain);

void line_get_news(struct line *line, struct line_news *news);

/* End the line: the thread closes the PCM and ends by itself.  line may be NULL. */
void line_free(struct line *line);

/* Wait until the threads of all lines have ended, for so long at most. @return whether they have.
 */
bool line_wait_all(uint64_t timeout_ns);

#endif
