/* SPDX-License-Identifier: MIT */
/* The command line of xenav-demo-daemon. */
#ifndef XENAVD_DEMO_OPTIONS_H
#define XENAVD_DEMO_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "demo/tune.h"

#define DEMO_MAX_SCRIPTS 16
#define DEMO_MAX_WORDS   16
#define DEMO_MAX_GUESTS  64

/* A word of a script: the parts of a guest. */
enum word {
	WORD_PLAY,
	WORD_CAPTURE,
	WORD_VOLUME,
	WORD_UNDERRUN,
	WORD_FLIP,
	WORD_DRAW,
	WORD_BLANK,
	WORD_INPUT,
	WORD_REMOVE,
	WORD_BUSY,
	WORDS
};

extern const char *const word_names[WORDS];

/* The parts of one guest. */
struct script {
	enum word words[DEMO_MAX_WORDS];
	unsigned n_words;
};

struct options {
	const char *socket;
	struct script scripts[DEMO_MAX_SCRIPTS];
	unsigned n_scripts;
	unsigned n_guests; /* of each script */
	const char *name;  /* of the first guest */
	uint32_t width_px;
	uint32_t height_px;
	uint32_t fourcc;
	struct tune tune; /* the parameters of all streams */
	uint32_t buffer_frames;
	uint32_t period_frames;
	uint32_t seconds; /* of an opening; 0: no end */
	uint32_t every_ms;
	bool wait;          /* streams are opened when they are driven */
	const char *record; /* the file for what a guest hears, or NULL */
};

/* Read the command line; mistakes are printed. @return -1 to go on, or the exit code. */
int options_read(struct options *options, int argc, char **argv);

#endif
