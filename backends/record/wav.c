/* SPDX-License-Identifier: MIT */
/*
 * See wav.h.  Every write updates the header, so that the file is whole at any time, even after a
 * crash.
 */
#include <config.h>

#include <errno.h>

#include <sndfile.h>

#include "wav.h"

/* A WAV file counts its bytes in 32 bits; a longer recording continues in another file. */
#define FILE_MAX_BYTES UINT64_C(0xf0000000)

static int start_file(struct wav *w)
{
	SF_INFO info = {
		.samplerate = (int)w->pcm.rate_hz,
		.channels = w->pcm.channels,
		.format = SF_FORMAT_WAV | w->map.subtype,
	};
	int fd;

	if (w->pcm.rate_hz > INT32_MAX || !sf_format_check(&info))
		return -EOPNOTSUPP;
	fd = folder_create(w->folder, w->account, w->base, "wav", w->name);
	if (fd < 0)
		return fd;
	/* sf_open_fd() closes fd on failure, too. */
	w->file = sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE);
	if (!w->file)
		return -EIO;
	/* No peak chunk: libsndfile does not look at raw bytes. */
	sf_command(w->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
	sf_command(w->file, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	sf_command(w->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
	w->frames = w->at = 0;
	w->fresh = true;
	return 0;
}

int wav_open(struct wav *w, struct folder *folder, struct account *account, const char *base,
	     const struct xenav_pcm *pcm)
{
	int rc;

	*w = (struct wav){
		.folder = folder,
		.account = account,
		.pcm = *pcm,
	};
	for (size_t i = 0; i + 1 < sizeof w->base && base[i]; i++)
		w->base[i] = base[i];
	rc = pcm_map_init(&w->map, pcm->format);
	return rc == 0 ? start_file(w) : rc;
}

/* The frame of the file for a position. */
static uint64_t place(struct wav *w, uint64_t position)
{
	const uint64_t end = w->start_position + (w->frames - w->start_frame);

	if (w->fresh || position < w->start_position || position > end) {
		w->fresh = false;
		w->start_position = position;
		w->start_frame = w->frames;
	}
	return w->start_frame + (position - w->start_position);
}

/* Write whole frames at w->at. */
static int put(struct wav *w, const unsigned char *samples, uint32_t frames)
{
	const size_t frame_bytes = (size_t)w->map.wav_bytes * w->pcm.channels;
	unsigned char converted[16384];

	while (frames > 0) {
		const unsigned char *bytes = samples;
		uint32_t n = frames;
		sf_count_t len;

		if (!pcm_same(&w->map)) {
			const uint32_t fit = (uint32_t)(sizeof converted / frame_bytes);

			n = n < fit ? n : fit;
			pcm_to_wav(&w->map, samples, converted, (size_t)n * w->pcm.channels);
			bytes = converted;
		}
		len = (sf_count_t)(n * frame_bytes);
		if (sf_write_raw(w->file, bytes, len) != len)
			return -EIO;
		samples += (size_t)n * w->pcm.frame_bytes;
		frames -= n;
		w->at += n;
	}
	return 0;
}

int wav_write(struct wav *w, uint64_t position, const void *samples, uint32_t frames)
{
	const size_t frame_bytes = (size_t)w->map.wav_bytes * w->pcm.channels;
	uint64_t at;
	int rc;

	if (!w->file)
		return -EIO;
	if ((w->frames + frames) * frame_bytes > FILE_MAX_BYTES) {
		wav_close(w);
		rc = start_file(w);
		if (rc < 0)
			return rc;
	}
	at = place(w, position);
	if (at + frames > w->frames) {
		rc = folder_grow(w->folder, w->account, (at + frames - w->frames) * frame_bytes);
		if (rc < 0)
			return rc;
	}
	if (at != w->at && sf_seek(w->file, (sf_count_t)at, SEEK_SET) != (sf_count_t)at)
		return -EIO;
	w->at = at;
	rc = put(w, samples, frames);
	if (w->at > w->frames) {
		w->total += w->at - w->frames;
		w->frames = w->at;
	}
	return rc;
}

void wav_cut(struct wav *w, uint64_t position)
{
	uint64_t end = w->start_frame;
	sf_count_t frames;

	if (position > w->start_position)
		end += position - w->start_position;
	frames = (sf_count_t)end;
	/* A file that cannot be cut keeps the samples: too many are better than none. */
	if (w->file && !w->fresh && end < w->frames &&
	    sf_command(w->file, SFC_FILE_TRUNCATE, &frames, sizeof frames) == 0) {
		folder_shrink(w->account, (w->frames - end) * w->map.wav_bytes * w->pcm.channels);
		w->total -= w->frames - end;
		w->frames = w->at = end;
	}
	w->fresh = true;
}

void wav_close(struct wav *w)
{
	if (w->file)
		sf_close(w->file);
	w->file = NULL;
}
