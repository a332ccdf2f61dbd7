/* SPDX-License-Identifier: MIT */
/* The command line of xenav-alsa. */
#ifndef XENAV_ALSA_OPTIONS_H
#define XENAV_ALSA_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "alsa/rules.h"
#include "common/options.h"

/* Room for a name of a PCM. */
#define ALSA_NAME_SIZE 256

struct alsa_options {
	struct common_options common;
	const char *pcm_name;     /* for playback */
	const char *capture_name; /* NULL: no capture */
	struct rules rules;
	const char *mixer; /* an element, see card-mixer.h; NULL: volume in software */
	uint64_t queue_ns;
	bool convert; /* through alsa-lib's plug */
};

/* Fill in the options. @return ARGS_GO_ON, or the exit code if there is nothing to run. */
int alsa_options_parse(struct alsa_options *o, int argc, char **argv);

/*
 * The name of the PCM as alsa-lib is given it.  name is of the command line.
 *
 * @return 0, or -EINVAL if it cannot be written behind "plug:".
 */
int alsa_options_name(const struct alsa_options *o, const char *name, char *out, size_t size);

#endif
