/* SPDX-License-Identifier: MIT */
/* The command line of xenav-pipewire. */
#ifndef XENAV_PIPEWIRE_OPTIONS_H
#define XENAV_PIPEWIRE_OPTIONS_H

#include <stdbool.h>

#include "common/options.h"

/* The rate that --latency counts in. */
#define LATENCY_RATE_HZ 48000

struct pipewire_options {
	struct common_options common;
	const char *remote; /* --remote: name of the PipeWire server, NULL: the usual one */
	const char *target; /* --target: target.object of playback, NULL: the default sink */
	const char *capture_target; /* --capture-target: the same of capture */
	const char *role;           /* --role: media.role, NULL: none */
	long latency_frames;        /* --latency, at LATENCY_RATE_HZ */
	bool low_latency;           /* --low-latency: less than the safe minimum is meant */
	bool capture;               /* --capture */
	bool video;                 /* --video */
	bool no_sound;              /* --no-sound */
	long max_fps;               /* --max-fps: pictures of a node per second */
};

/* @return ARGS_GO_ON, or the exit code if there is nothing to run. */
int pipewire_options_read(struct pipewire_options *o, int argc, char **argv);

#endif
