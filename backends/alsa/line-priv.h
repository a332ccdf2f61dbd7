/* SPDX-License-Identifier: MIT */
/* A line, as its two threads share it. */
#ifndef XENAV_ALSA_LINE_PRIV_H
#define XENAV_ALSA_LINE_PRIV_H

#include <pthread.h>

#include "alsa/line.h"
#include "alsa/pump.h"

/* What the connection's thread wants. */
struct orders {
	bool quit;
	unsigned int serial;  /* of the guest's opening; 0: closed */
	struct xenav_pcm pcm; /* its parameters */
	bool started;
	unsigned int gain_serial;
};

struct line {
	char *pcm_name;
	bool capture;
	uint64_t queue_ns;
	int notify_fd;
	int wake_fd; /* an eventfd for the line's thread */

	/* Guards what follows, and the guest's end while the line's thread is in it.  It is never
	 * held for longer than a copy of samples, and lends its priority. */
	pthread_mutex_t lock;
	struct orders orders;
	struct gain gain;
	unsigned int last_serial;
	struct xenav_player *player;
	struct xenav_recorder *recorder;
	struct line_news news;
	bool is_shared; /* both threads still use the line */

	/* The line's thread only. */
	struct pump pump;
	unsigned int serial; /* of the opening that the pump serves; 0: none */
	unsigned int gain_serial;
	struct line_news seen; /* the news as told */
	uint64_t close_ns;     /* when the PCM of a closed stream is closed */
	uint64_t retry_ns;     /* when the PCM is tried again */
	uint64_t backoff_ns;
	uint64_t probe_ns; /* when it is asked again what it can do */
	uint64_t opened_ns;
};

/* Do what is due. @return when the next turn is due, or UINT64_MAX. */
uint64_t line_turn(struct line *line, const struct orders *orders, uint64_t now_ns);

/* Ask what the PCM can do. */
void line_probe(struct line *line);

/* Close the PCM. */
void line_finish(struct line *line);

#endif
