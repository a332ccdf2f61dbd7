/* SPDX-License-Identifier: MIT */
/*
 * See pump.h.  Steps come by time, not by the interrupts of the device: then the queue and the
 * grain of positions do not depend on its periods, devices without a descriptor that tells the
 * truth are served like all others, and so is a device whose interrupts are late.
 *
 * Playback: each step fills the queue up.  What the device does not take in an xrun is held and
 * goes first afterwards.  Nothing is played twice, and nothing that the guest gave is dropped.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alsa/pump.h"
#include "common/clock.h"

/* The queue is refilled so often while it is played, within limits that a position needs. */
#define STEPS_PER_QUEUE 8
#define STEP_MIN_NS     NS_PER_MS
#define STEP_MAX_NS     (5 * NS_PER_MS / 2)

/* Capture: what fits between two steps that are late. */
#define CAPTURE_QUEUES 4

static uint64_t ns_of(const struct pump *p, uint32_t frames)
{
	return frames * NS_PER_S / p->dev.rate_hz;
}

static uint32_t frames_of(const struct xenav_pcm *pcm, uint64_t ns)
{
	const uint64_t frames = ns * pcm->rate_hz / NS_PER_S;

	return frames > 0 ? (uint32_t)frames : 1;
}

/* What the guest keeps in its buffer while it waits for a period to end and then writes the next.
 */
static uint32_t kept_frames(const struct xenav_pcm *pcm)
{
	const uint32_t busy = 2 * pcm->period_frames + frames_of(pcm, STEP_MAX_NS);
	const uint32_t half = (pcm->buffer_frames - pcm->period_frames) / 2;
	const uint32_t rest = pcm->buffer_frames > busy ? pcm->buffer_frames - busy : 0;
	const uint32_t kept = rest > half ? rest : half;

	return kept > 0 ? kept : 1;
}

static uint32_t choose_queue(const struct device *d, const struct xenav_pcm *pcm, uint64_t queue_ns)
{
	const uint32_t kept = kept_frames(pcm);
	uint32_t queue = frames_of(pcm, queue_ns);

	if (queue > kept)
		queue = kept;
	if (queue < 2 * d->period_frames)
		queue = 2 * d->period_frames;
	return queue < d->buffer_frames ? queue : d->buffer_frames;
}

static uint32_t choose_step(const struct xenav_pcm *pcm, uint32_t queue_frames)
{
	const uint32_t most = frames_of(pcm, STEP_MAX_NS);
	const uint32_t least = frames_of(pcm, STEP_MIN_NS);
	uint32_t step = queue_frames / STEPS_PER_QUEUE;

	step = step > most ? most : step;
	return step < least ? least : step;
}

int pump_resize(struct pump *p, const struct xenav_pcm *pcm, uint64_t queue_ns)
{
	const uint32_t queue =
		p->dev.capture ? p->dev.buffer_frames : choose_queue(&p->dev, pcm, queue_ns);
	uint8_t *samples;

	/* What is held is of the opening before. */
	p->held_frames = p->held_at = 0;
	samples = realloc(p->samples, (size_t)queue * p->dev.frame_bytes);
	if (!samples)
		return -ENOMEM;
	p->samples = samples;
	p->queue_frames = p->least_frames = queue;
	p->step_frames = choose_step(pcm, queue);
	return 0;
}

int pump_open(struct pump *p, const char *name, bool capture, const struct xenav_pcm *pcm,
	      uint64_t queue_ns)
{
	const uint64_t room_ns = capture ? CAPTURE_QUEUES * queue_ns : queue_ns;
	int rc;

	rc = device_open(&p->dev, name, capture, pcm, frames_of(pcm, room_ns));
	if (rc < 0)
		return rc;
	p->running = p->suspended = false;
	p->xruns = 0;
	pace_forget(&p->pace);
	rc = pump_resize(p, pcm, queue_ns);
	if (rc < 0)
		pump_close(p);
	return rc;
}

void pump_close(struct pump *p)
{
	device_close(&p->dev);
	free(p->samples);
	p->samples = NULL;
	p->held_frames = p->held_at = 0;
	p->running = p->suspended = false;
}

/* -------- xruns and suspends, in both directions -------- */

/* @return 0 if the device can go on, in this step or a later one. */
static int recover(struct pump *p, int error)
{
	int rc;

	if (error != -EPIPE && error != -ESTRPIPE)
		return error;
	if (error == -EPIPE)
		p->xruns++;
	p->suspended = error == -ESTRPIPE;
	/* Some devices say that they resume, and do not: prepare them as after an xrun. */
	rc = device_recover(&p->dev, p->resumed ? -EPIPE : error);
	p->resumed = rc == 1;
	if (rc == -EAGAIN)
		return 0;
	if (rc < 0)
		return rc;
	p->suspended = false;
	/* A device that was prepared anew begins anew. */
	if (rc == 0)
		p->running = false;
	return 0;
}

/* -------- playback -------- */

/* Write what is held. @return 0 when nothing is held any more, 1 if the device is full, or -errno.
 */
static int write_held(struct pump *p)
{
	while (p->held_frames > 0) {
		const int n =
			device_write(&p->dev, p->samples + (size_t)p->held_at * p->dev.frame_bytes,
				     p->held_frames);

		if (n <= 0)
			return n < 0 ? n : 1;
		p->held_at += (uint32_t)n;
		p->held_frames -= (uint32_t)n;
		p->moved_frames += (uint32_t)n;
		pace_moved(&p->pace, (uint32_t)n);
	}
	p->held_at = 0;
	return 0;
}

/* Take frames from the guest, to be heard after delay_frames. @return how many are the guest's own.
 */
static uint32_t take(struct pump *p, uint32_t frames, uint32_t delay_frames)
{
	const int n = p->guest.read(p->guest.data, p->samples, frames, delay_frames);

	if (n < 0)
		snd_pcm_format_set_silence(p->dev.format, p->samples, frames * p->dev.channels);
	else if (n > 0)
		gain_apply(&p->gain, &p->dev, p->samples, frames);
	if (n > 0)
		p->heard_frames = p->moved_frames + frames;
	p->held_frames = frames;
	return n > 0 ? (uint32_t)n : 0;
}

/* Fill the queue, as far as the guest has something to play, and start. @return 0 or -errno. */
static int begin(struct pump *p, uint64_t now_ns)
{
	uint32_t filled = p->held_frames;
	int rc;

	p->moved_frames = p->heard_frames = 0;
	rc = write_held(p);
	while (rc == 0 && filled < p->queue_frames) {
		const uint32_t rest = p->queue_frames - filled;
		const uint32_t n = rest < p->step_frames ? rest : p->step_frames;
		const uint32_t own = take(p, n, filled);

		/* Silence is no reason to begin; it would only delay what comes next. */
		if (own == 0)
			p->held_frames = 0;
		filled += p->held_frames;
		rc = write_held(p);
		if (own < n)
			break;
	}
	if (rc < 0 || p->moved_frames == 0)
		return rc < 0 ? rc : 0;
	rc = device_start(&p->dev);
	if (rc < 0)
		return rc;
	p->running = true;
	pace_start(&p->pace, p->dev.rate_hz, (uint32_t)p->moved_frames, now_ns);
	return 0;
}

/* Fill the queue up. @return 0 or -errno. */
static int refill(struct pump *p, bool started, uint64_t now_ns)
{
	struct device_look look;
	uint32_t fill;
	int rc;

	rc = device_look(&p->dev, now_ns, &look);
	if (rc < 0)
		return rc;
	p->resumed = false;
	fill = pace_playback(&p->pace, look.fill_frames, now_ns);
	if (p->pace.needed)
		look.delay_frames = fill;
	if (fill < p->least_frames)
		p->least_frames = fill;
	if (!started && p->moved_frames >= p->heard_frames + look.delay_frames) {
		p->running = false;
		return device_stop(&p->dev);
	}
	rc = write_held(p);
	if (rc != 0 || fill >= p->queue_frames)
		return rc < 0 ? rc : 0;
	take(p, p->queue_frames - fill, look.delay_frames);
	rc = write_held(p);
	return rc < 0 ? rc : 0;
}

static int play(struct pump *p, bool started, uint64_t now_ns)
{
	int rc = 0;

	if (p->suspended)
		rc = recover(p, -ESTRPIPE);
	if (rc < 0 || p->suspended)
		return rc;
	if (p->running)
		rc = refill(p, started, now_ns);
	if (rc < 0)
		rc = recover(p, rc);
	if (rc == 0 && !p->running && !p->suspended && started)
		rc = begin(p, now_ns);
	return rc == -EPIPE || rc == -ESTRPIPE ? recover(p, rc) : rc;
}

/* -------- capture -------- */

/* Read what there is. @return 0 or -errno. */
static int drain(struct pump *p, uint64_t now_ns)
{
	struct device_look look;
	uint32_t avail;
	int n;

	n = device_look(&p->dev, now_ns, &look);
	if (n < 0)
		return n;
	p->resumed = false;
	avail = pace_capture(&p->pace, look.fill_frames, now_ns);
	while (avail > 0) {
		n = device_read(&p->dev, p->samples,
				avail < p->queue_frames ? avail : p->queue_frames);
		if (n <= 0)
			return n;
		gain_apply(&p->gain, &p->dev, p->samples, (uint32_t)n);
		/* The delay is of what was captured after them. */
		look.delay_frames -=
			look.delay_frames < (uint32_t)n ? look.delay_frames : (uint32_t)n;
		p->guest.write(p->guest.data, p->samples, (uint32_t)n, look.delay_frames);
		pace_moved(&p->pace, (uint32_t)n);
		avail -= (uint32_t)n;
	}
	return 0;
}

static int record(struct pump *p, bool started, uint64_t now_ns)
{
	int rc = 0;

	if (p->suspended)
		rc = recover(p, -ESTRPIPE);
	if (rc < 0 || p->suspended)
		return rc;
	if (p->running && !started) {
		p->running = false;
		return device_stop(&p->dev);
	}
	if (p->running)
		rc = drain(p, now_ns);
	if (rc < 0)
		rc = recover(p, rc);
	if (rc == 0 && !p->running && !p->suspended && started) {
		rc = device_start(&p->dev);
		p->running = rc == 0;
		pace_start(&p->pace, p->dev.rate_hz, 0, now_ns);
	}
	return rc;
}

int pump_step(struct pump *p, bool started, uint64_t now_ns, uint64_t *next_ns)
{
	int rc;

	rc = p->dev.capture ? record(p, started, now_ns) : play(p, started, now_ns);
	if (rc < 0)
		return device_is_gone(&p->dev) ? -ENODEV : rc;
	*next_ns = started || p->running || p->suspended ? now_ns + ns_of(p, p->step_frames)
							 : UINT64_MAX;
	return 0;
}
