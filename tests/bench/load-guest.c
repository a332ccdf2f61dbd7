/* SPDX-License-Identifier: MIT */
/* A guest of a load, on a thread of its own: see load.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/container.h"
#include "fake/sound-priv.h"
#include "load.h"
#include "xen/displif.h"
#include "xen/sndif.h"

#define RATE_HZ     48000
#define FRAME_BYTES 4u
#define PERIOD_MAX  4800
#define FB          7 /* and 8 */
#define PATIENCE_MS 30000
#define TURN_MS     20

_Atomic enum load_set load_measuring = LOAD_NOTHING;
struct load_guest load_guests[LOAD_GUESTS];
int load_favour = -10;

static struct toolstack_node sound_nodes[] = {
	{"sample-rates", "48000", false},
	{"sample-formats", "s16_le", false},
	{"channels-max", "2", false},
	{"buffer-size", "65536", false},
	{"0/0/unique-id", "one", false},
	{"0/0/type", "p", false},
	{"0/1/unique-id", "two", false},
	{"0/1/type", "p", false},
	{0},
};

static char resolution[32];
static struct toolstack_node display_nodes[] = {
	{"be-alloc", "0", true},
	{"0/resolution", resolution, true},
	{"0/unique-id", "screen", true},
	{0},
};

void load_guest_devices(const struct load_spec *spec)
{
	snprintf(resolution, sizeof resolution, "%ux%u", spec->width_px, spec->height_px);
	display_nodes[0].value = spec->supplied ? "1" : "0";
	/* A card with one stream ends before the nodes of the second. */
	sound_nodes[6].path = spec->streams > 1 ? "0/1/unique-id" : NULL;
}

/* -------- what comes from xenavd -------- */

static void note(struct load_guest *g, enum load_time kind, uint64_t ns, uint64_t interval_ns)
{
	const enum load_set set = load_measuring;

	if (set != LOAD_NOTHING)
		hist_record_every(&g->times[set][kind], ns, interval_ns);
}

static void on_flip(struct channel *ch, const uint8_t image[SLOT_BYTES])
{
	struct crtc *crtc = ch->data;
	struct load_guest *g = CONTAINER(crtc->display, struct load_guest, rg.display);
	const uint64_t now = now_ns();
	const uint64_t apart = now - g->event_ns;
	const uint64_t refresh_ns = g->spec->refresh_ns;

	g->on_event(ch, image);
	g->reordered += crtc->last_cookie != FB + !g->front;
	note(g, LOAD_FLIP_EVENT, now - g->asked_ns, refresh_ns);
	if (g->event_ns && !g->spec->rest_ms)
		note(g, LOAD_FLIP_OFF, apart > refresh_ns ? apart - refresh_ns : refresh_ns - apart,
		     0);
	g->event_ns = now;
}

static uint64_t ns_of_frames(uint64_t frames)
{
	return frames * NS_PER_SEC / RATE_HZ;
}

/* The earliest position says when the stream began.  The first position behind the end of a period
 * is late by what has gone by since that end; others between two ends are not looked at. */
static void note_position(struct load_guest *g, struct load_stream *stream, uint64_t bytes)
{
	const uint64_t now = now_ns();
	const uint64_t frames = bytes / FRAME_BYTES;
	const uint64_t period = g->spec->period_frames;

	g->reordered += bytes < stream->at_bytes;
	stream->at_bytes = bytes;
	g->positions++;
	if (!stream->begin_ns)
		stream->periods = frames / period;
	if (!stream->begin_ns || now - ns_of_frames(frames) < stream->begin_ns)
		stream->begin_ns = now - ns_of_frames(frames);
	if (frames < (stream->periods + 1) * period)
		return;
	note(g, LOAD_POSITION,
	     now - stream->begin_ns - ns_of_frames((stream->periods + 1) * period),
	     ns_of_frames(period));
	stream->periods = frames / period;
}

static void on_position(struct channel *ch, const uint8_t image[SLOT_BYTES])
{
	struct pcm *pcm = ch->data;
	struct load_guest *g = CONTAINER(pcm->card, struct load_guest, rg.sound);
	struct xensnd_evt evt;

	memcpy(&evt, image, sizeof evt);
	if (evt.type == XENSND_EVT_CUR_POS)
		note_position(g, &g->streams[pcm - pcm->card->pcms], evt.op.cur_pos.position);
	pcm_on_event(ch, image);
}

/* -------- sound -------- */

static uint32_t room(const struct pcm *pcm)
{
	const uint64_t filled = pcm->appl_total - pcm->hw_total;

	return filled > pcm->params.buffer_frames ? pcm->params.buffer_frames
						  : (uint32_t)(pcm->params.buffer_frames - filled);
}

static int write_frames(struct load_guest *g, unsigned i, uint32_t frames)
{
	uint32_t samples[PERIOD_MAX];

	for (uint32_t at = 0; at < frames; at++)
		samples[at] = ++g->streams[i].next;
	return pcm_write(&g->rg.sound.pcms[i], samples, frames);
}

static int start_stream(struct load_guest *g, unsigned i)
{
	struct pcm *pcm = &g->rg.sound.pcms[i];
	int rc = pcm_prepare(pcm);

	g->streams[i] = (struct load_stream){.next = g->streams[i].next};
	/* Full but for a period, so that writing does not start it. */
	for (uint32_t n = g->spec->period_frames; rc == 0 && n < g->spec->buffer_frames;
	     n += g->spec->period_frames)
		rc = write_frames(g, i, g->spec->period_frames);
	return rc < 0 ? rc : pcm_trigger(pcm, XENSND_OP_TRIGGER_START);
}

static const char *open_streams(struct load_guest *g)
{
	const struct pcm_params params = {
		.format = XENSND_PCM_FORMAT_S16_LE,
		.channels = 2,
		.frame_bytes = FRAME_BYTES,
		.rate_hz = RATE_HZ,
		.buffer_frames = g->spec->buffer_frames,
		.period_frames = g->spec->period_frames,
	};

	for (unsigned i = 0; i < g->spec->streams; i++) {
		struct pcm *pcm = &g->rg.sound.pcms[i];

		pcm->channel.on_event = on_position;
		pcm_open(pcm);
		if (pcm_hw_params(pcm, &params) < 0 || start_stream(g, i) < 0)
			return "a stream cannot be opened";
	}
	return NULL;
}

static const char *write_period(struct load_guest *g, unsigned i)
{
	struct pcm *pcm = &g->rg.sound.pcms[i];
	const uint32_t period = g->spec->period_frames;
	const uint64_t begin = now_ns();
	int rc;

	if (!pcm->stopped && room(pcm) < period)
		return NULL;
	rc = pcm->stopped ? -EPIPE : write_frames(g, i, period);
	if (rc == -EPIPE) {
		g->xruns++;
		rc = pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP);
		rc = rc < 0 ? rc : start_stream(g, i);
	} else if (rc == 0) {
		note(g, LOAD_WRITE, now_ns() - begin, ns_of_frames(period));
		g->periods++;
	}
	return rc < 0 ? "a period cannot be written" : NULL;
}

/* -------- pictures -------- */

static const char *show(struct load_guest *g)
{
	struct crtc *crtc = CRTC(&g->rg, 0);

	for (unsigned i = 0; i < 2; i++)
		if (dbuf_create(&g->rg.display, &g->dbufs[i], 900 + i, g->spec->width_px,
				g->spec->height_px, 32) < 0 ||
		    fb_attach(&g->rg.display, &g->dbufs[i], FB + i, RIG_XR24) < 0)
			return "a buffer cannot be had";
	if (crtc_config(crtc, FB, &g->dbufs[0]) < 0)
		return "the connector cannot be configured";
	g->on_event = crtc->channel.on_event;
	crtc->channel.on_event = on_flip;
	return NULL;
}

/* The next flip comes with the event of this one, as in a guest that draws quickly. */
static const char *flip(struct load_guest *g)
{
	struct crtc *crtc = CRTC(&g->rg, 0);
	struct xendispl_req req = {.operation = XENDISPL_OP_PG_FLIP};
	uint8_t image[SLOT_BYTES];

	if (g->spec->rest_ms)
		guest_run(&g->rg.guest, g->spec->rest_ms);
	if (g->event_ns)
		g->front = !g->front;
	*dbuf_pixels(&g->dbufs[!g->front]) = (uint32_t)++g->flips;
	req.op.pg_flip.fb_cookie = FB + !g->front;
	memcpy(image, &req, sizeof image);
	crtc->flipping = true;
	g->asked_ns = now_ns();
	if (channel_request(&crtc->channel, image) != 0)
		return "a flip is refused";
	note(g, LOAD_FLIP_ANSWER, now_ns() - g->asked_ns, g->spec->refresh_ns);
	return NULL;
}

/* -------- a life -------- */

static const char *attach(struct load_guest *g)
{
	const bool shows = g->spec->width_px > 0, plays = g->spec->streams > 0;
	struct toolstack *ts = &g->rg.ts;

	if ((plays && toolstack_add_device(ts, "vsnd", g->domid, 0, sound_nodes) < 0) ||
	    (shows && toolstack_add_device(ts, "vdispl", g->domid, 0, display_nodes) < 0) ||
	    (plays && toolstack_wait_connection(ts, "vsnd", g->domid, 0) < 0) ||
	    (shows && toolstack_wait_connection(ts, "vdispl", g->domid, 0) < 0))
		return "a device cannot be attached";
	if ((plays && (sound_load(&g->rg.sound, &g->rg.guest, 0) < 0 ||
		       !front_wait(&g->rg.sound.front, 4, PATIENCE_MS))) ||
	    (shows && (display_load(&g->rg.display, &g->rg.guest, 0) < 0 ||
		       !front_wait(&g->rg.display.front, 4, PATIENCE_MS))))
		return "a device does not connect";
	return NULL;
}

static bool has_work(void *data)
{
	struct load_guest *g = data;
	bool work = g->stop || (g->spec->width_px > 0 && !CRTC(&g->rg, 0)->flipping);

	for (unsigned i = 0; i < g->spec->streams && !work; i++)
		work = g->rg.sound.pcms[i].stopped ||
		       room(&g->rg.sound.pcms[i]) >= g->spec->period_frames;
	return work;
}

static const char *live(struct load_guest *g)
{
	const char *problem = NULL;

	while (!g->stop && !problem) {
		guest_run_until(&g->rg.guest, has_work, g, TURN_MS);
		for (unsigned i = 0; i < g->spec->streams && !problem; i++)
			problem = write_period(g, i);
		if (!problem && g->spec->width_px > 0 && !CRTC(&g->rg, 0)->flipping)
			problem = flip(g);
		if (g->rg.guest.oopses > 0)
			problem = g->rg.guest.oops;
	}
	return problem;
}

static bool has_flipped(void *data)
{
	return !((struct crtc *)data)->flipping;
}

/* What is still missing when the guest has waited for it is lost. */
static void count_lost(struct load_guest *g)
{
	struct guest *guest = &g->rg.guest;

	g->lost = guest->late;
	if (g->spec->width_px > 0)
		g->lost += !guest_run_until(guest, has_flipped, CRTC(&g->rg, 0), PATIENCE_MS) +
			   CRTC(&g->rg, 0)->channel.n_dropped;
	for (unsigned i = 0; i < g->spec->streams; i++)
		g->lost += g->rg.sound.pcms[i].channel.n_dropped;
}

static void *run(void *arg)
{
	struct load_guest *g = arg;

	setpriority(PRIO_PROCESS, 0, load_favour); /* of this thread */
	g->problem = rig_create(&g->rg, g->domid);
	if (!g->problem)
		g->problem = attach(g);
	if (!g->problem)
		g->problem = open_streams(g);
	if (!g->problem && g->spec->width_px > 0)
		g->problem = show(g);
	g->up = true;
	if (!g->problem)
		g->problem = live(g);
	if (!g->problem)
		count_lost(g);
	return NULL;
}

int load_guest_start(struct load_guest *g, uint16_t domid, const struct load_spec *spec)
{
	memset(g, 0, sizeof *g);
	g->domid = domid;
	g->spec = spec;
	for (unsigned i = 0; i < LOAD_SETS * LOAD_TIMES; i++)
		hist_init(&g->times[i / LOAD_TIMES][i % LOAD_TIMES]);
	return -pthread_create(&g->thread, NULL, run, g);
}

void load_guest_stop(struct load_guest *g)
{
	g->stop = true;
	pthread_join(g->thread, NULL);
	rig_destroy(&g->rg);
}
