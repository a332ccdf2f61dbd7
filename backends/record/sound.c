/* SPDX-License-Identifier: MIT */
/*
 * Streams: a sound card that records playback, and feeds a file to capture.
 *
 * Samples are in the file before the guest is told that they were played: the callback that brings
 * them writes them, and positions are only reported once all messages are handled.  The position of
 * a capture stream never gets ahead of the frames written for it.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "names.h"
#include "record.h"
#include "wav.h"
#include "wire/formats.h"

/* Room for 255 channels: "-200.000," and ",254" each. */
#define VOLUME_TEXT 4096

struct sound {
	TAILQ_ENTRY(sound) link; /* record::sounds */
	struct record *r;
	struct xenav_stream *s;
	char label[NAME_SIZE];
	struct account *account;
	uint64_t retry_ns; /* time to claim again, or 0 */
	bool said_busy;

	bool started;
	uint64_t next_ns; /* time of the next report */
	struct clock clock;
	struct wav wav;
	bool failed;   /* the rest of this opening is not recorded */
	bool missed;   /* the user knows that an unknown number of frames is lost */
	uint64_t lost; /* frames of this opening that were overwritten before they were read */

	/* Capture: position origin + n of the stream is frame n of the file. */
	struct feed *feed;
	bool fed;
	uint64_t origin;
	uint64_t read;
};

static void ask(struct sound *sound)
{
	if (sound->r->opt.common.watch)
		xenav_stream_watch(sound->s);
	else if (xenav_stream_get_info(sound->s)->direction == XENAV_CAPTURE)
		xenav_stream_feed(sound->s);
	else
		xenav_stream_claim(sound->s);
}

void sound_on_added(void *record, struct xenav_stream *s)
{
	const struct xenav_stream_info *i = xenav_stream_get_info(s);
	struct record *r = record;
	char guest[NAME_SIZE];
	struct account *account;
	struct sound *sound;

	if (r->opt.no_sound || (i->direction == XENAV_CAPTURE && !r->opt.feed) ||
	    !record_selects(r, i->domid, i->devid, i->domain_name, i->unique_id))
		return;
	name_guest(guest, i->domain_name, i->domid);
	account = folder_account(&r->folder, guest);
	sound = calloc(1, sizeof *sound);
	if (!sound || !account) {
		free(sound);
		out_warn(r, "Out of memory: a stream is not recorded");
		return;
	}
	sound->r = r;
	sound->s = s;
	name_base(sound->label, "sound", account->guest, i->unique_id);
	sound->account = account;
	xenav_stream_set_data(s, sound);
	TAILQ_INSERT_TAIL(&r->sounds, sound, link);
	ask(sound);
}

/* End an opening: the guest has closed the stream, or it is removed. */
static void finish(struct sound *sound)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(sound->s);

	if (pcm && sound->wav.map.bytes) {
		out_event(sound->r, sound->label, "closed frames=%" PRIu64 " file=%s",
			  sound->wav.total, sound->wav.name);
	} else if (pcm) {
		out_event(sound->r, sound->label, "closed");
	}
	if (pcm && sound->lost)
		out_warn(sound->r, "%s: %" PRIu64 " frames are lost: they were read too late",
			 sound->label, sound->lost);
	sound->lost = 0;
	sound->missed = false;
	wav_close(&sound->wav);
	memset(&sound->wav, 0, sizeof sound->wav);
	feed_close(sound->feed);
	sound->feed = NULL;
	sound->started = false;
}

static void forget(struct sound *sound)
{
	finish(sound);
	TAILQ_REMOVE(&sound->r->sounds, sound, link);
	free(sound);
}

void sound_on_removed(void *record, struct xenav_stream *s)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound)
		return;
	out_event(record, sound->label, "removed");
	forget(sound);
}

void sound_finish(struct record *r)
{
	while (!TAILQ_EMPTY(&r->sounds))
		forget(TAILQ_FIRST(&r->sounds));
}

void sound_on_claimed(void *record, struct xenav_stream *s)
{
	struct sound *sound = xenav_stream_get_data(s);

	sound->said_busy = false;
	out_event(record, sound->label, sound->r->opt.common.watch ? "watched" : "claimed");
}

void sound_on_claim_failed(void *record, struct xenav_stream *s, int error)
{
	struct sound *sound = xenav_stream_get_data(s);

	if (!sound->said_busy)
		out_warn(record, "Cannot claim %s: %s", sound->label, strerror(-error));
	sound->said_busy = true;
	if (error == -EBUSY || error == -EUSERS)
		sound->retry_ns = monotonic_ns() + RECORD_RETRY_NS;
}

/* -------- an opening -------- */

static void open_wav(struct sound *sound, const struct xenav_pcm *pcm)
{
	struct record *r = sound->r;
	int rc;

	rc = wav_open(&sound->wav, &r->folder, sound->account, sound->label, pcm);
	sound->failed = rc < 0;
	if (rc == 0)
		return;
	sound->wav.map.bytes = 0;
	if (rc == -EOPNOTSUPP)
		out_warn(r, "%s: a WAV file cannot hold %s with %u channels at %u Hz, not recorded",
			 sound->label, xenav_format_name(pcm->format), pcm->channels,
			 (unsigned int)pcm->rate_hz);
	else if (rc == -EDQUOT)
		out_limit(r, sound->account);
	else
		out_warn(r, "%s: cannot create %s: %s", sound->label, sound->wav.name,
			 strerror(-rc));
}

static void open_feed(struct sound *sound, const struct xenav_pcm *pcm)
{
	struct record *r = sound->r;
	int rc;

	sound->fed = false;
	rc = feed_open(&sound->feed, r->opt.feed, pcm);
	if (rc == 0)
		return;
	sound->feed = NULL;
	if (rc == -EMEDIUMTYPE)
		out_warn(r, "%s: %s does not have %u channels at %u Hz, silence instead",
			 sound->label, r->opt.feed, pcm->channels, (unsigned int)pcm->rate_hz);
	else if (rc == -EOPNOTSUPP)
		out_warn(r, "%s: cannot feed samples of %s, silence instead", sound->label,
			 xenav_format_name(pcm->format));
	else
		out_warn(r, "%s: cannot read %s: %s, silence instead", sound->label, r->opt.feed,
			 strerror(-rc));
}

void sound_on_opened(void *record, struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	struct sound *sound = xenav_stream_get_data(s);

	out_event(record, sound->label, "opened rate=%u format=%s channels=%u buffer=%u period=%u",
		  (unsigned int)pcm->rate_hz, xenav_format_name(pcm->format), pcm->channels,
		  (unsigned int)pcm->buffer_frames, (unsigned int)pcm->period_frames);
	clock_init(&sound->clock, pcm);
	if (xenav_stream_get_info(s)->direction == XENAV_CAPTURE) {
		open_feed(sound, pcm);
		return;
	}
	clock_supply(&sound->clock, 0);
	open_wav(sound, pcm);
}

void sound_on_closed(void *, struct xenav_stream *s)
{
	finish(xenav_stream_get_data(s));
}

/* Write as many frames as there is space for. */
static void fill(struct sound *sound)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(sound->s);
	unsigned char samples[16384];
	uint32_t space;

	while ((space = xenav_stream_space(sound->s)) > 0) {
		const uint64_t at = xenav_stream_get_written(sound->s);
		uint32_t n = (uint32_t)(sizeof samples / pcm->frame_bytes);

		n = n < space ? n : space;
		if (sound->feed)
			feed_read(sound->feed, at - sound->origin, samples, n);
		else
			format_silence(pcm->format, samples, (size_t)n * pcm->frame_bytes);
		if (n == 0 || xenav_stream_write(sound->s, samples, n) != (int)n)
			break;
	}
}

static void start(struct sound *sound, uint64_t position)
{
	const uint64_t now = monotonic_ns();

	clock_start(&sound->clock, position, now);
	sound->next_ns = now + sound->clock.interval_ns;
}

/* Let capture go on, at any position of the stream, with the frame of the file that the guest has
 * not read; the ring is filled before the guest reads. */
static void go_on_at(struct sound *sound, uint64_t position)
{
	if (!sound->fed)
		sound->origin = sound->read = position;
	sound->fed = true;
	sound->origin += position - sound->read;
	sound->read = position;
}

void sound_on_state(void *, struct xenav_stream *s, int state, uint64_t position)
{
	struct sound *sound = xenav_stream_get_data(s);

	const bool capture = xenav_stream_get_info(s)->direction == XENAV_CAPTURE;

	/* A watcher reports nothing. */
	sound->started = state == XENAV_STREAM_STARTED && !sound->r->opt.common.watch;
	if (state == XENAV_STREAM_STOPPED && !capture)
		wav_cut(&sound->wav, xenav_stream_get_stood(s));
	if (capture && (state == XENAV_STREAM_STOPPED || !sound->fed))
		go_on_at(sound, position);
	if (state == XENAV_STREAM_STARTED)
		start(sound, position);
	if (capture)
		fill(sound);
}

void sound_on_data(void *record, struct xenav_stream *s, uint64_t position, const void *samples,
		   uint32_t frames)
{
	struct sound *sound = xenav_stream_get_data(s);
	struct record *r = record;
	int rc;

	clock_supply(&sound->clock, position + frames);
	if (sound->failed)
		return;
	rc = wav_write(&sound->wav, position, samples, frames);
	if (rc < 0) {
		sound->failed = true;
		if (rc == -EDQUOT)
			out_limit(r, sound->account);
		else
			out_warn(r, "%s: cannot write %s, the rest is not recorded", sound->label,
				 sound->wav.name);
		return;
	}
	r->sound_ns += frames * NS_PER_S / sound->clock.rate_hz;
}

void sound_on_lost(void *record, struct xenav_stream *s, uint64_t, uint32_t frames)
{
	struct sound *sound = xenav_stream_get_data(s);

	/* finish() prints the number of frames, once per opening. */
	sound->lost += frames;
	if (frames > 0 || sound->missed)
		return;
	sound->missed = true;
	out_warn(record, "%s: an unknown number of frames is lost: they were read too late",
		 sound->label);
}

void sound_on_space(void *, struct xenav_stream *s, uint64_t read, uint32_t)
{
	struct sound *sound = xenav_stream_get_data(s);

	sound->read = read;
	if (sound->started)
		fill(sound);
}

/* -------- volume -------- */

/* Append to text, which has room for all channels. */
__attribute__((format(printf, 2, 3))) static void append(char text[VOLUME_TEXT], const char *fmt,
							 ...)
{
	const size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, VOLUME_TEXT - len, fmt, ap);
	va_end(ap);
}

/* Print the volume; it is not applied to the recorded samples. */
void sound_on_volume(void *record, struct xenav_stream *s)
{
	const struct sound *sound = xenav_stream_get_data(s);
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(s);
	char text[VOLUME_TEXT] = "";
	const char *between = " muted=";

	for (unsigned int i = 0; i < pcm->channels; i++) {
		const int32_t mdb = xenav_stream_get_volume(s, i);

		append(text, "%s%s%d.%03d", i ? "," : "", mdb < 0 ? "-" : "", abs(mdb) / 1000,
		       abs(mdb) % 1000);
	}
	for (unsigned int i = 0; i < pcm->channels; i++) {
		if (!xenav_stream_is_muted(s, i))
			continue;
		append(text, "%s%u", between, i);
		between = ",";
	}
	out_event(record, sound->label, "volume db=%s", text);
}

/* -------- what is due -------- */

static void report(struct sound *sound, uint64_t now_ns)
{
	uint64_t position = clock_report(&sound->clock, now_ns);

	if (xenav_stream_get_info(sound->s)->direction == XENAV_CAPTURE) {
		const uint64_t written = xenav_stream_get_written(sound->s);

		/* Wait for a guest that does not read. */
		if (position > written) {
			position = written;
			clock_start(&sound->clock, position, now_ns);
		}
	}
	xenav_stream_position(sound->s, position, now_ns);
	sound->next_ns += sound->clock.interval_ns;
	if (sound->next_ns <= now_ns)
		sound->next_ns = now_ns + sound->clock.interval_ns;
}

uint64_t sound_work(struct record *r, uint64_t now_ns)
{
	uint64_t next = UINT64_MAX;
	struct sound *sound;

	TAILQ_FOREACH (sound, &r->sounds, link) {
		if (sound->retry_ns && sound->retry_ns <= now_ns) {
			sound->retry_ns = 0;
			ask(sound);
		}
		if (sound->started && sound->next_ns <= now_ns)
			report(sound, now_ns);
		if (sound->retry_ns && sound->retry_ns < next)
			next = sound->retry_ns;
		if (sound->started && sound->next_ns < next)
			next = sound->next_ns;
	}
	return next;
}
