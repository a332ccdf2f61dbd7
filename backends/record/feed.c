/* SPDX-License-Identifier: MIT */
/*
 * See feed.h.  libsndfile reads a file of any format, and writes it into memory in the encoding of
 * a WAV file, which pcm.c converts to that of the stream.  Integers go through 32-bit integers and
 * reals through doubles, so nothing is lost that the stream could hold.  libsndfile's own
 * conversion of reals to integers is not used: it first reads the whole file for the loudest
 * sample, while the guest already waits.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>

#include "feed.h"
#include "pcm.h"
#include "wire/formats.h"

/* Samples converted in one go. */
#define CHUNK_SAMPLES 4096

struct feed {
	SNDFILE *in;
	SNDFILE *out;   /* raw, into sink */
	uint8_t format; /* of the stream */
	struct pcm_map map;
	unsigned int channels;
	uint64_t frames; /* in the file */
	uint64_t at;     /* next frame of the file to be read */
	bool real;       /* the file has reals, which go through doubles */
	size_t n_sink;
	unsigned char sink[CHUNK_SAMPLES * 8];
};

static sf_count_t sink_len(void *)
{
	return 0;
}

static sf_count_t sink_seek(sf_count_t, int, void *)
{
	return 0;
}

static sf_count_t sink_read(void *, sf_count_t, void *)
{
	return 0;
}

static sf_count_t sink_write(const void *ptr, sf_count_t count, void *data)
{
	struct feed *f = data;

	if (count < 0 || (size_t)count > sizeof f->sink - f->n_sink)
		return 0;
	memcpy(f->sink + f->n_sink, ptr, (size_t)count);
	f->n_sink += (size_t)count;
	return count;
}

static sf_count_t sink_tell(void *)
{
	return 0;
}

static SF_VIRTUAL_IO sink_io = {sink_len, sink_seek, sink_read, sink_write, sink_tell};

static bool is_real(int format)
{
	const int subtype = format & SF_FORMAT_SUBMASK;

	return subtype == SF_FORMAT_FLOAT || subtype == SF_FORMAT_DOUBLE;
}

static int open_both(struct feed *f, const char *path, const struct xenav_pcm *pcm)
{
	SF_INFO in = {0}, out;
	int rc;

	f->format = pcm->format;
	rc = pcm_map_init(&f->map, pcm->format);
	if (rc < 0)
		return rc;
	errno = 0;
	f->in = sf_open(path, SFM_READ, &in);
	if (!f->in)
		return errno ? -errno : -EINVAL;
	if (in.samplerate != (int)pcm->rate_hz || in.channels != pcm->channels)
		return -EMEDIUMTYPE;
	f->channels = pcm->channels;
	f->frames = in.frames > 0 ? (uint64_t)in.frames : 0;
	out = (SF_INFO){
		.samplerate = in.samplerate,
		.channels = in.channels,
		.format = SF_FORMAT_RAW | SF_ENDIAN_LITTLE | f->map.subtype,
	};
	f->out = sf_open_virtual(&sink_io, SFM_WRITE, &out, f);
	if (!f->out)
		return -EOPNOTSUPP;
	f->real = is_real(in.format);
	sf_command(f->out, SFC_SET_CLIPPING, NULL, SF_TRUE);
	sf_command(f->out, SFC_SET_SCALE_INT_FLOAT_WRITE, NULL, SF_TRUE);
	return 0;
}

int feed_open(struct feed **out, const char *path, const struct xenav_pcm *pcm)
{
	struct feed *f = calloc(1, sizeof *f);
	int rc;

	if (!f)
		return -ENOMEM;
	rc = open_both(f, path, pcm);
	if (rc < 0)
		feed_close(f);
	else
		*out = f;
	return rc;
}

/* Convert up to a chunk of frames.  @return their number, 0 at the end of the file. */
static uint32_t convert(struct feed *f, unsigned char *samples, uint32_t frames)
{
	union {
		double real[CHUNK_SAMPLES];
		int whole[CHUNK_SAMPLES];
	} buf;
	const sf_count_t want =
		frames < CHUNK_SAMPLES / f->channels ? frames : CHUNK_SAMPLES / f->channels;
	sf_count_t got, put;

	f->n_sink = 0;
	if (f->real) {
		got = sf_readf_double(f->in, buf.real, want);
		put = got > 0 ? sf_writef_double(f->out, buf.real, got) : 0;
	} else {
		got = sf_readf_int(f->in, buf.whole, want);
		put = got > 0 ? sf_writef_int(f->out, buf.whole, got) : 0;
	}
	if (got <= 0 || put != got || f->n_sink != (size_t)got * f->channels * f->map.wav_bytes)
		return 0;
	pcm_from_wav(&f->map, f->sink, samples, (size_t)got * f->channels);
	f->at += (uint64_t)got;
	return (uint32_t)got;
}

void feed_read(struct feed *f, uint64_t from_frame, void *samples, uint32_t frames)
{
	const size_t frame_bytes = (size_t)f->map.bytes * f->channels;
	unsigned char *to = samples;

	if (from_frame != f->at && from_frame < f->frames &&
	    sf_seek(f->in, (sf_count_t)from_frame, SEEK_SET) == (sf_count_t)from_frame)
		f->at = from_frame;
	while (frames > 0 && f->at == from_frame && from_frame < f->frames) {
		const uint32_t n = convert(f, to, frames);

		if (n == 0)
			break;
		to += n * frame_bytes;
		frames -= n;
		from_frame += n;
	}
	format_silence(f->format, to, frames * frame_bytes);
}

void feed_close(struct feed *f)
{
	if (!f)
		return;
	if (f->out)
		sf_close(f->out);
	if (f->in)
		sf_close(f->in);
	free(f);
}
