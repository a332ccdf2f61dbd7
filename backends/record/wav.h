/* SPDX-License-Identifier: MIT */
/*
 * One opening of a playback stream, as WAV files.
 */
#ifndef XENAV_RECORD_WAV_H
#define XENAV_RECORD_WAV_H

#include <stdbool.h>
#include <stdint.h>

#include "folder.h"
#include "names.h"
#include "pcm.h"
#include "xenav.h"

struct wav {
	struct folder *folder;
	struct account *account;
	char base[NAME_SIZE];
	char name[NAME_SIZE]; /* of the present file */
	const struct pcm_map *map;
	struct xenav_pcm pcm;
	void *file;              /* SNDFILE of libsndfile, or NULL */
	uint64_t frames;         /* in the file */
	uint64_t at;             /* where the file is written next */
	uint64_t total;          /* in all files of this opening */
	bool fresh;              /* what comes next has no place yet: it is appended */
	uint64_t start_position; /* of what was appended last, and where that is in the file */
	uint64_t start_frame;
};

/*
 * Start a file for a stream that was opened like this: base.wav, or base+2.wav and so on behind
 * what is there already.
 *
 * @return 0, -EOPNOTSUPP if no WAV file can hold the format, -EDQUOT if the guest has reached a
 * limit, or another -errno.
 */
int wav_open(struct wav *w, struct folder *folder, struct account *account, const char *base,
	     const struct xenav_pcm *pcm);

/*
 * Keep samples that belong at this position of the stream.  They are appended, unless the guest
 * writes again what it wrote before: then the newer samples stay.
 *
 * @return 0, -EDQUOT when the guest has reached a limit, or -EIO
 */
int wav_write(struct wav *w, uint64_t position, const void *samples, uint32_t frames);

/* The guest has stopped at this position: what it wrote beyond will not be played and is taken out
 * again.  What comes next is appended in any case. */
void wav_cut(struct wav *w, uint64_t position);

/* Finish the file. */
void wav_close(struct wav *w);

#endif
