/* SPDX-License-Identifier: MIT */
/* See line.h and line-priv.h: what the thread of a line does at each turn. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "alsa/line-priv.h"
#include "alsa/probe.h"
#include "common/clock.h"

/* A PCM that cannot be opened, or has failed, is tried again. */
#define BACKOFF_MIN_NS (50 * NS_PER_MS)
#define BACKOFF_MAX_NS (5 * NS_PER_S)

/* A PCM that could not say what it can do is asked again while its stream is closed. */
#define PROBE_NS (2 * NS_PER_S)

/* A device that has run for so long may be tried again at once. */
#define PROVEN_NS (2 * NS_PER_S)

/* A guest that plays one piece after the other closes the stream in between. */
#define KEEP_NS (500 * NS_PER_MS)

/* A device that has not played what is queued by then hangs, or is suspended. */
#define HANG_NS (2 * NS_PER_S)

static void tell(struct line *line)
{
	pthread_mutex_lock(&line->lock);
	line->news = line->seen;
	pthread_mutex_unlock(&line->lock);
	eventfd_write(line->notify_fd, 1);
}

void line_probe(struct line *line)
{
	line->seen.probe_error =
		probe_limits(line->pcm_name, line->capture, &line->seen.limits, &line->seen.card);
	tell(line);
}

/* -------- the guest's end, as the pump sees it -------- */

/* The guest may have closed the stream, or opened it with another format, since the orders were
 * taken; the library says so in callbacks, and line_close() waits for the lock. */
static int read_guest(void *data, void *samples, uint32_t frames, uint32_t delay_frames)
{
	struct line *line = data;
	int rc = -EAGAIN;

	pthread_mutex_lock(&line->lock);
	if (line->player && line->orders.serial && line->orders.serial == line->serial)
		rc = xenav_player_read(line->player, samples, frames, delay_frames);
	pthread_mutex_unlock(&line->lock);
	return rc;
}

static int write_guest(void *data, const void *samples, uint32_t frames, uint32_t delay_frames)
{
	struct line *line = data;
	int rc = -EAGAIN;

	pthread_mutex_lock(&line->lock);
	if (line->recorder && line->orders.serial && line->orders.serial == line->serial)
		rc = xenav_recorder_write(line->recorder, samples, frames, delay_frames);
	pthread_mutex_unlock(&line->lock);
	return rc;
}

/* -------- the PCM -------- */

static uint64_t ns_of(const struct line *line, uint32_t frames)
{
	return frames * NS_PER_S / line->pump.dev.rate_hz;
}

static void fail(struct line *line, int error, bool was_running, uint64_t now_ns)
{
	pump_close(&line->pump);
	if (was_running && now_ns - line->opened_ns >= PROVEN_NS)
		line->backoff_ns = 0;
	line->backoff_ns = line->backoff_ns ? 2 * line->backoff_ns : BACKOFF_MIN_NS;
	if (line->backoff_ns > BACKOFF_MAX_NS || error == -EOPNOTSUPP)
		line->backoff_ns = BACKOFF_MAX_NS;
	line->retry_ns = now_ns + line->backoff_ns;
	line->seen.error = error;
	line->seen.failures++;
	if (was_running) {
		line->seen.loss_error = error;
		line->seen.losses++;
	}
	tell(line);
}

/* The PCM serves this opening from now on. */
static void opened(struct line *line, const struct orders *orders, uint64_t now_ns)
{
	struct line_news *seen = &line->seen;

	line->opened_ns = now_ns;
	seen->openings++;
	seen->error = 0;
	seen->xruns = 0;
	seen->paced = false;
	seen->card = line->pump.dev.card;
	seen->queue_ns = seen->least_ns = ns_of(line, line->pump.queue_frames);
	line->serial = orders->serial;
	line->pump.xruns = 0;
	line->pump.guest = (struct pump_guest){read_guest, write_guest, line};
}

static void open_pcm(struct line *line, const struct orders *orders, uint64_t now_ns)
{
	struct pump *p = &line->pump;
	int rc;

	if (device_fits(&p->dev, &orders->pcm)) {
		rc = pump_resize(p, &orders->pcm, line->queue_ns);
	} else {
		pump_close(p);
		rc = pump_open(p, line->pcm_name, line->capture, &orders->pcm, line->queue_ns);
	}
	if (rc < 0) {
		fail(line, rc, false, now_ns);
		return;
	}
	opened(line, orders, now_ns);
	tell(line);
}

static void look_for_news(struct line *line)
{
	const struct pump *p = &line->pump;
	struct line_news *seen = &line->seen;
	const bool is_news = seen->xruns != p->xruns || seen->paced != p->pace.needed;

	seen->xruns = p->xruns;
	seen->paced = p->pace.needed;
	seen->least_ns = ns_of(line, p->least_frames);
	if (is_news)
		tell(line);
}

/* @return when the next step is due. */
static uint64_t step(struct line *line, bool started, uint64_t now_ns)
{
	uint64_t next_ns;
	int rc;

	rc = pump_step(&line->pump, started, now_ns, &next_ns);
	if (rc < 0) {
		fail(line, rc, true, now_ns);
		return line->retry_ns;
	}
	look_for_news(line);
	return next_ns;
}

/* Nothing is open. @return when the PCM is asked again what it can do. */
static uint64_t idle(struct line *line, uint64_t now_ns)
{
	if (line->seen.probe_error && now_ns >= line->probe_ns) {
		line_probe(line);
		line->probe_ns = now_ns + PROBE_NS;
	}
	return line->seen.probe_error ? line->probe_ns : UINT64_MAX;
}

/* The guest has closed the stream: play what is queued, and close the PCM a little later. */
static uint64_t run_out(struct line *line, uint64_t now_ns)
{
	uint64_t next_ns;

	if (line->serial) {
		line->seen.closings++;
		tell(line);
		line->serial = 0;
		line->close_ns = now_ns + KEEP_NS;
	}
	if (!line->pump.dev.pcm)
		return idle(line, now_ns);
	if (pump_step(&line->pump, false, now_ns, &next_ns) < 0 ||
	    now_ns >= line->close_ns + HANG_NS ||
	    (next_ns == UINT64_MAX && now_ns >= line->close_ns))
		pump_close(&line->pump);
	if (!line->pump.dev.pcm)
		return idle(line, now_ns);
	return next_ns < UINT64_MAX ? next_ns : line->close_ns;
}

uint64_t line_turn(struct line *line, const struct orders *orders, uint64_t now_ns)
{
	if (orders->serial == 0) {
		line->retry_ns = line->backoff_ns = 0;
		return run_out(line, now_ns);
	}
	if (orders->serial != line->serial) {
		/* Another opening, which is not the one that has failed. */
		line->serial = orders->serial;
		line->retry_ns = line->backoff_ns = 0;
		open_pcm(line, orders, now_ns);
	} else if (!line->pump.dev.pcm && now_ns >= line->retry_ns) {
		open_pcm(line, orders, now_ns);
	}
	if (!line->pump.dev.pcm)
		return line->retry_ns;
	return step(line, orders->started, now_ns);
}

void line_finish(struct line *line)
{
	pump_close(&line->pump);
}
