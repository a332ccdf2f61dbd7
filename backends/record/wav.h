/* SPDX-License-Identifier: MIT */
/*
 * WAV files of one opening of a playback stream.
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
	struct pcm_map map;
	struct xenav_pcm pcm;
	void *file;              /* SNDFILE of libsndfile, or NULL */
	uint64_t frames;         /* in the file */
	uint64_t at;             /* frame of the file to be written next */
	uint64_t total;          /* in all files of this opening */
	bool fresh;              /* append the next samples, at any position */
	uint64_t start_position; /* of the last appended samples; start_frame: in the file */
	uint64_t start_frame;
};

/*
 * Start a file for a stream with these parameters: base.wav, or base+2.wav and so on behind
 * existing files.
 *
 * @return 0, -EOPNOTSUPP if WAV files cannot hold the format, -EDQUOT if the guest has reached a
 * limit, or another -errno.
 */
int wav_open(struct wav *w, struct folder *folder, struct account *account, const char *base,
	     const struct xenav_pcm *pcm);

/*
 * Record samples at a position of the stream.  They are appended, or replace the samples that the
 * guest wrote at that position before.
 *
 * @return 0, -EDQUOT if the guest has reached a limit, or -EIO
 */
int wav_write(struct wav *w, uint64_t position, const void *samples, uint32_t frames);

/* The guest has stopped at this position: remove the samples beyond it, which are never played. The
 * next samples are appended, at any position. */
void wav_cut(struct wav *w, uint64_t position);

/* Finish the file. */
void wav_close(struct wav *w);

#endif
